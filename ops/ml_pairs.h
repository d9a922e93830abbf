/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_pairs.h -- probabilities of classes from those of their pairs.
 *
 * T.-F. Wu, C.-J. Lin, R. C. Weng: Probability estimates for multi-class
 * classification by pairwise coupling, JMLR 5 (2004), second approach.
 * The iteration stops early, so its precision and its steps are part of the
 * result: they are ONNX Runtime's.
 */
#ifndef OPS_ML_PAIRS_H
#define OPS_ML_PAIRS_H

#include <stddef.h>

/* Floats of scratch memory for N classes. */
size_t ml_pairs_floats(size_t n);

/*
 * PAIR[k], k over pairs i < j in order: that i wins against j; taken as within
 * [1e-7, 1 - 1e-7].  P [N] are probabilities of the classes.
 */
void ml_pairs_join(const double *pair, size_t n, float *scratch, float *p);

#endif
