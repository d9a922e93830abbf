/* SPDX-License-Identifier: Apache-2.0 */
/* kern/binary.c -- arithmetic on rows of floats. */
#include <string.h>

#include "kern/binary.h"
#include "kern/vec.h"

#include "kern/isa_base.h"
#include "kern/binary_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/binary_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/binary_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_binary_f32(enum binary_kind op, const struct binary_rows *r)
{
	DISPATCH(binary, op, r);
}
