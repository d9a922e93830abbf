/* SPDX-License-Identifier: Apache-2.0 */
/* ops/window.c -- see window.h. */
#include "ops/window.h"

#include <inttypes.h>
#include <string.h>

#include "graph/symbol.h"

/* Bounds every attribute, so that sums and products of a few fit in 64 bits;
 * no tensor is longer along one axis that is convolved. */
#define WINDOW_MAX (INT64_C(1) << 31)

/* A list of COUNT numbers from LO on; absent: all FALLBACK. */
static bool read_list(int64_t *out, const struct node *n, const char *name,
		      int32_t count, int64_t lo, int64_t fallback,
		      struct err *e)
{
	uint32_t found;
	const int64_t *x = node_ints(n, name, &found);

	for (int32_t i = 0; i < count && !x; i++)
		out[i] = fallback;
	if (!x)
		return true;
	if (found != (uint32_t)count)
		return err_set(e, ERR_SHAPE, "%s has %u entries, want %d", name,
			       found, count);
	for (int32_t i = 0; i < count; i++) {
		if (x[i] < lo || x[i] > WINDOW_MAX)
			return err_set(e, ERR_SHAPE,
				       "%s[%d] is %" PRId64 ", want %" PRId64
				       " to %" PRId64,
				       name, i, x[i], lo, WINDOW_MAX);
		out[i] = x[i];
	}
	return true;
}

static bool read_kernel(struct window *w, const struct node *n,
			const int64_t *kernel, struct err *e)
{
	if (!kernel && !node_attr(n, "kernel_shape"))
		return err_set(e, ERR_FORMAT,
			       "attribute 'kernel_shape' is missing");
	if (!read_list(w->kernel, n, "kernel_shape", w->rank, 1, 0, e))
		return false;
	for (int32_t i = 0; i < w->rank && kernel; i++) {
		if (!w->kernel[i])
			w->kernel[i] = kernel[i];
		if (kernel[i] >= 0 && w->kernel[i] != kernel[i])
			return err_set(e, ERR_SHAPE,
				       "kernel_shape[%d] is %" PRId64
				       ", the weights have %" PRId64,
				       i, w->kernel[i], kernel[i]);
		if (kernel[i] == 0 || kernel[i] > WINDOW_MAX)
			return err_set(e, ERR_SHAPE,
				       "the weights have spatial size %" PRId64
				       ", want 1 to %" PRId64,
				       kernel[i], WINDOW_MAX);
	}
	return true;
}

bool window_attrs(struct window *w, const struct node *n, int32_t rank,
		  const int64_t *kernel, struct err *e)
{
	int64_t pads[2 * MAX_RANK] = {0}, span;

	w->rank = rank;
	if (!read_kernel(w, n, kernel, e) ||
	    !read_list(w->stride, n, "strides", rank, 1, 1, e) ||
	    !read_list(w->dilation, n, "dilations", rank, 1, 1, e) ||
	    !read_list(pads, n, "pads", 2 * rank, 0, 0, e))
		return false;
	for (int32_t i = 0; i < rank; i++) {
		w->before[i] = pads[i];
		w->after[i] = pads[rank + i];
		if (w->kernel[i] < 0)
			continue;
		if (__builtin_mul_overflow(w->kernel[i] - 1, w->dilation[i],
					   &span) ||
		    span > WINDOW_MAX)
			return err_set(e, ERR_SHAPE,
				       "kernel %" PRId64 " with dilation "
				       "%" PRId64 " is too large",
				       w->kernel[i], w->dilation[i]);
	}
	return true;
}

int64_t window_span(const struct window *w, int32_t axis)
{
	return (w->kernel[axis] - 1) * w->dilation[axis] + 1;
}

/* SAME: as many positions as strides fit, the padding divided evenly, an odd
 * one before (LOWER) or after. */
static void pad_same(struct window *w, int32_t i, bool lower,
		     struct symbols *sy)
{
	int64_t total;

	if (w->in[i] < 0) {
		w->out[i] = dim_div_ceil(sy, w->in[i], w->stride[i]);
		return;
	}
	w->out[i] = w->in[i] / w->stride[i] + (w->in[i] % w->stride[i] != 0);
	total = (w->out[i] - 1) * w->stride[i] + window_span(w, i) - w->in[i];
	if (total < 0)
		total = 0;
	w->before[i] = (total + lower) / 2;
	w->after[i] = total - w->before[i];
}

static int64_t count_named(const struct window *w, int32_t i, bool ceil,
			   struct symbols *sy)
{
	int64_t grow = w->before[i] + w->after[i] - window_span(w, i), room;

	if (!sy || (ceil && w->stride[i] > 1))
		return DIM_UNKNOWN;
	room = grow < 0 ? dim_sub(sy, w->in[i], -grow)
			: dim_add(sy, w->in[i], grow);
	return dim_add(sy, dim_div_floor(sy, room, w->stride[i]), 1);
}

static bool count_positions(struct window *w, int32_t i, bool ceil,
			    struct symbols *sy, struct err *e)
{
	int64_t padded, room, stride = w->stride[i];

	if (w->kernel[i] < 0) {
		w->out[i] = DIM_UNKNOWN;
		return true;
	}
	if (w->in[i] < 0) {
		w->out[i] = count_named(w, i, ceil, sy);
		return true;
	}
	if (w->in[i] > INT64_MAX / 4)
		return err_set(e, ERR_LIMIT, "spatial size %" PRId64, w->in[i]);
	padded = w->before[i] + w->in[i] + w->after[i];
	room = padded - window_span(w, i);
	if (room < 0)
		return err_set(e, ERR_SHAPE,
			       "the kernel covers %" PRId64
			       " positions along spatial axis %d, the padded "
			       "input has %" PRId64,
			       window_span(w, i), i, padded);
	w->out[i] = room / stride + 1;
	/* One more if it starts inside the input or the padding before it. */
	if (ceil && room % stride &&
	    w->out[i] * stride < w->before[i] + w->in[i])
		w->out[i]++;
	return true;
}

bool window_make(struct window *w, const struct node *n, const struct shape *x,
		 const int64_t *kernel, struct symbols *sy, struct err *e)
{
	const char *pad = node_string(n, "auto_pad", "NOTSET");
	bool ceil = node_int(n, "ceil_mode", 0) != 0;
	bool lower = strcmp(pad, "SAME_LOWER") == 0;
	bool same = lower || strcmp(pad, "SAME_UPPER") == 0;
	bool valid = strcmp(pad, "VALID") == 0;

	if (!same && !valid && strcmp(pad, "NOTSET") && *pad)
		return err_set(e, ERR_FORMAT, "auto_pad is '%s'", pad);
	if (x->rank < 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3 or more",
			       x->rank);
	if (!window_attrs(w, n, x->rank - 2, kernel, e))
		return false;
	for (int32_t i = 0; i < w->rank; i++) {
		w->in[i] = x->dim[i + 2];
		if (same || valid)
			w->before[i] = w->after[i] = 0;
		if (same && w->kernel[i] >= 0 && (w->in[i] >= 0 || sy))
			pad_same(w, i, lower, sy);
		else if (!count_positions(w, i, ceil, sy, e))
			return false;
	}
	return true;
}

void window_global(struct window *w, const struct shape *x)
{
	w->rank = x->rank - 2;
	for (int32_t i = 0; i < w->rank; i++) {
		w->in[i] = w->kernel[i] = x->dim[i + 2];
		w->out[i] = w->stride[i] = w->dilation[i] = 1;
		w->before[i] = w->after[i] = 0;
	}
}
