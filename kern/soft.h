/* SPDX-License-Identifier: Apache-2.0 */
/* kern/soft.h -- Softmax and LogSoftmax of rows of floats. */
#ifndef KERN_SOFT_H
#define KERN_SOFT_H

#include <stddef.h>

/*
 * For each of LINES rows of N > 0 neighbours
 *
 *     Y[i] = exp(X[i] - max X) / sum of exp(X[j] - max X)
 *
 * exp() is within 2 ulp and 0 below the normal numbers; a row with a NaN, or
 * without a finite maximum, becomes NaN.  Y may be X.
 */
void kern_softmax_f32(const float *x, float *y, size_t lines, size_t n);

/* Y[i] = X[i] - max X - log(sum of exp(X[j] - max X)), the same way. */
void kern_log_softmax_f32(const float *x, float *y, size_t lines, size_t n);

#endif
