/* SPDX-License-Identifier: Apache-2.0 */
/* kern/codes.c -- 8-bit codes to floats and back, element by element. */
#include <string.h>

#include "kern/codes.h"
#include "kern/vec.h"

#include "kern/isa_base.h"
#include "kern/codes_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/codes_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/codes_tmpl.h"
#include "kern/isa_end.h"
#endif

/* A / B; so large a one that products with codes are finite still saturates. */
static float quotient(double a, double b)
{
	return a / b < 1e30 ? (float)(a / b) : 1e30f;
}

/* C in units of SCALE. */
static struct codes_u8 per_step(const struct codes_u8 *c, float scale)
{
	struct codes_u8 unit = *c;

	unit.scale = quotient(c->scale, scale);
	return unit;
}

void kern_codes_to_f32(const struct codes_u8 *c, const uint8_t *x, float *y,
		       size_t n)
{
	DISPATCH(to_f32, *c, x, y, n);
}

void kern_f32_to_codes(const struct codes_u8 *c, const float *x, uint8_t *y,
		       size_t n)
{
	DISPATCH(from_f32, *c, x, y, n);
}

void kern_codes_add(const struct codes_u8 *ca, const uint8_t *a,
		    const struct codes_u8 *cb, const uint8_t *b,
		    const struct codes_u8 *cy, uint8_t *y, size_t n)
{
	DISPATCH(add, per_step(ca, cy->scale), a, per_step(cb, cy->scale), b,
		 *cy, y, n);
}

void kern_codes_mul(const struct codes_u8 *ca, const uint8_t *a,
		    const struct codes_u8 *cb, const uint8_t *b,
		    const struct codes_u8 *cy, uint8_t *y, size_t n)
{
	struct codes_u8 c = *ca;

	c.scale = quotient((double)ca->scale * cb->scale, cy->scale);
	DISPATCH(mul, c, a, *cb, b, *cy, y, n);
}

void kern_codes_convert(const struct codes_u8 *cx, const uint8_t *x,
			const struct codes_u8 *cy, uint8_t *y, size_t n)
{
	DISPATCH(convert, per_step(cx, cy->scale), x, *cy, y, n);
}

uint64_t kern_codes_sum(const uint8_t *x, uint8_t flip, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] ^ flip;
	return sum;
}
