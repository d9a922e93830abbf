/* SPDX-License-Identifier: Apache-2.0 */
/* quant/log.c -- logarithmic levels: 0 and powers of 2^(1/steps).
 *
 *     +-2^(-k/steps),  k = 0 .. 2^(bits-1) - 2
 *
 * The levels are relative to the channel's largest.  A value goes to the
 * nearest level in the linear domain, not to the nearest exponent: that has
 * the smaller squared error.  Base 2 levels are exact; others are rounded to
 * float once, and the model's table holds the same floats.
 */
#include "quant/scheme.h"

#include <math.h>

static const int log_steps[] = {1, 2, 4, 8, 16, 0};

static void fill(struct codebook *b)
{
	b->nmags = UINT32_C(1) << (b->bits - 1);
	b->mag[0] = 0;
	for (uint32_t k = 1; k < b->nmags; k++) {
		double octaves = (double)(b->nmags - 1 - k) / b->steps;

		b->mag[k] = (double)(float)exp2(-octaves);
	}
}

extern const struct scheme scheme_log;
const struct scheme scheme_log = {
	.name = "log",
	.summary = "powers of 2^(1/r) and 0, 3 to 8 bits",
	.min_bits = 3,
	.max_bits = 8,
	.steps = log_steps,
	.fill = fill,
};
