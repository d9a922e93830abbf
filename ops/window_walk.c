/* SPDX-License-Identifier: Apache-2.0 */
/* ops/window_walk.c -- visiting the inputs of a window; see window.h. */
#include "ops/window.h"

void window_walk(struct window_walk *k, const struct window *w, size_t position)
{
	k->w = w;
	k->done = w->rank == 0;
	for (int32_t d = w->rank - 1; d >= 0; d--) {
		size_t out = (size_t)w->out[d];

		k->start[d] = (int64_t)(position % out) * w->stride[d] -
			      w->before[d];
		position /= out;
		k->tap[d] = 0;
	}
}

/* The run of the innermost axis, and where the outer taps put it; false if
 * nothing of it is inside. */
static bool place(struct window_walk *k)
{
	const struct window *w = k->w;
	int32_t last = w->rank - 1;
	int64_t step = w->dilation[last], first, end, at = 0, i;

	for (int32_t d = 0; d < last; d++) {
		i = k->start[d] + k->tap[d] * w->dilation[d];
		if (i < 0 || i >= w->in[d])
			return false;
		at = (at + i) * w->in[d + 1];
	}
	first = k->start[last] < 0 ? (-k->start[last] - 1) / step + 1 : 0;
	end = w->in[last] - k->start[last];
	end = end > 0 ? (end - 1) / step + 1 : 0;
	if (end > w->kernel[last])
		end = w->kernel[last];
	if (first >= end)
		return false;
	k->at = (size_t)(at + k->start[last] + first * step);
	k->count = (size_t)(end - first);
	k->step = (size_t)step;
	return true;
}

bool window_next(struct window_walk *k)
{
	bool inside;
	int32_t d;

	while (!k->done) {
		inside = place(k);
		for (d = k->w->rank - 2; d >= 0; d--) {
			if (++k->tap[d] < k->w->kernel[d])
				break;
			k->tap[d] = 0;
		}
		k->done = d < 0;
		if (inside)
			return true;
	}
	return false;
}

int64_t window_padded_taps(const struct window *w, size_t position)
{
	int64_t taps = 1, room, inside;

	for (int32_t d = w->rank - 1; d >= 0; d--) {
		size_t out = (size_t)w->out[d];

		room = w->before[d] + w->in[d] + w->after[d] -
		       (int64_t)(position % out) * w->stride[d];
		position /= out;
		inside = room > 0 ? (room - 1) / w->dilation[d] + 1 : 0;
		taps *= inside < w->kernel[d] ? inside : w->kernel[d];
	}
	return taps;
}

static size_t product(const int64_t *dim, int32_t rank)
{
	size_t n = 1;

	for (int32_t d = 0; d < rank; d++)
		n *= (size_t)dim[d];
	return n;
}

size_t window_outputs(const struct window *w)
{
	return product(w->out, w->rank);
}

size_t window_inputs(const struct window *w)
{
	return product(w->in, w->rank);
}
