/* SPDX-License-Identifier: Apache-2.0 */
/* validate/expected_drop.h -- what noise on scores costs, told by few samples.
 *
 * Answers that change are rare: to count half a point takes thousands of
 * samples.  But how near each answer is to another, and how much a candidate
 * moves them, two hundred samples tell well.  With z the reference's scores of
 * a sample, a and b its best and second best class:
 *
 *     p = softmax(z / T)         T: the most likely one, given the labels
 *     m = z[a] - z[b]            margin
 *     s = sum z' z / sum z z     z' the candidate's scores, rows less means
 *     e = (z'[a] - z'[b]) / s - m
 *
 *     drop = mean over samples i and j of (p_i[a] - p_i[b]) [m_i + e_j < 0]
 *
 * where j goes over the half of the samples with the least margins: they are
 * the ones that change, and what is hard for the reference is noisier, too.
 *
 * Source of T: Guo et al., On Calibration of Modern Neural Networks (2017).
 * Without labels every change counts as 1: drop is the expected share of
 * answers that change.
 */
#ifndef VALIDATE_EXPECTED_DROP_H
#define VALIDATE_EXPECTED_DROP_H

#include <stdint.h>

#include "base/arena.h"

/* Margins of samples, and what changing each answer costs. */
struct margins {
	uint32_t count;
	double *margin, *cost;
};

/* Scores are [n, classes], classes > 1; probabilities become logarithms. */
struct scores {
	const double *at;
	uint32_t n, classes;
};

/* Of the reference's scores Z, in A; LABEL[n] or NULL. */
void margins_of(struct margins *m, const struct scores *z,
		const uint32_t *label, struct arena *a);

struct expected_drop {
	double drop;  /* 0 .. 1 */
	double error; /* its standard error, from the samples of margins */
};

/* Of a candidate with scores CANDIDATE where the reference has WANT, on other
 * samples or the same as those of M; NaN if a score is not finite. */
struct expected_drop expected_drop(const struct margins *m,
				   const struct scores *want,
				   const struct scores *candidate);

#endif
