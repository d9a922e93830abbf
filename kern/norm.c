/* SPDX-License-Identifier: Apache-2.0 */
/* kern/norm.c -- rows of floats with a mean of 0 and a variance of 1. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "kern/norm.h"
#include "kern/vec.h"

enum { BLOCK = 1024 }; /* elements whose sum is a float */

/* Where sums of floats or of their squares are beyond the range of floats. */
static double wide_sum(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i];
	return sum;
}

static double wide_squares(const float *x, double mean, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	return sum;
}

#include "kern/isa_base.h"
#include "kern/lanes_tmpl.h"
#include "kern/norm_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/lanes_tmpl.h"
#include "kern/norm_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/lanes_tmpl.h"
#include "kern/norm_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_norm_f32(const struct norm *p, const float *x, float *y, size_t n,
		   struct norm_moments *found)
{
	DISPATCH(norm, p, x, y, n, found);
}

void kern_moments_f32(const float *x, size_t n, double *mean, double *variance)
{
	DISPATCH(moments, x, n, mean, variance);
}

void kern_plane_affine_f32(const float *x, double mean, float factor,
			   float shift, float *y, size_t n)
{
	DISPATCH(plane_affine, x, mean, factor, shift, y, n);
}

void kern_row_affine_f32(const float *x, const float *mean, const float *factor,
			 const float *shift, float *y, size_t n)
{
	DISPATCH(row_affine, x, mean, factor, shift, y, n);
}
