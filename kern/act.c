/* SPDX-License-Identifier: Apache-2.0 */
/* kern/act.c -- functions of one float, alone or behind another operator. */
#include <math.h>
#include <string.h>

#include "kern/act.h"
#include "kern/vec.h"

#include "kern/isa_base.h"
#include "kern/lanes_tmpl.h"
#include "kern/act_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/lanes_tmpl.h"
#include "kern/act_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/lanes_tmpl.h"
#include "kern/act_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_act_f32(const struct act *f, const float *x, float *y, size_t n)
{
	DISPATCH(act, f, x, y, n);
}

void kern_act_row_f32(const struct act *f, const float *x, const float *bias,
		      float *y, size_t n)
{
	DISPATCH(act_row, f, x, bias, y, n);
}

void kern_epilogue_f32(const struct act *f, float bias, const float *r,
		       float *y, size_t n)
{
	DISPATCH(epilogue, f, bias, r, y, n);
}

void kern_epilogue_row_f32(const struct act *f, const float *bias,
			   const float *r, float *y, size_t n)
{
	DISPATCH(epilogue_row, f, bias, r, y, n);
}
