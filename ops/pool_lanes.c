/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pool_lanes.c -- pools of tensors whose channels lie side by side.
 *
 * Windows at the edges have fewer taps: the outputs of one row are runs of
 * windows of equal width.
 */
#include "ops/pool_lanes.h"

#include <string.h>

#include "base/parallel.h"
#include "kern/pool_lanes.h"
#include "ops/axes.h"
#include "ops/codes_u8.h"
#include "ops/op.h"

struct pool {
	struct job job;
	const struct window2 *w;
	bool largest, counts_border;
	size_t size, lanes; /* bytes of an element; elements of a pixel */
	struct codes_u8 cx, cy;
	const char *x;
	char *y;
};

static bool is_codes(const struct tensor *t)
{
	return t->dtype == DTYPE_U8 || t->dtype == DTYPE_I8;
}

enum tensor_layout pool_lanes_layouts(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out)
{
	const struct tensor *x = call_in(c, 0);
	bool global = strstr(c->node->type, "Global") != NULL;

	if ((x->dtype != DTYPE_F32 && !is_codes(x)) ||
	    (!global && x->shape.rank != 4) ||
	    !layout_is_dense(&x->shape, in[0]))
		in[0] = LAYOUT_ROWS;
	out[0] = global ? LAYOUT_ROWS : in[0];
	return in[0];
}

/* The taps FIRST to END of output I along one axis that see the input. */
struct span {
	size_t first, end;
};

static struct span span_of(size_t i, size_t stride, size_t dilation,
			   size_t before, size_t taps, size_t extent)
{
	struct span s = {0, taps};

	while (s.first < taps && i * stride + s.first * dilation < before)
		s.first++;
	while (s.end > s.first &&
	       i * stride + (s.end - 1) * dilation - before >= extent)
		s.end--;
	return s;
}

static struct span columns(const struct window2 *g, size_t j)
{
	return span_of(j, g->sw, g->dw, g->pw, g->kw, g->w);
}

static void pool_run(const struct pool *p, const struct pool_lanes *l,
		     size_t taps)
{
	if (p->size == 1 && p->largest)
		kern_pool_codes_max(l, p->cx.flip);
	else if (p->size == 1)
		kern_pool_codes_mean(l, &p->cx, &p->cy, taps);
	else if (p->largest)
		kern_pool_lanes_max(l);
	else
		kern_pool_lanes_sum(l, 1 / (float)taps);
}

/* Output row I of the block whose input starts at X. */
static void pool_row(const struct pool *p, const char *x, size_t i, char *y)
{
	const struct window2 *g = p->w;
	struct span down = span_of(i, g->sh, g->dh, g->ph, g->kh, g->h);
	struct pool_lanes l = {.lanes = p->lanes,
			       .rows = down.end - down.first,
			       .down = g->dh * g->w * p->lanes,
			       .right = g->dw * p->lanes,
			       .step = g->sw * p->lanes};

	x += (i * g->sh + down.first * g->dh - g->ph) * g->w * p->lanes *
	     p->size;
	for (size_t j = 0; j < g->ow; j += l.pixels) {
		struct span across = columns(g, j), next;

		l.pixels = 0;
		do
			next = columns(g, j + ++l.pixels);
		while (j + l.pixels < g->ow && next.first == across.first &&
		       next.end == across.end);
		l.cols = across.end - across.first;
		l.x = x + (j * g->sw + across.first * g->dw - g->pw) *
				  p->lanes * p->size;
		l.y = y + j * p->lanes * p->size;
		pool_run(p, &l,
			 p->counts_border ? g->kh * g->kw : l.rows * l.cols);
	}
}

static void pool_rows(struct job *self, size_t begin, size_t end)
{
	const struct pool *p = (const struct pool *)self;
	const struct window2 *g = p->w;

	for (size_t k = begin; k < end; k++)
		pool_row(p, p->x + k / g->oh * g->h * g->w * p->lanes * p->size,
			 k % g->oh, p->y + k * g->ow * p->lanes * p->size);
}

static size_t lanes_of(const struct call *c)
{
	size_t block = layout_block(c->layout);

	return block ? block : (size_t)call_in(c, 0)->shape.dim[1];
}

/* What all pools of C have in common; scales are read where there are any. */
static bool make(struct pool *p, const struct call *c, bool largest,
		 struct err *e)
{
	const struct tensor *x = call_in(c, 0);

	*p = (struct pool){.job.run = pool_rows,
			   .largest = largest,
			   .size = is_codes(x) ? 1 : sizeof(float),
			   .lanes = lanes_of(c),
			   .cx.flip = x->dtype == DTYPE_I8 ? 0x80 : 0,
			   .x = x->data,
			   .y = tensor_mut(call_out(c, 0))};
	return p->size != 1 || largest ||
	       (codes_u8_read(&p->cx, c, 1, x->dtype, e) &&
		codes_u8_read(&p->cy, c, 3, call_out(c, 0)->dtype, e));
}

bool pool_lanes_run(const struct call *c, const struct window2 *g,
		    bool counts_border, struct err *e)
{
	const struct shape *s = &call_in(c, 0)->shape;
	struct pool p;

	if (!make(&p, c, !strcmp(c->node->type, "MaxPool"), e))
		return false;
	p.w = g;
	p.counts_border = counts_border;
	if (p.lanes)
		parallel_for(&p.job,
			     (size_t)(s->dim[0] * s->dim[1]) / p.lanes * g->oh,
			     1);
	return true;
}

bool pool_lanes_global(const struct call *c, bool largest, struct err *e)
{
	const struct shape *s = &call_in(c, 0)->shape;
	size_t lanes = lanes_of(c);
	size_t pixels = shape_span(s, 2, s->rank);
	struct pool_lanes l = {.x = call_in(c, 0)->data,
			       .y = tensor_mut(call_out(c, 0)),
			       .lanes = lanes,
			       .rows = 1,
			       .cols = pixels,
			       .right = lanes,
			       .step = pixels * lanes};
	struct pool p;

	if (!make(&p, c, largest, e))
		return false;
	if (lanes)
		l.pixels = (size_t)(s->dim[0] * s->dim[1]) / lanes;
	pool_run(&p, &l, pixels);
	return true;
}
