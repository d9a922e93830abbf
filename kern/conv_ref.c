/* SPDX-License-Identifier: Apache-2.0 */
/* kern/conv_ref.c -- see conv_ref.h. */
#include "kern/conv_ref.h"

#include <stdbool.h>

/* ceil(a / b), b > 0. */
static int64_t ceil_div(int64_t a, int64_t b)
{
	return a > 0 ? (a - 1) / b + 1 : -(-a / b);
}

/* Add one tap W of the innermost axis to all positions where it lies in X. */
static void add_tap(const struct conv_ref *k, const double *x, double w,
		    int64_t tap, int64_t first, int64_t count, double *acc)
{
	int32_t last = k->rank - 1;
	int64_t stride = k->stride[last];
	int64_t shift = tap * k->dilation[last] - k->before[last];
	int64_t begin = ceil_div(-shift, stride) - first;
	int64_t end = ceil_div(k->in[last] - shift, stride) - first;

	begin = begin < 0 ? 0 : begin;
	end = end > count ? count : end;
	for (int64_t i = begin; i < end; i++)
		acc[i] += w * x[(first + i) * stride + shift];
}

/* Offset into one channel of X of the innermost row that outer tap TAP of
 * output row ROW reads; false if it is outside. */
static bool input_row(const struct conv_ref *k, size_t row, size_t tap,
		      size_t *at)
{
	size_t stride = (size_t)k->in[k->rank - 1];
	int64_t i;

	*at = 0;
	for (int32_t d = k->rank - 2; d >= 0; d--) {
		i = (int64_t)(row % (size_t)k->out[d]) * k->stride[d] +
		    (int64_t)(tap % (size_t)k->kernel[d]) * k->dilation[d] -
		    k->before[d];
		if (i < 0 || i >= k->in[d])
			return false;
		*at += (size_t)i * stride;
		stride *= (size_t)k->in[d];
		row /= (size_t)k->out[d];
		tap /= (size_t)k->kernel[d];
	}
	return true;
}

void kern_conv_row_ref(const struct conv_ref *k, size_t image, size_t channel,
		       size_t row, size_t first, size_t count, double *acc)
{
	size_t width = (size_t)k->kernel[k->rank - 1];
	size_t plane = 1, taps = 1, at;
	const double *x, *w;

	for (int32_t d = 0; d < k->rank; d++)
		plane *= (size_t)k->in[d];
	for (int32_t d = 0; d < k->rank - 1; d++)
		taps *= (size_t)k->kernel[d];
	x = k->x + (image * k->groups + channel / k->m) * k->c * plane;
	w = k->w + channel * k->c * taps * width;
	for (size_t i = 0; i < count; i++)
		acc[i] = 0;
	for (size_t c = 0; c < k->c; c++, x += plane)
		for (size_t t = 0; t < taps; t++, w += width) {
			if (!input_row(k, row, t, &at))
				continue;
			for (size_t j = 0; j < width; j++)
				add_tap(k, x + at, w[j], (int64_t)j,
					(int64_t)first, (int64_t)count, acc);
		}
}
