/* SPDX-License-Identifier: Apache-2.0 */
/* quant/mse.c -- the range with the least mean squared error.
 *
 * The expected squared error of rounding to a grid of step s is, for a bin
 * inside the range, min(x^2, s^2 / 12), and (x - end)^2 for one beyond it; x
 * is the middle of the bin.  Both ends shrink together in 100 steps, and
 * then each alone in 20 around the best.  Where one function f reads the
 * tensor the error is that of f: f'(x)^2 s^2 / 12 inside, (f(x) - f(end))^2
 * beyond, and each end is searched for alone as well.
 */
#include "quant/observer.h"

#include <math.h>

/* A bin: its middle x, what becomes of it, and what it counts. */
struct middle {
	double x, y, slope2, count;
};

struct search {
	const struct middle *bin;
	size_t nbins;
	int levels;
	const struct response *reader; /* NULL: y = x */
	struct range full, best;
	double error;
};

static double behind(const struct search *s, double x)
{
	return s->reader ? s->reader->at(s->reader, x) : x;
}

static double squared_error(const struct search *s, const struct range *r)
{
	double step = (r->hi - r->lo) / (s->levels - 1);
	double noise = step * step / 12, sum = 0;
	double lo = behind(s, r->lo), hi = behind(s, r->hi);
	double zero = behind(s, 0);

	for (size_t i = 0; i < s->nbins; i++) {
		const struct middle *b = &s->bin[i];
		double end = b->x > r->hi ? hi : b->x < r->lo ? lo : zero;
		double each = (b->y - end) * (b->y - end);

		if (b->x >= r->lo && b->x <= r->hi && each > noise * b->slope2)
			each = noise * b->slope2;
		sum += each * b->count;
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

static double slope_at(const struct search *s, double x)
{
	double d = fmax(fabs(x), 0.01) / 128;

	return s->reader ? (behind(s, x + d) - behind(s, x - d)) / (2 * d) : 1;
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
	while (histogram_next(h, &b)) {
		double x = (b.lo + b.hi) / 2, slope = slope_at(s, x);

		*to++ = (struct middle){x, behind(s, x), slope * slope,
					(double)b.count};
	}
}

static void shrink_both(struct search *s)
{
	struct range both;

	for (int i = 0; i < 100; i++) {
		double keep = 1 - i / 100.0;

		consider(s, s->full.lo * keep, s->full.hi * keep);
	}
	both = s->best;
	for (int i = -10; i <= 10; i++) {
		double keep = 1 + i / 40.0;

		consider(s, fmax(both.lo * keep, s->full.lo), both.hi);
	}
	both = s->best;
	for (int i = -10; i <= 10; i++) {
		double keep = 1 + i / 40.0;

		consider(s, both.lo, fmin(both.hi * keep, s->full.hi));
	}
}

/* A reader may care for one end only. */
static void shrink_each(struct search *s)
{
	for (int turn = 0; turn < 2; turn++) {
		struct range r = s->best;

		for (int i = 0; i < 100; i++)
			consider(s, s->full.lo * (1 - i / 100.0), r.hi);
		r = s->best;
		for (int i = 0; i < 100; i++)
			consider(s, r.lo, s->full.hi * (1 - i / 100.0));
	}
}

static void mse_range_before(const struct histogram *h, int levels,
			     const struct response *reader, struct range *out)
{
	struct range full = range_full(h);
	struct search s = {.levels = levels,
			   .reader = reader,
			   .full = full,
			   .best = full,
			   .error = INFINITY};
	struct arena a = {0};

	list_bins(&s, h, &a);
	shrink_both(&s);
	if (reader)
		shrink_each(&s);
	*out = s.best;
	arena_release(&a);
}

static void mse_range(const struct histogram *h, int levels, struct range *out)
{
	mse_range_before(h, levels, NULL, out);
}

extern const struct observer observer_mse;
const struct observer observer_mse = {
	.name = "mse",
	.summary = "the range with the least mean squared error",
	.range = mse_range,
	.range_before = mse_range_before,
};
