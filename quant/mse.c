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

/* The middle of a bin, and what it counts: all bins in order. */
struct middle {
	double x, count;
};

struct search {
	const struct middle *bin;
	size_t nbins;
	int levels;
	struct range best;
	double error;
};

static double squared_error(const struct search *s, const struct range *r)
{
	double step = (r->hi - r->lo) / (s->levels - 1);
	double noise = step * step / 12, sum = 0;

	for (size_t i = 0; i < s->nbins; i++) {
		double x = s->bin[i].x, each = x * x;

		if (x > r->hi)
			each = (x - r->hi) * (x - r->hi);
		else if (x < r->lo)
			each = (x - r->lo) * (x - r->lo);
		else if (each > noise)
			each = noise;
		sum += each * s->bin[i].count;
	}
	return sum;
}

static void consider(struct search *s, double lo, double hi)
{
	struct range r = {lo, hi};
	double error = squared_error(s, &r);

	if (error < s->error) {
		s->error = error;
		s->best = r;
	}
}

/* The bins of H in A. */
static void list_bins(struct search *s, const struct histogram *h,
		      struct arena *a)
{
	struct bin b = {0};
	struct middle *to;
	size_t n = 0;

	while (histogram_next(h, &b))
		n++;
	s->bin = to = arena_array(a, struct middle, n);
	s->nbins = n;
	b = (struct bin){0};
	while (histogram_next(h, &b))
		*to++ = (struct middle){(b.lo + b.hi) / 2, (double)b.count};
}

static void mse_range(const struct histogram *h, int levels, struct range *out)
{
	struct range full = range_full(h), both;
	struct search s = {.levels = levels, .best = full, .error = INFINITY};
	struct arena a = {0};

	list_bins(&s, h, &a);
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
	arena_release(&a);
}

extern const struct observer observer_mse;
const struct observer observer_mse = {
	.name = "mse",
	.summary = "the range with the least mean squared error",
	.range = mse_range,
};
