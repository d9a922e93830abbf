/* SPDX-License-Identifier: Apache-2.0 */
/* kern/sum.h -- sums of floats. */
#ifndef KERN_SUM_H
#define KERN_SUM_H

#include <stddef.h>

/* The sum of N elements: pieces of 1024 as floats, those as doubles. */
double kern_sum_f32(const float *x, size_t n);

/*
 * Y[j] = factor * sum over i < ROWS of X[i * DOWN + j], j < N: pieces of 128
 * rows, and those, as floats.
 */
void kern_columns_sum_f32(const float *x, size_t rows, size_t down,
			  float factor, float *y, size_t n);

#endif
