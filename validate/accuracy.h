/* SPDX-License-Identifier: Apache-2.0 */
/* validate/accuracy.h -- task accuracy of two models on the same samples.
 *
 * Per sample the score is a row of C class scores (the last axis of an
 * output; leading axes but the first must be 1).  top-k counts a sample as
 * right if fewer than k classes score higher than its label's; equal scores
 * go to the lower class index, as argmax does.  A row with NaN is wrong.
 * Agreement counts samples whose best class is the reference's.
 */
#ifndef VALIDATE_ACCURACY_H
#define VALIDATE_ACCURACY_H

#include "graph/tensor.h"

struct accuracy {
	enum metric { METRIC_NONE, METRIC_TOPK, METRIC_AGREEMENT } metric;
	int k; /* of top-k */
	size_t samples;
	size_t right[2];     /* reference, candidate */
	size_t lost, gained; /* right -> wrong, wrong -> right */
};

/* A two-sided interval of candidate minus reference accuracy, as fractions. */
struct interval {
	double lo, hi;
};

/* LABEL of sample I of the batch; ignored by agreement.  ERR_SHAPE if the
 * outputs are no rows of scores, ERR_FORMAT if a label is not below C. */
MUST_USE bool accuracy_add(struct accuracy *a, const struct tensor *reference,
			   const struct tensor *candidate, const int64_t *label,
			   struct err *e);

/* Fractions of 1; NaN without samples. */
double accuracy_of(const struct accuracy *a, int side);
double accuracy_change(const struct accuracy *a); /* candidate - reference */

/*
 * Paired interval of the change at CONFIDENCE (0.95): Wald on the discordant
 * pairs with half a pair added to each cell (Agresti and Min 2005).
 */
struct interval accuracy_interval(const struct accuracy *a, double confidence);

/* z with P(|Z| <= z) = CONFIDENCE, by bisection of erf. */
double normal_quantile(double confidence);

#endif
