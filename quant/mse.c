/* SPDX-License-Identifier: Apache-2.0 */
/* quant/mse.c -- the range with the least mean squared error.
 *
 * The expected squared error of rounding to a grid of step s is, for a bin
 * inside the range, min(x^2, s^2 / 12), and (x - end)^2 for one beyond it; x
 * is the middle of the bin.  Both ends shrink together in 100 steps, and
 * then each alone in 20 around the best.
 */
#include "quant/observer.h"

#include <math.h>

static double squared_error(const struct histogram *h, const struct range *r,
			    int levels)
{
	double step = (r->hi - r->lo) / (levels - 1);
	double noise = step * step / 12, sum = 0;
	struct bin b = {0};

	while (histogram_next(h, &b)) {
		double x = (b.lo + b.hi) / 2, each;

		if (x > r->hi)
			each = (x - r->hi) * (x - r->hi);
		else if (x < r->lo)
			each = (x - r->lo) * (x - r->lo);
		else
			each = fmin(x * x, noise);
		sum += each * (double)b.count;
	}
	return sum;
}

struct search {
	const struct histogram *h;
	int levels;
	struct range best;
	double error;
};

static void consider(struct search *s, double lo, double hi)
{
	struct range r = {lo, hi};
	double error = squared_error(s->h, &r, s->levels);

	if (error < s->error) {
		s->error = error;
		s->best = r;
	}
}

static void mse_range(const struct histogram *h, int levels, struct range *out)
{
	struct range full = range_full(h), both;
	struct search s = {
		.h = h, .levels = levels, .best = full, .error = INFINITY};

	for (int i = 0; i < 100; i++) {
		double keep = 1 - i / 100.0;

		consider(&s, full.lo * keep, full.hi * keep);
	}
	both = s.best;
	for (int i = -10; i <= 10; i++) {
		double keep = 1 + i / 40.0;

		consider(&s, fmax(both.lo * keep, full.lo), both.hi);
	}
	both = s.best;
	for (int i = -10; i <= 10; i++) {
		double keep = 1 + i / 40.0;

		consider(&s, both.lo, fmin(both.hi * keep, full.hi));
	}
	*out = s.best;
}

extern const struct observer observer_mse;
const struct observer observer_mse = {
	.name = "mse",
	.summary = "the range with the least mean squared error",
	.range = mse_range,
};
