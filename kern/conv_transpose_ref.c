/* SPDX-License-Identifier: Apache-2.0 */
/* kern/conv_transpose_ref.c -- see conv_transpose_ref.h. */
#include "kern/conv_transpose_ref.h"

#include <stdbool.h>

static size_t product(const int64_t *dim, int32_t rank)
{
	size_t n = 1;

	for (int32_t d = 0; d < rank; d++)
		n *= (size_t)dim[d];
	return n;
}

/* Offset in one plane of Y of the row that input row ROW reaches through the
 * outer part of tap TAP; false if it is outside. */
static bool output_row(const struct conv_transpose_ref *k, size_t row,
		       size_t tap, size_t *at)
{
	size_t stride = (size_t)k->out[k->rank - 1];
	int64_t o;

	*at = 0;
	for (int32_t d = k->rank - 2; d >= 0; d--) {
		o = (int64_t)(row % (size_t)k->in[d]) * k->stride[d] +
		    (int64_t)(tap % (size_t)k->kernel[d]) * k->dilation[d] -
		    k->before[d];
		if (o < 0 || o >= k->out[d])
			return false;
		*at += (size_t)o * stride;
		stride *= (size_t)k->out[d];
		row /= (size_t)k->in[d];
		tap /= (size_t)k->kernel[d];
	}
	return true;
}

/* All input positions through one tap. */
static void add_tap(const struct conv_transpose_ref *k, const double *x,
		    double w, size_t tap, double *y)
{
	int32_t last = k->rank - 1;
	size_t rows = product(k->in, last), at;
	int64_t width = k->in[last], kernel = k->kernel[last], o, shift;

	shift = (int64_t)(tap % (size_t)kernel) * k->dilation[last] -
		k->before[last];
	tap /= (size_t)kernel;
	for (size_t row = 0; row < rows; row++, x += width) {
		if (!output_row(k, row, tap, &at))
			continue;
		for (int64_t i = 0; i < width; i++) {
			o = i * k->stride[last] + shift;
			if (o >= 0 && o < k->out[last])
				y[at + (size_t)o] += x[i] * w;
		}
	}
}

void kern_conv_transpose_plane_ref(const struct conv_transpose_ref *k,
				   size_t image, size_t channel, double *y)
{
	size_t inputs = product(k->in, k->rank);
	size_t taps = product(k->kernel, k->rank);
	size_t outputs = product(k->out, k->rank);
	size_t group = channel / k->m;
	const double *x = k->x + (image * k->groups + group) * k->c * inputs;
	const double *w = k->w + (group * k->c * k->m + channel % k->m) * taps;

	for (size_t i = 0; i < outputs; i++)
		y[i] = 0;
	for (size_t c = 0; c < k->c; c++)
		for (size_t t = 0; t < taps; t++)
			add_tap(k, x + c * inputs, w[c * k->m * taps + t], t,
				y);
}
