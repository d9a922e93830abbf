/* SPDX-License-Identifier: Apache-2.0 */
/* quant/kl.c -- the range whose coded distribution tells least apart.
 *
 * For thresholds T = i * width on |x|, i = L .. 2048 bins: P is the histogram
 * up to T with everything beyond in its last bin; Q is the same without what
 * lies beyond, merged to L equal levels and spread evenly over the bins of
 * each level that are not empty.  The T with the least sum P ln(P / Q) wins.
 * L is 128 where the tensor has both signs and 256 where one sign has all
 * levels to itself.  Where only outliers make P positive, Q counts as 1e-9 of
 * the samples, so that few outliers cost little but not nothing.  With as
 * many levels as bins there is nothing to tell apart: the full range.
 *
 * Source: Migacz, 8-bit inference with TensorRT (GTC 2017).
 */
#include "quant/observer.h"

#include <math.h>

enum { KL_BINS = 2048 };

static const double nowhere = 1e-9;

struct spread {
	double bin[KL_BINS];
	double width;
};

/* Divide a bin's samples over [A, B] of magnitudes evenly. */
static void spread_bin(struct spread *s, double a, double b, double count)
{
	double first = floor(a / s->width), last = floor(b / s->width);

	if (first > KL_BINS - 1)
		first = KL_BINS - 1;
	if (last > KL_BINS - 1)
		last = KL_BINS - 1;
	for (int i = (int)first; i <= (int)last; i++) {
		double lo = fmax(a, i * s->width);
		double hi = fmin(b, (i + 1) * s->width);
		double part = b > a ? fmax(hi - lo, 0) / (b - a) : 1;

		s->bin[i] += count * part;
	}
}

static void spread_magnitudes(struct spread *s, const struct histogram *h)
{
	struct bin b = {0};

	while (histogram_next(h, &b)) {
		double a = fmin(fabs(b.lo), fabs(b.hi));
		double z = fmax(fabs(b.lo), fabs(b.hi));

		spread_bin(s, a, z, (double)b.count);
	}
}

/* KL(P || Q) for the first N bins, OUTSIDE samples beyond; TOTAL of all. */
static double divergence(const struct spread *s, int n, double outside,
			 double total, int levels)
{
	double inside = total - outside, sum = 0;

	for (int k = 0; k < levels; k++) {
		int first = (int)((int64_t)k * n / levels);
		int last = (int)((int64_t)(k + 1) * n / levels);
		double mass = 0, filled = 0;

		for (int i = first; i < last; i++) {
			mass += s->bin[i];
			filled += s->bin[i] > 0;
		}
		for (int i = first; i < last; i++) {
			double p = s->bin[i] + (i == n - 1 ? outside : 0);
			double q = s->bin[i] > 0 ? mass / filled
						 : nowhere * inside;

			if (!(p > 0))
				continue;
			sum += p / total * log(p / total * inside / q);
		}
	}
	return sum;
}

static double best_threshold(const struct spread *s, int levels)
{
	double total = 0, inside = 0, best = INFINITY;
	double threshold = KL_BINS * s->width;

	for (int i = 0; i < KL_BINS; i++)
		total += s->bin[i];
	for (int i = 0; i < levels - 1; i++)
		inside += s->bin[i];
	for (int n = levels; n <= KL_BINS; n++) {
		double kl;

		inside += s->bin[n - 1];
		kl = divergence(s, n, n < KL_BINS ? total - inside : 0, total,
				levels);
		if (kl < best) {
			best = kl;
			threshold = n * s->width;
		}
	}
	return threshold;
}

static void kl_range(const struct histogram *h, int levels, struct range *out)
{
	struct range full = range_full(h);
	double top = fmax(-full.lo, full.hi), threshold;
	bool both = full.lo < 0 && full.hi > 0;
	struct spread s = {.width = top / KL_BINS};

	*out = full;
	if (!(s.width > 0) || levels >= KL_BINS)
		return;
	spread_magnitudes(&s, h);
	threshold = best_threshold(&s, both ? levels / 2 : levels);
	out->lo = fmax(full.lo, -threshold);
	out->hi = fmin(full.hi, threshold);
}

extern const struct observer observer_kl;
const struct observer observer_kl = {
	.name = "kl",
	.summary = "the range with the least Kullback-Leibler divergence",
	.range = kl_range,
};
