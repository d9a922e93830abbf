/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_ensemble.h -- from the votes of trees to scores and labels. */
#ifndef OPS_ML_ENSEMBLE_H
#define OPS_ML_ENSEMBLE_H

#include "ops/ml_scores.h"
#include "ops/ml_trees.h"

enum aggregate { TREES_AVERAGE, TREES_SUM, TREES_MIN, TREES_MAX };

/* A whole model. */
struct ensemble {
	struct prepared base; /* may serve as a kernel's state */
	struct ml_trees trees;
	enum aggregate aggregate;
	enum ml_post post;
	struct ml_numbers start; /* "base_values"; count 0: none */
	size_t targets;
	bool rounds; /* sums are kept in single precision */
	/* A classifier: */
	bool classifies;
	struct ml_labels labels;
	bool one_class; /* of two, all votes are for one */
	bool positive;	/* no vote is negative */
};

/* Scores of one row as they come together. */
struct ballot {
	double *score;
	bool *has; /* some tree voted */
	size_t count;
};

/* Doubles of memory for the ballot of M. */
size_t ballot_doubles(const struct ensemble *m);
struct ballot ballot_make(const struct ensemble *m, double *memory);

/* All votes of the row X. */
void ballot_trees(const struct ensemble *m, const double *x, struct ballot *s);

/* The M->targets results of a regressor, in place. */
void ballot_regress(const struct ensemble *m, struct ballot *s);
/* The scores of a classifier into Z [M->targets]; returns the label's place
 * or, for a model without two labels of its own, 0 or 1. */
size_t ballot_classify(const struct ensemble *m, struct ballot *s, float *z);

#endif
