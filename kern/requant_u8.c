/* SPDX-License-Identifier: Apache-2.0 */
/* kern/requant_u8.c -- from 32-bit sums to codes. */
#include <string.h>

#include "kern/u8s8.h"
#include "kern/vec.h"

#define VU vu4
#include "kern/isa_base.h"
#include "kern/requant_tmpl.h"
#include "kern/isa_end.h"
#undef VU

#if HAVE_X86
#define VU vu8
#include "kern/isa_avx2.h"
#include "kern/requant_tmpl.h"
#include "kern/isa_end.h"
#undef VU

#define VU vu16
#include "kern/isa_avx512.h"
#include "kern/requant_tmpl.h"
#include "kern/isa_end.h"
#undef VU
#endif

void kern_requant_u8(const struct requant_u8 *r, const int32_t *sum, uint8_t *y,
		     size_t n)
{
	DISPATCH(requant, r, sum, y, n);
}

void kern_requant_row_u8(const struct requant_u8 *r, const float *scale,
			 const int32_t *bias, const int32_t *sum, uint8_t *y,
			 size_t n)
{
	DISPATCH(requant_row, r, scale, bias, sum, y, n);
}

void kern_scale_row_f32(const float *scale, const int32_t *bias,
			const float *shift, const int32_t *sum, float *y,
			size_t n)
{
	DISPATCH(scale_row, scale, bias, shift, sum, y, n);
}

void kern_requant_f32_u8(const struct requant_u8 *r, const float *sum,
			 uint8_t *y, size_t n)
{
	DISPATCH(requant_f32, r, sum, y, n);
}
