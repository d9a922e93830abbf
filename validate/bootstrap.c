/* SPDX-License-Identifier: Apache-2.0 */
/* validate/bootstrap.c -- see bootstrap.h. */
#include "validate/bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/rng.h"

enum { RESAMPLES = 2000 };

int by_number(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double nearest_rank(const double *sorted, size_t n, double p)
{
	/* (1 - 0.95) / 2 is not quite 0.025. */
	size_t rank = (size_t)ceil(p * (double)n - 1e-9);

	return sorted[rank ? rank - 1 : 0];
}

struct interval bootstrap_interval(struct estimate *x, size_t n,
				   double confidence, uint64_t seed)
{
	double found[RESAMPLES], tail = (1 - confidence) / 2;
	struct arena scratch = {0};
	bool numbers = n >= 2;
	struct rng rng;
	size_t *picked;

	rng_seed(&rng, seed);
	picked = arena_array(&scratch, size_t, n);
	for (size_t r = 0; numbers && r < RESAMPLES; r++) {
		for (size_t i = 0; i < n; i++)
			picked[i] = (size_t)rng_below(&rng, n);
		found[r] = x->of(x, picked, n);
		numbers = !isnan(found[r]);
	}
	arena_release(&scratch);
	if (!numbers)
		return (struct interval){NAN, NAN};
	qsort(found, RESAMPLES, sizeof(*found), by_number);
	return (struct interval){nearest_rank(found, RESAMPLES, tail),
				 nearest_rank(found, RESAMPLES, 1 - tail)};
}
