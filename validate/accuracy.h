/* SPDX-License-Identifier: Apache-2.0 */
/* validate/accuracy.h -- task metrics of two models on the same samples.
 *
 * top-k: per sample a row of C class scores (the last axis of an output; other
 * axes but the first must be 1).  A sample counts as right if fewer than k
 * classes score higher than its label's; equal scores go to the lower class
 * index, as argmax does.  A row with NaN is wrong.
 * Agreement counts samples whose best class is the reference's.
 * F1 is in f1.h, mean squared error and perplexity are in losses.h.
 */
#ifndef VALIDATE_ACCURACY_H
#define VALIDATE_ACCURACY_H

#include "graph/tensor.h"
#include "validate/f1.h"
#include "validate/losses.h"
#include "validate/metric.h"

struct accuracy {
	enum metric metric;
	int k; /* of top-k */
	size_t samples;
	size_t right[2];     /* reference, candidate */
	size_t lost, gained; /* right -> wrong, wrong -> right */
	struct f1 f1;
	struct losses losses;
};

/* ARENA holds what is kept of each sample, and must outlive A.  THRESHOLD is
 * of F1 with a label for each score. */
void accuracy_init(struct accuracy *a, enum metric metric, int k,
		   double threshold, struct arena *arena);

/* Does the metric need labels?  All but agreement. */
bool accuracy_wants_labels(const struct accuracy *a);

/*
 * The outputs of N samples, along their first axis, and LABEL[N], one tensor
 * for each sample (NULL: agreement).  ERR_SHAPE if the outputs are no rows of
 * scores or do not go with the labels, ERR_FORMAT if a label is no class.
 */
MUST_USE bool accuracy_add(struct accuracy *a, const struct tensor *reference,
			   const struct tensor *candidate,
			   const struct tensor *label, size_t n, struct err *e);

/* Fractions of 1, or the loss; NaN without samples. */
double accuracy_of(const struct accuracy *a, int side);
/* candidate - reference; of a loss candidate / reference - 1 */
double accuracy_change(const struct accuracy *a);

/*
 * Paired interval of the change at CONFIDENCE (0.95).  top-k and agreement:
 * Wald on the discordant pairs with half a pair added to each cell (Agresti
 * and Min 2005).  Else the bootstrap over samples.
 */
struct interval accuracy_interval(const struct accuracy *a, double confidence);

/* z with P(|Z| <= z) = CONFIDENCE, by bisection of erf. */
double normal_quantile(double confidence);

#endif
