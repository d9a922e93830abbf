/* SPDX-License-Identifier: Apache-2.0 */
/* validate/bootstrap.h -- intervals by drawing the samples again.
 *
 * The percentile bootstrap (Efron 1979): what is estimated is computed again
 * for 2,000 draws of N samples with replacement; the interval leaves out the
 * same share of the results on either side.  Both models are drawn together,
 * so a difference between them is paired.
 */
#ifndef VALIDATE_BOOTSTRAP_H
#define VALIDATE_BOOTSTRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A two-sided interval. */
struct interval {
	double lo, hi;
};

/* What is estimated from samples PICKED[0..N); embed it first. */
struct estimate {
	double (*of)(struct estimate *self, const size_t *picked, size_t n);
};

/*
 * At CONFIDENCE, such as 0.95.  The same SEED draws the same samples.  NaN on
 * both sides if N < 2, which says nothing of how samples vary, or if a draw
 * gives no number.
 */
struct interval bootstrap_interval(struct estimate *x, size_t n,
				   double confidence, uint64_t seed);

/* The element of rank ceil(P N) of SORTED[0..N), N > 0 (nearest rank). */
double nearest_rank(const double *sorted, size_t n, double p);

/* qsort()'s order of doubles that are numbers. */
int by_number(const void *a, const void *b);

#endif
