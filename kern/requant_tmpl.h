/* SPDX-License-Identifier: Apache-2.0 */
/* kern/requant_tmpl.h -- body of requant_u8.c for one instruction set. */

ISA static inline VB NAME(codes)(const struct requant_u8 *r, VF x)
{
	/* 1.5 * 2^23 rounds what is clamped before to an integer. */
	VF magic = 12582912.f - (VF){0};
	VF lo = (float)(r->lo - r->zero) - (VF){0};
	VF hi = (float)(r->hi - r->zero) - (VF){0};
	VI code;

	x = V_MIN(hi, V_MAX(lo, x));
	code = __builtin_convertvector(x + magic - magic, VI) + r->zero;
	return __builtin_convertvector(code, VB);
}

/* A copy of known length is one instruction. */
ISA static inline void NAME(keep)(uint8_t *y, VB c, size_t n)
{
	if (n == LANES)
		memcpy(y, &c, LANES);
	else
		memcpy(y, &c, n);
}

ISA static inline VF NAME(product)(const int32_t *sum, const int32_t *bias,
				   int32_t one_bias, VF scale, size_t n)
{
	VI s = {0}, b = {0};

	if (n == LANES)
		memcpy(&s, sum, sizeof(s));
	else
		memcpy(&s, sum, n * sizeof(*sum));
	if (bias && n == LANES)
		memcpy(&b, bias, sizeof(b));
	else if (bias)
		memcpy(&b, bias, n * sizeof(*bias));
	/* Unsigned, so that a sum that is too large wraps. */
	s = (VI)((VU)s + (VU)b + (uint32_t)one_bias);
	return __builtin_convertvector(s, VF) * scale;
}

ISA static void NAME(requant)(const struct requant_u8 *r, const int32_t *sum,
			      uint8_t *y, size_t n)
{
	VF scale = r->scale - (VF){0};

	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VB c = NAME(codes)(
			r, NAME(product)(sum + i, NULL, r->bias, scale, count));

		NAME(keep)(y + i, c, count);
	}
}

ISA static void NAME(requant_row)(const struct requant_u8 *r,
				  const float *scale, const int32_t *bias,
				  const int32_t *sum, uint8_t *y, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VF s = {0};
		VB c;

		if (count == LANES)
			memcpy(&s, scale + i, sizeof(s));
		else
			memcpy(&s, scale + i, count * sizeof(*scale));
		c = NAME(codes)(r,
				NAME(product)(sum + i, bias ? bias + i : NULL,
					      r->bias, s, count));
		NAME(keep)(y + i, c, count);
	}
}

ISA static void NAME(scale_row)(const float *scale, const int32_t *bias,
				const float *shift, const int32_t *sum,
				float *y, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VF s = {0}, b = {0};

		memcpy(&s, scale + i, count * sizeof(*scale));
		memcpy(&b, shift + i, count * sizeof(*shift));
		b += NAME(product)(sum + i, bias + i, 0, s, count);
		memcpy(y + i, &b, count * sizeof(*y));
	}
}

ISA static void NAME(requant_f32)(const struct requant_u8 *r, const float *sum,
				  uint8_t *y, size_t n)
{
	VF scale = r->scale - (VF){0};

	for (size_t i = 0; i < n; i += LANES) {
		size_t count = n - i < LANES ? n - i : LANES;
		VF x = {0};
		VI s;
		VB c;

		if (count == LANES)
			memcpy(&x, sum + i, sizeof(x));
		else
			memcpy(&x, sum + i, count * sizeof(*sum));
		s = __builtin_convertvector(x, VI);
		s = (VI)((VU)s + (uint32_t)r->bias);
		c = NAME(codes)(r, __builtin_convertvector(s, VF) * scale);
		NAME(keep)(y + i, c, count);
	}
}
