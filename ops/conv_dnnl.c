/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_dnnl.c -- Conv, FusedConv and QLinearConv by oneDNN.
 *
 * The library chooses the layouts.  accepts() and layouts() make the
 * convolution to find out, and throw it away; prepare() keeps it.
 */
#include "ops/conv_dnnl.h"

#include <stdlib.h>
#include <string.h>

#include "kern/dnnl_conv.h"
#include "ops/act_of.h"
#include "ops/op.h"
#include "ops/qconv_u8.h"

struct conv_dnnl {
	struct prepared base;
	struct dnnl_conv *conv;
};

static const enum tensor_layout layouts[] = {
	[DNNL_ROWS] = LAYOUT_ROWS,
	[DNNL_LAST] = LAYOUT_LAST,
	[DNNL_C8] = LAYOUT_C8,
	[DNNL_C16] = LAYOUT_C16,
};

static void fill_window(struct dnnl_conv_spec *s, const struct conv2 *g)
{
	const struct window2 *w = &g->w;

	*s = (struct dnnl_conv_spec){
		.images = (int64_t)g->images,
		.groups = (int64_t)g->groups,
		.c = (int64_t)g->c,
		.m = (int64_t)g->m,
		.in = {(int64_t)w->h, (int64_t)w->w},
		.out = {(int64_t)w->oh, (int64_t)w->ow},
		.kernel = {(int64_t)w->kh, (int64_t)w->kw},
		.stride = {(int64_t)w->sh, (int64_t)w->sw},
		.dilation = {(int64_t)w->dh, (int64_t)w->dw},
		.before = {(int64_t)w->ph, (int64_t)w->pw},
	};
}

static bool is_f32(const struct tensor *t)
{
	return !t || t->dtype == DTYPE_F32;
}

/* Floats: constant weights and bias, no residual. */
static struct dnnl_conv *make_f32(const struct call *c)
{
	const struct tensor *x = call_in(c, 0), *w = call_in(c, 1);
	const struct tensor *b = call_in(c, 2);
	struct dnnl_conv_spec s;
	struct conv2 g;

	if (!is_f32(x) || !is_f32(w) || !is_f32(b) || call_in(c, 3) ||
	    x->shape.rank != 4 || !w->data || (b && !b->data) ||
	    !conv2_make(&g, c->node, &x->shape, &w->shape) || !g.images ||
	    !g.c || !g.w.oh || !g.w.ow)
		return NULL;
	fill_window(&s, &g);
	if (!act_of_fused(&s.act, c->node))
		return NULL;
	s.weights = w->data;
	s.has_bias = b != NULL;
	s.bias = b ? b->data : NULL;
	return dnnl_conv_make(&s);
}

static struct dnnl_conv *make_codes(const struct call *c)
{
	const struct tensor *x = call_in(c, 0), *w = call_in(c, 3);
	const struct tensor *b = call_in(c, 8);
	struct dnnl_conv *made;
	struct dnnl_conv_spec s;
	struct qscales q;
	struct conv2 g;
	float *multiplier;

	if (!qconv_u8_accepts(c) || w->dtype != DTYPE_I8 ||
	    x->shape.rank != 4 ||
	    !conv2_make(&g, c->node, &x->shape, &w->shape) || !g.images ||
	    !qscales_make(&q, c, 0, 3, 6, g.groups * g.m))
		return NULL;
	/* The library adds the zero point before it rounds, which moves sums
	 * that lie on a tie. */
	if (q.y.zero)
		return NULL;
	fill_window(&s, &g);
	multiplier = calloc(g.groups * g.m, sizeof(*multiplier));
	if (!multiplier)
		die_oom();
	for (size_t i = 0; i < g.groups * g.m; i++)
		multiplier[i] = qscales_multiplier(&q, i);
	s.codes = true;
	s.x_signed = x->dtype == DTYPE_I8;
	s.y_signed = call_in(c, 7)->dtype == DTYPE_I8;
	s.x_zero = q.xzero - q.xflip;
	s.y_zero = q.y.zero;
	s.multiplier = multiplier;
	s.weights = w->data;
	s.has_bias = b != NULL;
	s.bias = b ? b->data : NULL;
	made = dnnl_conv_make(&s);
	free(multiplier);
	return made;
}

static struct dnnl_conv *make(const struct call *c)
{
	return strcmp(c->node->type, "QLinearConv") ? make_f32(c)
						    : make_codes(c);
}

static bool can_make(const struct call *c)
{
	struct dnnl_conv *made = make(c);

	if (made)
		dnnl_conv_free(made);
	return made != NULL;
}

bool conv_dnnl_accepts(const struct call *c)
{
	return can_make(c);
}

bool qconv_dnnl_accepts(const struct call *c)
{
	return can_make(c);
}

void conv_dnnl_layouts(const struct call *c, enum tensor_layout *in,
		       enum tensor_layout *out)
{
	struct dnnl_conv *made = make(c);

	if (!made)
		return;
	in[0] = layouts[dnnl_conv_in(made)];
	out[0] = layouts[dnnl_conv_out(made)];
	dnnl_conv_free(made);
}

static void release(struct prepared *self)
{
	struct conv_dnnl *s = (struct conv_dnnl *)self;

	dnnl_conv_free(s->conv);
	free(s);
}

bool conv_dnnl_prepare(struct call *c, struct err *e)
{
	struct dnnl_conv *made = make(c);
	struct conv_dnnl *s;

	if (!made)
		return err_set(e, ERR_UNSUPPORTED,
			       "oneDNN has no kernel for this convolution");
	s = calloc(1, sizeof(*s));
	if (!s)
		die_oom();
	s->conv = made;
	s->base.release = release;
	s->base.bytes = dnnl_conv_bytes(made);
	c->prepared = &s->base;
	return true;
}

bool conv_dnnl_run(const struct call *c, struct err *e)
{
	const struct conv_dnnl *s = (const struct conv_dnnl *)c->prepared;

	if (dnnl_conv_run(s->conv, call_in(c, 0)->data,
			  tensor_mut(call_out(c, 0))))
		return true;
	return err_set(e, ERR_UNSUPPORTED, "oneDNN failed to run");
}
