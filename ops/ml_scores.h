/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_scores.h -- "post_transform" of the models of ai.onnx.ml.
 *
 * The standard only names the transforms.  What they do, to one score and to
 * several, is what ONNX Runtime does, single precision included.
 */
#ifndef OPS_ML_SCORES_H
#define OPS_ML_SCORES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct node;

enum ml_post {
	ML_NONE,
	ML_SOFTMAX,
	ML_LOGISTIC,
	ML_SOFTMAX_ZERO,
	ML_PROBIT,
};

/* The attribute "post_transform" of N, a name. */
MUST_USE bool ml_post_of(const struct node *n, enum ml_post *post,
			 struct err *e);

/* N scores.  One score alone is left as it is, but for ML_PROBIT. */
void ml_post_apply(enum ml_post post, float *score, size_t n);

/*
 * Z[1] is the only score of two classes, that of the second: the first one's
 * goes to Z[0], 1 - score or, with ML_LOGISTIC, what makes both sum to 1.
 */
void ml_post_complete(enum ml_post post, float *z);

float ml_logistic(float x);
float ml_probit(float x);

#endif
