/* SPDX-License-Identifier: Apache-2.0 */
/* kern/codes.h -- 8-bit codes to floats and back, element by element.
 *
 *     real = (code - zero) * scale
 *     code = saturate(round(real / scale) + zero)     ties to even
 */
#ifndef KERN_CODES_H
#define KERN_CODES_H

#include <stddef.h>
#include <stdint.h>

struct codes_u8 {
	float scale;
	int32_t zero;
	uint8_t flip; /* 0x80: codes are signed; 0: unsigned */
};

void kern_codes_to_f32(const struct codes_u8 *c, const uint8_t *x, float *y,
		       size_t n);
void kern_f32_to_codes(const struct codes_u8 *c, const float *x, uint8_t *y,
		       size_t n);

/* Y = quantize(A + B) and quantize(A * B); Y may be A. */
void kern_codes_add(const struct codes_u8 *ca, const uint8_t *a,
		    const struct codes_u8 *cb, const uint8_t *b,
		    const struct codes_u8 *cy, uint8_t *y, size_t n);
void kern_codes_mul(const struct codes_u8 *ca, const uint8_t *a,
		    const struct codes_u8 *cb, const uint8_t *b,
		    const struct codes_u8 *cy, uint8_t *y, size_t n);

/* Codes of the same reals, with scale and zero point of CY; Y may be X. */
void kern_codes_convert(const struct codes_u8 *cx, const uint8_t *x,
			const struct codes_u8 *cy, uint8_t *y, size_t n);

/* Sum of N codes, as if unsigned after the flip. */
uint64_t kern_codes_sum(const uint8_t *x, uint8_t flip, size_t n);

#endif
