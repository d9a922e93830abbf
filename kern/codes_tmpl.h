/* SPDX-License-Identifier: Apache-2.0 */
/* kern/codes_tmpl.h -- body of codes.c for one instruction set (isa_base.h). */

#include "kern/code_tmpl.h"

ISA static void NAME(to_f32)(const struct codes_u8 *c, const uint8_t *x,
			     float *y, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VF v = NAME(reals)(c, x + i, count);

		if (count == LANES)
			memcpy(y + i, &v, sizeof(v));
		else
			memcpy(y + i, &v, count * sizeof(*y));
	}
}

ISA static void NAME(from_f32)(const struct codes_u8 *c, const float *x,
			       uint8_t *y, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VF v = {0};
		VB code;

		if (count == LANES)
			memcpy(&v, x + i, sizeof(v));
		else
			memcpy(&v, x + i, count * sizeof(*x));
		/* NaN becomes the zero point. */
		v = (VF)((v == v) & (VI)v);
		code = NAME(codes)(c, v);
		memcpy(y + i, &code, count);
	}
}

ISA static void NAME(add)(const struct codes_u8 *ca, const uint8_t *a,
			  const struct codes_u8 *cb, const uint8_t *b,
			  const struct codes_u8 *cy, uint8_t *y, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VB code = NAME(codes)(cy,
				      NAME(reals)(ca, a + i, count) +
					      NAME(reals)(cb, b + i, count));

		memcpy(y + i, &code, count);
	}
}

ISA static void NAME(mul)(const struct codes_u8 *ca, const uint8_t *a,
			  const struct codes_u8 *cb, const uint8_t *b,
			  const struct codes_u8 *cy, uint8_t *y, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VB code = NAME(codes)(cy,
				      NAME(reals)(ca, a + i, count) *
					      NAME(reals)(cb, b + i, count));

		memcpy(y + i, &code, count);
	}
}

ISA static void NAME(convert)(const struct codes_u8 *cx, const uint8_t *x,
			      const struct codes_u8 *cy, uint8_t *y, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VB code = NAME(codes)(cy, NAME(reals)(cx, x + i, count));

		memcpy(y + i, &code, count);
	}
}
