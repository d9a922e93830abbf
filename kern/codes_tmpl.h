/* SPDX-License-Identifier: Apache-2.0 */
/* kern/codes_tmpl.h -- body of codes.c for one instruction set (isa_base.h). */

ISA static inline VF NAME(reals)(const struct codes_u8 *c, const uint8_t *x,
				 size_t n)
{
	VB v = {0};

	if (n == LANES)
		memcpy(&v, x, LANES);
	else
		memcpy(&v, x, n);
	return __builtin_convertvector(
		       __builtin_convertvector(v ^ c->flip, VI) -
			       (c->zero + c->flip),
		       VF) *
	       c->scale;
}

ISA static inline VB NAME(codes)(const struct codes_u8 *c, VF x)
{
	/* 1.5 * 2^23 rounds what is clamped before to an integer. */
	VF magic = 12582912.f - (VF){0};
	VF lo = (float)(-c->flip - c->zero) - (VF){0};
	VF hi = (float)(255 - c->flip - c->zero) - (VF){0};

	x = V_MIN(hi, V_MAX(lo, x / c->scale));
	return __builtin_convertvector(
		__builtin_convertvector(x + magic - magic, VI) + c->zero, VB);
}

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
