/* SPDX-License-Identifier: Apache-2.0 */
/* exec/blas.c -- OpenBLAS and our own SIMD kernels: always there. */
#include <stddef.h>

#include "base/openblas.h"
#include "exec/engine.h"

static const char *const prefers[] = {"blas", "reference", NULL};

extern const struct engine engine_rows_blas[];
const struct engine engine_rows_blas[] = {
	{
		.name = "blas",
		.summary = "OpenBLAS and SIMD kernels",
		.prefers = prefers,
		.available = openblas_load,
	},
	{.name = NULL},
};
