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

ISA static inline VB NAME(largest)(const struct pool_lanes *p, uint8_t flip,
				   const uint8_t *x, size_t n)
{
	VB most = {0};

	for (size_t i = 0; i < p->rows; i++)
		for (size_t j = 0; j < p->cols; j++) {
			const uint8_t *at = x + i * p->down + j * p->right;
			VB v = NAME(bytes)(at, n) ^ flip, more;

			more = (VB)(v > most);
			most = (v & more) | (most & ~more);
		}
	return most ^ flip;
}

ISA static void NAME(codes_max)(const struct pool_lanes *p, uint8_t flip)
{
	for (size_t k = 0; k < p->pixels; k++) {
		const uint8_t *x = (const uint8_t *)p->x + k * p->step;
		uint8_t *y = (uint8_t *)p->y + k * p->lanes;
		size_t i = 0;
		VB v;

		for (; i + LANES <= p->lanes; i += LANES) {
			v = NAME(largest)(p, flip, x + i, LANES);
			memcpy(y + i, &v, LANES);
		}
		if (i == p->lanes)
			continue;
		v = NAME(largest)(p, flip, x + i, p->lanes - i);
		memcpy(y + i, &v, p->lanes - i);
	}
}

/* CX.scale is the multiplier of a sum. */
ISA static inline VB NAME(mean)(const struct pool_lanes *p, struct codes_u8 cx,
				struct codes_u8 cy, const uint8_t *x, size_t n)
{
	int32_t zeros = (int32_t)(p->rows * p->cols) * (cx.zero + cx.flip);
	VI sum = NAME(total)(p, cx.flip, x, n) - zeros;

	return NAME(codes)(cy, __builtin_convertvector(sum, VF) * cx.scale);
}

ISA static void NAME(codes_mean)(const struct pool_lanes *p, struct codes_u8 cx,
				 struct codes_u8 cy)
{
	for (size_t k = 0; k < p->pixels; k++) {
		const uint8_t *x = (const uint8_t *)p->x + k * p->step;
		uint8_t *y = (uint8_t *)p->y + k * p->lanes;
		size_t i = 0;
		VB v;

		for (; i + LANES <= p->lanes; i += LANES) {
			v = NAME(mean)(p, cx, cy, x + i, LANES);
			memcpy(y + i, &v, LANES);
		}
		if (i == p->lanes)
			continue;
		v = NAME(mean)(p, cx, cy, x + i, p->lanes - i);
		memcpy(y + i, &v, p->lanes - i);
	}
}
