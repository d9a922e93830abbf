/* SPDX-License-Identifier: Apache-2.0 */
/* kern/matmul_ref.c -- see matmul_ref.h. */
#include "kern/matmul_ref.h"

#define T double
#define NAME kern_matmul_f64_ref
#include "kern/matmul_ref_tmpl.h"

#define T uint64_t
#define NAME kern_matmul_u64_ref
#include "kern/matmul_ref_tmpl.h"
