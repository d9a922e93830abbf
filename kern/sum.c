/* SPDX-License-Identifier: Apache-2.0 */
/* kern/sum.c -- sums of floats. */
#include <float.h>
#include <math.h>

#include <string.h>

#include "kern/sum.h"
#include "kern/vec.h"

enum { BLOCK = 1024, ROWS = 128 }; /* of one float */

/* Where a sum of floats is beyond their range: the mean may be within. */
static double wide_sum(const float *x, size_t n, size_t step)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i * step];
	return sum;
}

#include "kern/isa_base.h"
#include "kern/lanes_tmpl.h"
#include "kern/sum_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/lanes_tmpl.h"
#include "kern/sum_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/lanes_tmpl.h"
#include "kern/sum_tmpl.h"
#include "kern/isa_end.h"
#endif

double kern_sum_f32(const float *x, size_t n)
{
	return DISPATCH(sum, x, n);
}

void kern_columns_sum_f32(const float *x, size_t rows, size_t down,
			  float factor, float *y, size_t n)
{
	DISPATCH(columns, x, rows, down, factor, y, n);
}
