/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pool_f32.c -- fast kernels for pools.
 *
 * Codes become floats and back, which is exact for 8 bits where they are not
 * averaged.
 */
#include "ops/pool_f32.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "kern/codes.h"
#include "ops/codes_u8.h"
#include "ops/conv_f32.h"
#include "ops/op.h"
#include "ops/pool_lanes.h"
#include "ops/window.h"

enum { MOST_TAPS = 1024 };

struct pool {
	struct job job;
	struct window2 w;
	bool is_max, counts_border;
	enum dtype type;
	size_t elements, floats; /* of a split plane; of a thread's scratch */
	uint32_t offset[MOST_TAPS];
	struct codes_u8 cx, cy;
	const char *x;
	char *y;
	float *scratch;
};

static bool is_max(const struct node *n)
{
	return !strcmp(n->type, "MaxPool");
}

static bool is_qmean(const struct node *n)
{
	return !strcmp(n->type, "QLinearAveragePool");
}

static bool make_window(struct window2 *g, const struct call *c)
{
	struct window w;
	struct err ignored;

	return window_make(&w, c->node, &call_in(c, 0)->shape, NULL, NULL,
			   &ignored) &&
	       window2_make(g, &w);
}

bool pool_plane_accepts(const struct call *c)
{
	const struct tensor *x = call_in(c, 0);
	struct window2 g;
	bool codes = x->dtype == DTYPE_U8 || x->dtype == DTYPE_I8;

	if ((codes ? !is_max(c->node) && !is_qmean(c->node)
		   : x->dtype != DTYPE_F32) ||
	    node_int(c->node, "channels_last", 0) ||
	    (x->shape.rank != 3 && x->shape.rank != 4) ||
	    (c->nout > 1 && c->out[1]) || !make_window(&g, c))
		return false;
	/* Windows that stick out of the border have their own divisor. */
	if (!is_max(c->node) && node_int(c->node, "count_include_pad", 0) &&
	    node_int(c->node, "ceil_mode", 0))
		return false;
	return g.oh && g.ow && g.kh * g.kw <= MOST_TAPS &&
	       kern_plane_elements(&g) <= UINT32_MAX;
}

static size_t thread_floats(const struct window2 *g)
{
	size_t n = kern_plane_elements(g) + g->h * g->w + g->oh * g->ow;

	return (n + 15) / 16 * 16;
}

size_t pool_plane_scratch(const struct call *c)
{
	struct window2 g;

	if (!make_window(&g, c))
		return 0;
	return (size_t)parallel_threads() * thread_floats(&g) * sizeof(float);
}

/* Taps of output I along one axis that see the input. */
static size_t seen(size_t i, size_t stride, size_t dilation, size_t before,
		   size_t taps, size_t extent)
{
	size_t count = 0;

	for (size_t t = 0; t < taps; t++) {
		size_t at = i * stride + t * dilation;

		count += at >= before && at - before < extent;
	}
	return count;
}

/* Outputs of one axis, from *FIRST to *END, whose taps all see the input. */
static void whole_windows(size_t out, size_t stride, size_t reach,
			  size_t before, size_t extent, size_t *first,
			  size_t *end)
{
	size_t from = (before + stride - 1) / stride;
	size_t room = before + extent;
	size_t to = room > reach ? (room - reach + stride - 1) / stride : 0;

	*end = to < out ? to : out;
	*first = from < *end ? from : *end;
}

static void divide_row(float *y, size_t n, size_t by)
{
	for (size_t i = 0; i < n; i++)
		y[i] /= (float)by;
}

static void divide(const struct pool *p, float *y)
{
	const struct window2 *g = &p->w;
	size_t first, end;

	if (p->counts_border) {
		divide_row(y, g->oh * g->ow, g->kh * g->kw);
		return;
	}
	whole_windows(g->ow, g->sw, (g->kw - 1) * g->dw, g->pw, g->w, &first,
		      &end);
	for (size_t i = 0; i < g->oh; i++, y += g->ow) {
		size_t rows = seen(i, g->sh, g->dh, g->ph, g->kh, g->h);

		divide_row(y + first, end - first, rows * g->kw);
		for (size_t j = 0; j < g->ow; j++)
			if (j < first || j >= end)
				y[j] /= (float)(rows * seen(j, g->sw, g->dw,
							    g->pw, g->kw,
							    g->w));
	}
}

static void pool_floats(const struct pool *p, const float *x, float *split,
			float *y)
{
	if (p->is_max) {
		kern_plane_split_f32(&p->w, x, -INFINITY, split);
		kern_plane_max_f32(&p->w, p->offset, split, y);
		return;
	}
	kern_plane_split_f32(&p->w, x, 0, split);
	kern_plane_sum_f32(&p->w, p->offset, split, y);
	divide(p, y);
}

static void run_planes(struct job *self, size_t begin, size_t end)
{
	const struct pool *p = (const struct pool *)self;
	float *split = p->scratch + (size_t)parallel_index() * p->floats;
	size_t in = p->w.h * p->w.w, out = p->w.oh * p->w.ow;
	float *x = split + p->elements, *y = x + in;

	for (size_t i = begin; i < end; i++) {
		if (p->type == DTYPE_F32) {
			pool_floats(p, (const float *)p->x + i * in, split,
				    (float *)p->y + i * out);
			continue;
		}
		kern_codes_to_f32(&p->cx, (const uint8_t *)p->x + i * in, x,
				  in);
		pool_floats(p, x, split, y);
		kern_f32_to_codes(&p->cy, y, (uint8_t *)p->y + i * out, out);
	}
}

bool pool_plane_run(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct pool p = {
		.job.run = run_planes,
		.is_max = is_max(c->node),
		.counts_border = node_int(c->node, "count_include_pad", 0),
		.type = x->dtype,
		.x = x->data,
		.y = tensor_mut(call_out(c, 0)),
		.scratch = c->scratch,
	};

	if (!make_window(&p.w, c))
		return err_set(e, ERR_SHAPE, "the window does not fit");
	if (c->layout != LAYOUT_ROWS)
		return pool_lanes_run(c, &p.w, p.counts_border, e);
	p.cx = (struct codes_u8){1, 0, x->dtype == DTYPE_I8 ? 0x80 : 0};
	p.cy = p.cx;
	if (is_qmean(c->node) &&
	    (!codes_u8_read(&p.cx, c, 1, x->dtype, e) ||
	     !codes_u8_read(&p.cy, c, 3, call_out(c, 0)->dtype, e)))
		return false;
	p.elements = kern_plane_elements(&p.w);
	p.floats = thread_floats(&p.w);
	kern_plane_taps(&p.w, p.offset);
	parallel_for(&p.job, (size_t)(x->shape.dim[0] * x->shape.dim[1]), 1);
	return true;
}

/* ---- the whole plane ---------------------------------------------------- */

bool pool_global_accepts(const struct call *c)
{
	const struct tensor *x = call_in(c, 0);

	return x->dtype == DTYPE_F32 && x->shape.rank >= 3 &&
	       tensor_count(x) > 0 && strcmp(c->node->type, "GlobalLpPool");
}

bool pool_global_run(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *out = call_out(c, 0);
	size_t planes = tensor_count(out), each = tensor_count(x) / planes;
	bool largest = !strcmp(c->node->type, "GlobalMaxPool");
	const float *at = tensor_f32(x);
	float *y = tensor_f32_mut(out);

	if (c->layout != LAYOUT_ROWS)
		return pool_lanes_global(c, largest, e);
	for (size_t i = 0; i < planes; i++, at += each) {
		double sum = 0;
		float most = at[0];

		for (size_t k = 0; k < each; k++) {
			sum += at[k];
			most = at[k] > most || isnan(at[k]) ? at[k] : most;
		}
		y[i] = largest ? most : (float)(sum / (double)each);
	}
	return true;
}
