/* SPDX-License-Identifier: Apache-2.0 */
/* validate/losses.h -- mean losses of two models, sample by sample.
 *
 *     mse        = sum (y - t)^2 / terms          over all elements
 *     perplexity = exp(sum -ln p(t) / terms)      over all labelled positions
 *                  p = softmax of the scores on the last axis
 *
 * A label below 0 leaves its position out (padding).  Sums run in double in
 * index order; NaN in a labelled position makes the result NaN.
 */
#ifndef VALIDATE_LOSSES_H
#define VALIDATE_LOSSES_H

#include "graph/tensor.h"
#include "validate/bootstrap.h"

/* Start with a zeroed struct and an arena. */
struct losses {
	struct arena *arena;
	double *sum[2]; /* of each sample: reference, candidate */
	double *terms;
	size_t count, cap;
	bool exponential; /* perplexity */
};

/* One sample: outputs of both models (without the axis of samples) and its
 * label.  ERR_SHAPE if they do not go together. */
MUST_USE bool losses_add_squares(struct losses *l,
				 const struct tensor *const side[2],
				 const struct tensor *target, struct err *e);
/* ERR_FORMAT for a label that is no index of a score. */
MUST_USE bool losses_add_entropy(struct losses *l,
				 const struct tensor *const side[2],
				 const struct tensor *target, struct err *e);

/* Of all samples; NaN without terms. */
double losses_of(const struct losses *l, int side);
/* candidate / reference - 1; 0 if they are equal. */
double losses_rise(const struct losses *l);
struct interval losses_interval(const struct losses *l, double confidence,
				uint64_t seed);

#endif
