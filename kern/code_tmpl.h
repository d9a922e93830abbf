/* SPDX-License-Identifier: Apache-2.0 */
/* kern/code_tmpl.h -- a vector of codes as floats and back (isa_base.h). */

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
