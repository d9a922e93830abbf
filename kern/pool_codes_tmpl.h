/* SPDX-License-Identifier: Apache-2.0 */
/* kern/pool_codes_tmpl.h -- body of pool_codes.c for one instruction set
 * (isa_base.h). */

#include "kern/code_tmpl.h"

/* Sums of N lanes of one window from X on, as if unsigned after FLIP. */
ISA static inline VI NAME(total)(const struct pool_lanes *p, uint8_t flip,
				 const uint8_t *x, size_t n)
{
	VI sum = {0};

	for (size_t i = 0; i < p->rows; i++)
		for (size_t j = 0; j < p->cols; j++) {
			const uint8_t *at = x + i * p->down + j * p->right;
			VB v = NAME(bytes)(at, n) ^ flip;

			sum += __builtin_convertvector(v, VI);
		}
	return sum;
}

/* As many bytes as a vector of floats has. */
typedef uint8_t NAME(wide) VECTOR_OF(4 * LANES);

/* The largest of N <= 4 * LANES lanes of one window from X on. */
ISA static inline void NAME(largest)(const struct pool_lanes *p, uint8_t flip,
				     const uint8_t *x, uint8_t *y, size_t n)
{
	NAME(wide) most = {0}, v = {0}, more;

	for (size_t i = 0; i < p->rows; i++)
		for (size_t j = 0; j < p->cols; j++) {
			memcpy(&v, x + i * p->down + j * p->right, n);
			v ^= flip;
			more = (NAME(wide))(v > most);
			most = (v & more) | (most & ~more);
		}
	most ^= flip;
	memcpy(y, &most, n);
}

ISA static void NAME(codes_max)(const struct pool_lanes *all, uint8_t flip)
{
	/* A copy: bytes that are written might be part of it. */
	const struct pool_lanes p = *all;
	enum { WIDE = 4 * LANES };

	for (size_t k = 0; k < p.pixels; k++) {
		const uint8_t *x = (const uint8_t *)p.x + k * p.step;
		uint8_t *y = (uint8_t *)p.y + k * p.lanes;
		size_t i = 0;

		for (; i + WIDE <= p.lanes; i += WIDE)
			NAME(largest)(&p, flip, x + i, y + i, WIDE);
		for (; i + LANES <= p.lanes; i += LANES)
			NAME(largest)(&p, flip, x + i, y + i, LANES);
		if (i < p.lanes)
			NAME(largest)(&p, flip, x + i, y + i, p.lanes - i);
	}
}

/* CX.scale is the multiplier of a sum. */
ISA static inline void NAME(divide)(const struct pool_lanes *p,
				    struct codes_u8 cx, struct codes_u8 cy,
				    VI sum, uint8_t *y, size_t n)
{
	int32_t zeros = (int32_t)(p->rows * p->cols) * (cx.zero + cx.flip);
	VF x = __builtin_convertvector(sum - zeros, VF) * cx.scale;
	VB code = NAME(codes)(cy, x);

	memcpy(y, &code, n);
}

/* LANES codes at X as integers. */
ISA static inline VI NAME(whole)(const uint8_t *x, uint8_t flip)
{
	return __builtin_convertvector(NAME(bytes)(x, LANES) ^ flip, VI);
}

/* Four vectors of lanes at once. */
ISA static inline void NAME(mean_4)(const struct pool_lanes *p,
				    struct codes_u8 cx, struct codes_u8 cy,
				    const uint8_t *x, uint8_t *y)
{
	VI a = {0}, b = {0}, c = {0}, d = {0};

	for (size_t i = 0; i < p->rows; i++)
		for (size_t j = 0; j < p->cols; j++) {
			const uint8_t *at = x + i * p->down + j * p->right;

			a += NAME(whole)(at, cx.flip);
			b += NAME(whole)(at + LANES, cx.flip);
			c += NAME(whole)(at + 2 * LANES, cx.flip);
			d += NAME(whole)(at + 3 * LANES, cx.flip);
		}
	NAME(divide)(p, cx, cy, a, y, LANES);
	NAME(divide)(p, cx, cy, b, y + LANES, LANES);
	NAME(divide)(p, cx, cy, c, y + 2 * LANES, LANES);
	NAME(divide)(p, cx, cy, d, y + 3 * LANES, LANES);
}

ISA static inline void NAME(mean)(const struct pool_lanes *p,
				  struct codes_u8 cx, struct codes_u8 cy,
				  const uint8_t *x, uint8_t *y, size_t n)
{
	NAME(divide)(p, cx, cy, NAME(total)(p, cx.flip, x, n), y, n);
}

ISA static void NAME(codes_mean)(const struct pool_lanes *all,
				 struct codes_u8 cx, struct codes_u8 cy)
{
	const struct pool_lanes p = *all;

	for (size_t k = 0; k < p.pixels; k++) {
		const uint8_t *x = (const uint8_t *)p.x + k * p.step;
		uint8_t *y = (uint8_t *)p.y + k * p.lanes;
		size_t i = 0;

		for (; i + 4 * LANES <= p.lanes; i += 4 * LANES)
			NAME(mean_4)(&p, cx, cy, x + i, y + i);
		for (; i + LANES <= p.lanes; i += LANES)
			NAME(mean)(&p, cx, cy, x + i, y + i, LANES);
		if (i < p.lanes)
			NAME(mean)(&p, cx, cy, x + i, y + i, p.lanes - i);
	}
}
