/* SPDX-License-Identifier: Apache-2.0 */
/* validate/latency.c -- see latency.h. */
#include "validate/latency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { MAX_PAIRS = 400 };

/* The element of nearest rank 1/2; reorders X (Hoare's selection). */
static double median(double *x, size_t n)
{
	size_t k = (n + 1) / 2 - 1, lo = 0, hi = n - 1;

	while (lo < hi) {
		double pivot = x[lo + (hi - lo) / 2];
		size_t i = lo, j = hi;

		for (;; i++, j--) {
			double t;

			while (x[i] < pivot)
				i++;
			while (pivot < x[j])
				j--;
			if (i >= j)
				break;
			t = x[i];
			x[i] = x[j];
			x[j] = t;
		}
		if (k <= j)
			hi = j;
		else
			lo = j + 1;
	}
	return x[k];
}

struct quantiles quantiles_of(double *x, size_t n)
{
	qsort(x, n, sizeof(*x), by_number);
	return (struct quantiles){
		x[0],
		nearest_rank(x, n, 0.5),
		nearest_rank(x, n, 0.9),
		nearest_rank(x, n, 0.99),
	};
}

static double deviation(const double *sorted, size_t n, double middle)
{
	double away[MAX_PAIRS];

	for (size_t i = 0; i < n; i++)
		away[i] = fabs(sorted[i] - middle);
	return median(away, n) / middle;
}

struct paired_ratio {
	struct estimate estimate; /* first */
	const double *side[2];
};

static double ratio_of(struct estimate *self, const size_t *picked, size_t n)
{
	const struct paired_ratio *p = (struct paired_ratio *)self;
	double x[2][MAX_PAIRS];

	for (size_t i = 0; i < n; i++)
		for (int side = 0; side < 2; side++)
			x[side][i] = p->side[side][picked[i]];
	return median(x[1], n) / median(x[0], n);
}

void latency_bootstrap(struct latency *l, const double *reference,
		       const double *candidate, size_t pairs, uint64_t seed)
{
	struct paired_ratio p = {{ratio_of}, {reference, candidate}};
	double a[MAX_PAIRS], b[MAX_PAIRS], noise;

	l->interval = bootstrap_interval(&p.estimate, pairs, 0.95, seed);
	memcpy(a, reference, pairs * sizeof(*a));
	memcpy(b, candidate, pairs * sizeof(*b));
	l->side[0] = quantiles_of(a, pairs);
	l->side[1] = quantiles_of(b, pairs);
	l->ratio = l->side[1].p50 / l->side[0].p50;
	l->noise = deviation(a, pairs, l->side[0].p50);
	noise = deviation(b, pairs, l->side[1].p50);
	if (noise > l->noise)
		l->noise = noise;
	l->pairs = pairs;
}

static bool timed(struct runner *r, double *seconds, struct err *e)
{
	double start = clock_seconds();

	if (!r->run(r, e))
		return false;
	*seconds = clock_seconds() - start;
	return true;
}

bool latency_compare(struct latency *l, struct runner *reference,
		     struct runner *candidate, const struct latency_opts *o,
		     struct err *e)
{
	double a[MAX_PAIRS], b[MAX_PAIRS], start;
	size_t least = (size_t)(o->pairs ? o->pairs : 30), n = 0;
	int warmup = o->warmup ? o->warmup : 3;

	if (least > MAX_PAIRS)
		least = MAX_PAIRS;
	for (int i = 0; i < warmup; i++)
		if (!reference->run(reference, e) ||
		    !candidate->run(candidate, e))
			return false;
	start = clock_seconds();
	while (n < least ||
	       (n < MAX_PAIRS && clock_seconds() - start < o->seconds)) {
		bool swap = n % 2;

		if (swap && !timed(candidate, &b[n], e))
			return false;
		if (!timed(reference, &a[n], e))
			return false;
		if (!swap && !timed(candidate, &b[n], e))
			return false;
		n++;
	}
	latency_bootstrap(l, a, b, n, o->seed);
	return true;
}

enum verdict latency_verdict(const struct latency *l, double limit)
{
	if (l->interval.hi <= limit)
		return VERDICT_PASS;
	if (l->interval.lo <= limit)
		return VERDICT_INCONCLUSIVE;
	return VERDICT_FAIL;
}
