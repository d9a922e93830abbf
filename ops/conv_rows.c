/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_rows.c -- see conv_rows.h. */
#include "ops/conv_rows.h"

#include <inttypes.h>

static bool check_ranks(const struct shape *x, const struct shape *w,
			const struct shape *bias, struct err *e)
{
	if (x->rank >= 0 && x->rank < 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3 or more",
			       x->rank);
	if (w->rank >= 0 && w->rank < 3)
		return err_set(e, ERR_SHAPE, "W has rank %d, want 3 or more",
			       w->rank);
	if (x->rank >= 0 && w->rank >= 0 && x->rank != w->rank)
		return err_set(e, ERR_SHAPE, "W has rank %d, want %d as X has",
			       w->rank, x->rank);
	if (bias && bias->rank >= 0 && bias->rank != 1)
		return err_set(e, ERR_SHAPE, "B has rank %d, want 1",
			       bias->rank);
	return true;
}

static bool check_channels(int64_t group, int64_t c, const struct shape *w,
			   const struct shape *bias, struct err *e)
{
	int64_t m = w->dim[0], per_group = w->dim[1], want;

	if (group < 1)
		return err_set(e, ERR_SHAPE,
			       "group is %" PRId64 ", want 1 or more", group);
	if (per_group >= 0 && c >= 0 &&
	    (__builtin_mul_overflow(per_group, group, &want) || want != c))
		return err_set(e, ERR_SHAPE,
			       "X has %" PRId64 " channels, W wants %" PRId64
			       " in each of %" PRId64 " groups",
			       c, per_group, group);
	if (m >= 0 && m % group)
		return err_set(e, ERR_SHAPE,
			       "W has %" PRId64 " output channels, not a "
			       "multiple of %" PRId64 " groups",
			       m, group);
	if (bias && bias->rank == 1 && bias->dim[0] >= 0 && m >= 0 &&
	    bias->dim[0] != m)
		return err_set(e, ERR_SHAPE,
			       "B has %" PRId64 " elements, want %" PRId64,
			       bias->dim[0], m);
	return true;
}

bool conv_shape(struct shape *y, const struct node *n, const struct shape *x,
		const struct shape *w, const struct shape *bias,
		struct symbols *sy, struct err *e)
{
	struct window window;

	y->rank = RANK_UNKNOWN;
	if (!check_ranks(x, w, bias, e))
		return false;
	if (x->rank < 0 || w->rank < 0)
		return true;
	if (!check_channels(node_int(n, "group", 1), x->dim[1], w, bias, e) ||
	    !window_make(&window, n, x, w->dim + 2, sy, e))
		return false;
	y->rank = x->rank;
	y->dim[0] = x->dim[0];
	y->dim[1] = w->dim[0];
	for (int32_t i = 0; i < window.rank; i++)
		y->dim[i + 2] = window.out[i];
	return true;
}

static void move_axis(struct window *g, int32_t to, int32_t from)
{
	g->in[to] = g->in[from];
	g->out[to] = g->out[from];
	g->kernel[to] = g->kernel[from];
	g->stride[to] = g->stride[from];
	g->dilation[to] = g->dilation[from];
	g->before[to] = g->before[from];
}

/* Long rows are fast: join the last two axes where windows are single points
 * one next to the other, and forget axes of one position and one tap. */
static void lengthen_rows(struct window *g)
{
	int32_t n = 0, last;
	bool points = true;

	for (int32_t i = 0; i < g->rank; i++) {
		if (g->in[i] == 1 && g->out[i] == 1 && g->kernel[i] == 1 &&
		    !g->before[i] && n + g->rank - i > 1)
			continue;
		move_axis(g, n++, i);
	}
	g->rank = n;
	for (int32_t i = 0; i < n; i++)
		points = points && g->kernel[i] == 1 && g->stride[i] == 1 &&
			 g->in[i] == g->out[i] && !g->before[i];
	while (points && g->rank > 1) {
		last = --g->rank;
		g->in[last - 1] *= g->in[last];
		g->out[last - 1] *= g->out[last];
	}
}

void conv_rows_make(struct conv_rows *r, const struct node *n,
		    const struct shape *x, const struct shape *w)
{
	struct window *g = &r->window;
	struct conv_ref *k = &r->k;
	struct err e;

	if (!window_make(g, n, x, w->dim + 2, NULL, &e))
		bug("conv: %s", e.msg);
	lengthen_rows(g);
	k->images = (size_t)x->dim[0];
	k->groups = (size_t)node_int(n, "group", 1);
	k->c = (size_t)w->dim[1];
	k->m = (size_t)w->dim[0] / k->groups;
	k->rank = g->rank;
	k->in = g->in;
	k->out = g->out;
	k->kernel = g->kernel;
	k->stride = g->stride;
	k->dilation = g->dilation;
	k->before = g->before;
	r->channels = (size_t)w->dim[0];
	r->width = (size_t)g->out[g->rank - 1];
	r->rows = 1;
	for (int32_t i = 0; i < g->rank - 1; i++)
		r->rows *= (size_t)g->out[i];
}

/* Items are rows of all planes of the result. */
static void compute(struct job *job, size_t begin, size_t end)
{
	const struct conv_rows *r = (const struct conv_rows *)job;
	double acc[CONV_ROW];

	for (size_t i = begin; i < end; i++) {
		size_t plane = i / r->rows, channel = plane % r->channels;

		for (size_t at = 0; at < r->width; at += CONV_ROW) {
			size_t n = r->width - at;

			n = n < CONV_ROW ? n : CONV_ROW;
			kern_conv_row_ref(&r->k, plane / r->channels, channel,
					  i % r->rows, at, n, acc);
			r->emit(r, channel, i * r->width + at, n, acc);
		}
	}
}

void conv_rows_run(struct conv_rows *r)
{
	r->job.run = compute;
	if (r->width)
		parallel_for(&r->job, r->k.images * r->channels * r->rows, 4);
}
