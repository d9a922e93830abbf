/* SPDX-License-Identifier: Apache-2.0 */
/* quant/histogram.h -- what calibration remembers of one tensor.
 *
 * Everything is a count, an extreme or an exact sum, so adding samples one by
 * one, in any order, or merging parts of them gives the same bits.
 *
 * A bin is a float with its sign, its exponent and its first six fraction
 * bits: 64 bins to the octave, each 1/64 of its lower edge wide or less.
 * Pages of 64 bins exist once something fell into them.  Numbers below the
 * least normal float share the bins of exponent 0.
 *
 * The sum is kept as one integer for each exponent e:
 *     sum of x = sum over e of significand_sum[e] * 2^(max(e, 1) - 150)
 */
#ifndef QUANT_HISTOGRAM_H
#define QUANT_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	HISTOGRAM_EXPONENTS = 255, /* finite: 0 .. 254 */
	HISTOGRAM_PAGES = 2 * 256, /* sign and exponent */
	HISTOGRAM_PAGE_BINS = 64,
};

/* More samples than this could overflow significand_sum. */
#define HISTOGRAM_MAX_COUNT (UINT64_C(1) << 38)

struct histogram {
	uint64_t count; /* finite samples */
	uint64_t nan, minus_inf, plus_inf;
	float min, max; /* of the finite ones; +inf, -inf if there are none */
	int64_t significand_sum[HISTOGRAM_EXPONENTS];
	uint64_t *page[HISTOGRAM_PAGES]; /* NULL: nothing in it */
	struct arena *arena;		 /* of the pages */
};

void histogram_init(struct histogram *h, struct arena *a);

/* Count N values; X may be unaligned.  ERR_LIMIT beyond MAX_COUNT. */
MUST_USE bool histogram_add(struct histogram *h, const void *x, size_t n,
			    struct err *e);

/* Add everything that FROM counted. */
MUST_USE bool histogram_merge(struct histogram *h, const struct histogram *from,
			      struct err *e);

/* The exact sum and the mean, rounded once, to nearest even; 0 if empty. */
double histogram_sum(const struct histogram *h);
double histogram_mean(const struct histogram *h);

/* The variance, every bin's samples being at its middle; 0 if empty. */
double histogram_variance(const struct histogram *h);

/*
 * One bin as an interval of real numbers, lo <= hi, clipped to the exact
 * extremes.  Iterate in ascending order of value:
 *     struct bin b = {0};
 *     while (histogram_next(h, &b)) ...
 */
struct bin {
	double lo, hi;
	uint64_t count;
	uint32_t next; /* place among all bins of any histogram, plus one */
};

bool histogram_next(const struct histogram *h, struct bin *b);

#endif
