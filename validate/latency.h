/* SPDX-License-Identifier: Apache-2.0 */
/* validate/latency.h -- how long two models take, and how sure we are.
 *
 * The two run in turn, ABBA, so that slow drift of the machine hits both
 * alike.  The ratio is median(candidate) / median(reference); its interval is
 * the seeded percentile bootstrap over pairs (2,000 resamples, 95 %).
 */
#ifndef VALIDATE_LATENCY_H
#define VALIDATE_LATENCY_H

#include <stdint.h>

#include "base/err.h"
#include "validate/bootstrap.h"

/* One side; embed it first. */
struct runner {
	bool (*run)(struct runner *self, struct err *e);
};

struct latency_opts {
	int warmup;	/* runs of each side before; 0: 3 */
	int pairs;	/* at least; 0: 30 */
	double seconds; /* and keep going until this much was measured */
	uint64_t seed;
};

/* Seconds of CLOCK_MONOTONIC. */
struct quantiles {
	double min, p50, p90, p99;
};

struct latency {
	struct quantiles side[2]; /* reference, candidate */
	size_t pairs;
	double ratio;
	struct interval interval;
	double noise; /* median absolute deviation / median, worse side */
};

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE };

MUST_USE bool latency_compare(struct latency *l, struct runner *reference,
			      struct runner *candidate,
			      const struct latency_opts *o, struct err *e);

/*
 * Is the ratio at most LIMIT?  The whole interval must be on one side for
 * pass or fail.  NaN fails.
 */
enum verdict latency_verdict(const struct latency *l, double limit);

/* Quantiles of X[0..N), which is sorted in place; N > 0.  Quantile p is the
 * element of rank ceil(p N) (nearest rank). */
struct quantiles quantiles_of(double *x, size_t n);

/* Ratio and interval of paired times, as latency_compare() computes them. */
void latency_bootstrap(struct latency *l, const double *reference,
		       const double *candidate, size_t pairs, uint64_t seed);

#endif
