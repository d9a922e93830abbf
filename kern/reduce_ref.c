/* SPDX-License-Identifier: Apache-2.0 */
/* kern/reduce_ref.c -- see reduce_ref.h. */
#include "kern/reduce_ref.h"

#include <math.h>

void kern_reduce_sum_f64_ref(double *acc, size_t stride, const double *x,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		acc[i * stride] += x[i];
}

void kern_reduce_sum_abs_f64_ref(double *acc, size_t stride, const double *x,
				 size_t n)
{
	for (size_t i = 0; i < n; i++)
		acc[i * stride] += fabs(x[i]);
}

void kern_reduce_sum_square_f64_ref(double *acc, size_t stride, const double *x,
				    size_t n)
{
	for (size_t i = 0; i < n; i++)
		acc[i * stride] += x[i] * x[i];
}

void kern_reduce_multiply_f64_ref(double *acc, size_t stride, const double *x,
				  size_t n)
{
	for (size_t i = 0; i < n; i++)
		acc[i * stride] *= x[i];
}

void kern_reduce_max_f64_ref(double *acc, size_t stride, const double *x,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] > acc[i * stride] || isnan(x[i]))
			acc[i * stride] = x[i];
}

void kern_reduce_min_f64_ref(double *acc, size_t stride, const double *x,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] < acc[i * stride] || isnan(x[i]))
			acc[i * stride] = x[i];
}

void kern_reduce_sum_i64_ref(int64_t *acc, size_t stride, const int64_t *x,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		acc[i * stride] = (int64_t)((uint64_t)acc[i * stride] +
					    (uint64_t)x[i]);
}

void kern_reduce_sum_abs_i64_ref(int64_t *acc, size_t stride, const int64_t *x,
				 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t a = x[i] < 0 ? -(uint64_t)x[i] : (uint64_t)x[i];

		acc[i * stride] = (int64_t)((uint64_t)acc[i * stride] + a);
	}
}

void kern_reduce_sum_square_i64_ref(int64_t *acc, size_t stride,
				    const int64_t *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		acc[i * stride] = (int64_t)((uint64_t)acc[i * stride] +
					    (uint64_t)x[i] * (uint64_t)x[i]);
}

void kern_reduce_multiply_i64_ref(int64_t *acc, size_t stride, const int64_t *x,
				  size_t n)
{
	for (size_t i = 0; i < n; i++)
		acc[i * stride] = (int64_t)((uint64_t)acc[i * stride] *
					    (uint64_t)x[i]);
}

void kern_reduce_max_i64_ref(int64_t *acc, size_t stride, const int64_t *x,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] > acc[i * stride])
			acc[i * stride] = x[i];
}

void kern_reduce_min_i64_ref(int64_t *acc, size_t stride, const int64_t *x,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] < acc[i * stride])
			acc[i * stride] = x[i];
}
