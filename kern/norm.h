/* SPDX-License-Identifier: Apache-2.0 */
/* kern/norm.h -- rows of floats with a mean of 0 and a variance of 1. */
#ifndef KERN_NORM_H
#define KERN_NORM_H

#include <stdbool.h>
#include <stddef.h>

struct norm {
	const float *scale, *bias; /* one for each element; NULL: 1, 0 */
	double epsilon;
	bool centred; /* false: the mean is taken to be 0 (RMS) */
};

struct norm_moments {
	float mean, inverse; /* 1 / sqrt(variance + epsilon) */
};

/*
 * Y[i] = (X[i] - mean) / sqrt(variance + epsilon) * scale[i] + bias[i]
 *
 * over N > 0 elements; variance is the mean of (X[i] - mean)^2, in a pass of
 * its own.  Y may be X.  *FOUND gets what was divided out.
 */
void kern_norm_f32(const struct norm *p, const float *x, float *y, size_t n,
		   struct norm_moments *found);

/* Of N > 0 elements, as above. */
void kern_moments_f32(const float *x, size_t n, double *mean, double *variance);

/* Y[i] = (X[i] - mean) * factor + shift; Y may be X. */
void kern_plane_affine_f32(const float *x, double mean, float factor,
			   float shift, float *y, size_t n);

/* Y[i] = (X[i] - MEAN[i]) * FACTOR[i] + SHIFT[i]; Y may be X. */
void kern_row_affine_f32(const float *x, const float *mean, const float *factor,
			 const float *shift, float *y, size_t n);

#endif
