/* SPDX-License-Identifier: Apache-2.0 */
/* kern/code_tmpl.h -- a vector of codes as floats and back (isa_base.h).
 *
 * Scales and zero points come as copies: bytes that are written might be part
 * of what a pointer points at.
 */

/* N codes, the others are zero. */
ISA static inline VB NAME(bytes)(const uint8_t *p, size_t n)
{
	VB v = {0};

	memcpy(&v, p, n);
	return v;
}

/* Codes as multiples of their scale. */
ISA static inline VF NAME(steps)(struct codes_u8 c, VB v)
{
	return __builtin_convertvector(__builtin_convertvector(v ^ c.flip, VI) -
					       (c.zero + c.flip),
				       VF);
}

/* Multiples of the scale as codes. */
ISA static inline VB NAME(codes)(struct codes_u8 c, VF x)
{
	/* 1.5 * 2^23 rounds what is clamped before to an integer. */
	VF magic = 12582912.f - (VF){0};
	VF lo = (float)(-c.flip - c.zero) - (VF){0};
	VF hi = (float)(255 - c.flip - c.zero) - (VF){0};

	x = V_MIN(hi, V_MAX(lo, x));
	return __builtin_convertvector(
		__builtin_convertvector(x + magic - magic, VI) + c.zero, VB);
}
