/* SPDX-License-Identifier: Apache-2.0 */
/* validate/f1.h -- F1 of two models, class by class.
 *
 *     F1(c) = 2 hits / (2 hits + false alarms + misses)
 *     macro = mean of F1(c) over the classes that occur among the labels or
 *             the predictions      micro = F1 of the sums over all classes
 *
 * With a class index for each row of scores, the prediction is the best score
 * (equal ones: the lower index); a label below 0 leaves its row out.  With a
 * 0 or 1 for each score, every score above the threshold is predicted.  A row
 * with NaN, or a NaN score, is predicted wrongly.
 */
#ifndef VALIDATE_F1_H
#define VALIDATE_F1_H

#include "graph/tensor.h"
#include "validate/bootstrap.h"

/* Of one class in one sample, by model. */
struct f1_tally {
	uint32_t class;
	uint32_t hits[2], alarms[2], misses[2];
};

/* Start with a zeroed struct and an arena. */
struct f1 {
	struct arena *arena;
	bool micro;
	double threshold;
	struct f1_tally *tally; /* by sample, classes in any order */
	size_t ntally, tally_cap;
	size_t *end; /* of each sample's tallies */
	size_t count, cap;
	size_t *place; /* of a class among the sample's tallies, plus one */
	size_t classes;
};

/* One sample, as in losses.h. */
MUST_USE bool f1_add(struct f1 *f, const struct tensor *const side[2],
		     const struct tensor *target, struct err *e);

/* NaN if no class occurs. */
double f1_of(const struct f1 *f, int side);
/* Of candidate - reference. */
struct interval f1_interval(const struct f1 *f, double confidence,
			    uint64_t seed);

#endif
