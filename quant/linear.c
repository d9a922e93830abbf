/* SPDX-License-Identifier: Apache-2.0 */
/* quant/linear.c -- equally spaced levels: signed integers.
 *
 * Rounded to nearest, ties to even (ONNX QuantizeLinear-13), so that a code
 * is what QuantizeLinear would have made of the same weight and scale.
 */
#include "quant/scheme.h"

#include <math.h>

#include "kern/grid.h"

static void fill(struct codebook *b)
{
	b->nmags = UINT32_C(1) << (b->bits - 1);
	for (uint32_t k = 0; k < b->nmags; k++)
		b->mag[k] = k;
}

static uint32_t nearest(const struct codebook *b, double x)
{
	(void)b;
	return (uint32_t)nearbyint(x);
}

static double error(const struct codebook *b, double scale, const double *w,
		    const double *importance, size_t n)
{
	return kern_grid_error_f64(w, importance, n, scale, codebook_top(b));
}

extern const struct scheme scheme_linear;
const struct scheme scheme_linear = {
	.name = "linear",
	.summary = "equally spaced levels, 2 to 8 bits",
	.min_bits = 2,
	.max_bits = 8,
	.fill = fill,
	.nearest = nearest,
	.error = error,
};
