/* SPDX-License-Identifier: Apache-2.0 */
/* kern/codes_tmpl.h -- body of codes.c for one instruction set (isa_base.h).
 *
 * Codes are multiplied by quotients of scales where there are two: sums that
 * lie on a tie may fall one step elsewhere than by division.
 */

#include "kern/code_tmpl.h"

/* N <= LANES elements; a copy of known length is one instruction. */
ISA static inline void NAME(to_f32_n)(struct codes_u8 c, const uint8_t *x,
				      float *y, size_t n)
{
	VF v = NAME(steps)(c, NAME(bytes)(x, n)) * c.scale;

	memcpy(y, &v, n * sizeof(*y));
}

ISA static inline void NAME(from_f32_n)(struct codes_u8 c, const float *x,
					uint8_t *y, size_t n)
{
	VF v = {0};
	VB code;

	memcpy(&v, x, n * sizeof(*x));
	/* NaN becomes the zero point. */
	v = (VF)((v == v) & (VI)v);
	code = NAME(codes)(c, v / c.scale);
	memcpy(y, &code, n);
}

ISA static inline void NAME(add_n)(struct codes_u8 ca, const uint8_t *a,
				   struct codes_u8 cb, const uint8_t *b,
				   struct codes_u8 cy, uint8_t *y, size_t n)
{
	VF v = NAME(steps)(ca, NAME(bytes)(a, n)) * ca.scale +
	       NAME(steps)(cb, NAME(bytes)(b, n)) * cb.scale;
	VB code = NAME(codes)(cy, v);

	memcpy(y, &code, n);
}

ISA static inline void NAME(mul_n)(struct codes_u8 ca, const uint8_t *a,
				   struct codes_u8 cb, const uint8_t *b,
				   struct codes_u8 cy, uint8_t *y, size_t n)
{
	VF v = NAME(steps)(ca, NAME(bytes)(a, n)) *
	       NAME(steps)(cb, NAME(bytes)(b, n));
	VB code = NAME(codes)(cy, v * ca.scale);

	memcpy(y, &code, n);
}

ISA static inline void NAME(convert_n)(struct codes_u8 cx, const uint8_t *x,
				       struct codes_u8 cy, uint8_t *y, size_t n)
{
	VB code = NAME(codes)(cy,
			      NAME(steps)(cx, NAME(bytes)(x, n)) * cx.scale);

	memcpy(y, &code, n);
}

ISA static void NAME(to_f32)(struct codes_u8 c, const uint8_t *x, float *y,
			     size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		NAME(to_f32_n)(c, x + i, y + i, LANES);
	if (i < n)
		NAME(to_f32_n)(c, x + i, y + i, n - i);
}

ISA static void NAME(from_f32)(struct codes_u8 c, const float *x, uint8_t *y,
			       size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		NAME(from_f32_n)(c, x + i, y + i, LANES);
	if (i < n)
		NAME(from_f32_n)(c, x + i, y + i, n - i);
}

ISA static void NAME(add)(struct codes_u8 ca, const uint8_t *a,
			  struct codes_u8 cb, const uint8_t *b,
			  struct codes_u8 cy, uint8_t *y, size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		NAME(add_n)(ca, a + i, cb, b + i, cy, y + i, LANES);
	if (i < n)
		NAME(add_n)(ca, a + i, cb, b + i, cy, y + i, n - i);
}

ISA static void NAME(mul)(struct codes_u8 ca, const uint8_t *a,
			  struct codes_u8 cb, const uint8_t *b,
			  struct codes_u8 cy, uint8_t *y, size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		NAME(mul_n)(ca, a + i, cb, b + i, cy, y + i, LANES);
	if (i < n)
		NAME(mul_n)(ca, a + i, cb, b + i, cy, y + i, n - i);
}

ISA static void NAME(convert)(struct codes_u8 cx, const uint8_t *x,
			      struct codes_u8 cy, uint8_t *y, size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		NAME(convert_n)(cx, x + i, cy, y + i, LANES);
	if (i < n)
		NAME(convert_n)(cx, x + i, cy, y + i, n - i);
}
