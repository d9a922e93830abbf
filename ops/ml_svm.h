/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_svm.h -- support vectors and kernel functions.
 *
 *     LINEAR   <x, v>                    POLY     (gamma <x, v> + coef0)^degree
 *     SIGMOID  tanh(gamma <x, v> + coef0)    RBF  exp(-gamma |x - v|^2)
 */
#ifndef OPS_ML_SVM_H
#define OPS_ML_SVM_H

#include "ops/ml_attr.h"

enum svm_kind { SVM_LINEAR, SVM_POLY, SVM_RBF, SVM_SIGMOID };

/* Borrowed from the node.  Without support vectors the coefficients are
 * weights of the features themselves, and the kernel is LINEAR. */
struct svm {
	enum svm_kind kind;
	double gamma, coef0, degree;
	const float *vectors;	   /* [count, features] */
	const float *coefficients; /* [.., count], [.., features] */
	const float *rho;
	size_t count, features, ncoefficients, nrho;
};

/* The attributes that both operators have, for COUNT support vectors (0: none)
 * and MODELS weight vectors if there are none; X has COLS features, or
 * DIM_UNKNOWN. */
MUST_USE bool svm_of(const struct node *n, size_t count, size_t models,
		     int64_t cols, struct svm *s, struct err *e);

/* Kernel function of the row X with the support vector V. */
double svm_kernel(const struct svm *s, const double *x, size_t v);

/* Sum of x[j] w[j] over the features, of weight vector K. */
double svm_linear(const struct svm *s, const double *x, size_t k);

#endif
