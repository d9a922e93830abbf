/* SPDX-License-Identifier: Apache-2.0 */
/* ops/moments.c -- see moments.h. */
#include "ops/moments.h"

#include <math.h>

void moments_of(const double *x, size_t n, double epsilon, bool centred,
		double *mean, double *inverse)
{
	double sum = 0;

	for (size_t i = 0; i < n && centred; i++)
		sum += x[i];
	*mean = centred ? sum / (double)n : 0;
	sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (x[i] - *mean) * (x[i] - *mean);
	*inverse = 1 / sqrt(sum / (double)n + epsilon);
}
