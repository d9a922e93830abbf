/* SPDX-License-Identifier: Apache-2.0 */
/* ops/moments.h -- what normalizations subtract from a line and divide by. */
#ifndef OPS_MOMENTS_H
#define OPS_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * MEAN of the N numbers X and INVERSE = 1 / sqrt(variance + EPSILON); not
 * CENTRED (RMS): the mean is 0 and the variance the mean square.
 */
void moments_of(const double *x, size_t n, double epsilon, bool centred,
		double *mean, double *inverse);

#endif
