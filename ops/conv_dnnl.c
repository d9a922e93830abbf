/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_dnnl.c -- Conv, FusedConv and QLinearConv by oneDNN.
 *
 * The library chooses the layouts.  What it would do is asked once for all
 * convolutions of a plan that are the same, and kept until they are packed.
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

/* What the library said to SPEC, whose multipliers it owns. */
struct answer {
	struct shared base;
	struct dnnl_conv_spec spec;
	struct dnnl_desc *desc; /* NULL: nothing fast */
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

/* The residual has the result's shape: then the library adds to it. */
static bool adds_residual(const struct call *c)
{
	const struct tensor *z = call_in(c, 3);

	return z && is_f32(z) && shape_equal(&z->shape, &call_out(c, 0)->shape);
}

/* Floats: constant weights and bias. */
static bool spec_f32(struct dnnl_conv_spec *s, const struct call *c)
{
	const struct tensor *x = call_in(c, 0), *w = call_in(c, 1);
	const struct tensor *b = call_in(c, 2);
	struct conv2 g;

	if (!is_f32(x) || !is_f32(w) || !is_f32(b) ||
	    (call_in(c, 3) && !adds_residual(c)) || x->shape.rank != 4 ||
	    !w->data || (b && !b->data) ||
	    !conv2_make(&g, c->node, &x->shape, &w->shape) || !g.images ||
	    !g.c || !g.w.oh || !g.w.ow)
		return false;
	fill_window(s, &g);
	s->adds = call_in(c, 3) != NULL;
	s->has_bias = b != NULL;
	return act_of_fused(&s->act, c->node);
}

static bool has_sum(const struct call *c)
{
	return !strcmp(c->node->type, "QLinearConvAdd");
}

static bool has_codes(const struct call *c)
{
	return !strcmp(c->node->type, "QLinearConv") || has_sum(c);
}

/* What QLinearConvAdd does with the codes of the convolution. */
static void spec_sum(struct dnnl_conv_spec *s, const struct call *c)
{
	double unit = call_scalar(c, QADD_Y_SCALE, 1);
	float at = (float)call_scalar(c, QCONV_ZERO, 0);
	float lo = s->y_signed ? -128 : 0;

	s->adds = true;
	s->sum = (struct dnnl_sum){
		.least = lo - at,
		.most = lo + 255 - at,
		.conv_scale = (float)(call_scalar(c, QCONV_SCALE, 1) / unit),
		.scale = (float)(call_scalar(c, QADD_Z_SCALE, 1) / unit),
		.zero = (int32_t)call_scalar(c, QADD_Z_ZERO, 0),
	};
}

/* The caller frees the multipliers. */
static bool spec_codes(struct dnnl_conv_spec *s, const struct call *c)
{
	const struct tensor *x = call_in(c, 0), *w = call_in(c, 3);
	const struct tensor *y_zero = call_in(c, has_sum(c) ? QADD_Y_ZERO
							    : QCONV_ZERO);
	struct qscales q;
	struct conv2 g;
	float *multiplier;

	if (!qconv_u8_accepts(c) || w->dtype != DTYPE_I8 ||
	    x->shape.rank != 4 ||
	    !conv2_make(&g, c->node, &x->shape, &w->shape) || !g.images ||
	    !qscales_make(&q, c, &qroles_conv, g.groups * g.m))
		return false;
	fill_window(s, &g);
	multiplier = calloc(g.groups * g.m, sizeof(*multiplier));
	if (!multiplier)
		die_oom();
	for (size_t i = 0; i < g.groups * g.m; i++)
		multiplier[i] = qscales_multiplier(&q, i);
	s->codes = true;
	s->x_signed = x->dtype == DTYPE_I8;
	s->y_signed = y_zero->dtype == DTYPE_I8;
	s->x_zero = q.xzero - q.xflip;
	s->y_zero = (int32_t)tensor_int(y_zero, 0);
	s->multiplier = multiplier;
	s->has_bias = call_in(c, QCONV_BIAS) != NULL;
	if (has_sum(c))
		spec_sum(s, c);
	return true;
}

static void free_multiplier(struct dnnl_conv_spec *s)
{
	free((void *)(uintptr_t)s->multiplier);
}

static void forget(struct shared *self)
{
	struct answer *a = (struct answer *)self;

	if (a->desc)
		dnnl_desc_free(a->desc);
	free_multiplier(&a->spec);
	free(a);
}

/* What the library would do for SPEC, whose multipliers become its own. */
static const struct dnnl_desc *answer_to(const struct call *c,
					 struct dnnl_conv_spec *spec)
{
	struct answer *a;

	for (struct shared *x = c->services->shared; x; x = x->next) {
		a = (struct answer *)x;
		if (x->release == forget &&
		    dnnl_conv_spec_equal(&a->spec, spec)) {
			free_multiplier(spec);
			return a->desc;
		}
	}
	a = calloc(1, sizeof(*a));
	if (!a)
		die_oom();
	*a = (struct answer){
		{c->services->shared, forget}, *spec, dnnl_desc_make(spec)};
	c->services->shared = &a->base;
	return a->desc;
}

/* Tiles of 4 x 4 results need a quarter of the products of 3 x 3 windows, and
 * four times the weights: they pay where planes have some tiles. */
static bool suits_winograd(const struct dnnl_conv_spec *s)
{
	return !s->codes && s->groups == 1 && s->kernel[0] == 3 &&
	       s->kernel[1] == 3 && s->stride[0] == 1 && s->stride[1] == 1 &&
	       s->dilation[0] == 1 && s->dilation[1] == 1 && s->c >= 16 &&
	       s->m >= 16 && s->out[0] * s->out[1] >= 14 * 14;
}

/* What it would do for C, in blocks of 16 channels if BLOCKED; NULL if nothing
 * fast. */
static const struct dnnl_desc *ask(const struct call *c, bool blocked)
{
	struct dnnl_conv_spec spec = {.images = 0};
	const struct dnnl_desc *d;

	if (!(has_codes(c) ? spec_codes(&spec, c) : spec_f32(&spec, c)))
		return NULL;
	spec.blocked = blocked;
	spec.winograd = suits_winograd(&spec);
	d = answer_to(c, &spec);
	if (d || !spec.winograd)
		return d;
	spec.winograd = false;
	return answer_to(c, &spec);
}

/* The same for X in layout X: blocks stay blocks. */
static const struct dnnl_desc *choose(const struct call *c,
				      enum tensor_layout x)
{
	const struct dnnl_desc *d = NULL;

	if (x == LAYOUT_C16 && !has_codes(c))
		d = ask(c, true);
	return d ? d : ask(c, false);
}

bool conv_dnnl_accepts(const struct call *c)
{
	return ask(c, false) != NULL;
}

enum tensor_layout conv_dnnl_layouts(const struct call *c,
				     enum tensor_layout *in,
				     enum tensor_layout *out)
{
	const struct dnnl_desc *d = choose(c, in[0]);

	for (uint32_t i = 0; i < c->nin; i++)
		in[i] = LAYOUT_ROWS;
	if (!d)
		return LAYOUT_ROWS;
	in[0] = layouts[dnnl_desc_in(d)];
	/* As prepare() will, which knows in[0] and not what was offered. */
	d = choose(c, in[0]);
	out[0] = layouts[dnnl_desc_out(d)];
	if (has_sum(c))
		in[QADD_Z] = out[0];
	else if (!has_codes(c) && call_in(c, 3))
		in[3] = out[0];
	return in[0];
}

static void release(struct prepared *self)
{
	struct conv_dnnl *s = (struct conv_dnnl *)self;

	dnnl_conv_free(s->conv);
	free(s);
}

bool conv_dnnl_prepare(struct call *c, struct err *e)
{
	const struct tensor *w = call_in(c, has_codes(c) ? 3 : 1);
	const struct tensor *b = call_in(c, has_codes(c) ? 8 : 2);
	const struct dnnl_desc *d = choose(c, c->layout);
	struct dnnl_conv *made;
	struct conv_dnnl *s;

	made = d ? dnnl_conv_make(d, w->data, b ? b->data : NULL) : NULL;
	if (!made)
		return err_set(e, ERR_UNSUPPORTED,
			       "oneDNN has no kernel for this convolution");
	s = calloc(1, sizeof(*s));
	if (!s)
		die_oom();
	*s = (struct conv_dnnl){{release, dnnl_conv_bytes(made)}, made};
	c->prepared = &s->base;
	return true;
}

size_t conv_dnnl_scratch(const struct call *c)
{
	const struct conv_dnnl *s = (const struct conv_dnnl *)c->prepared;

	return dnnl_conv_scratch(s->conv);
}

bool conv_dnnl_run(const struct call *c, struct err *e)
{
	const struct conv_dnnl *s = (const struct conv_dnnl *)c->prepared;
	const struct tensor *z = has_sum(c)	? call_in(c, QADD_Z)
				 : has_codes(c) ? NULL
						: call_in(c, 3);
	struct tensor *y = call_out(c, 0);

	/* The plan lets Y lie where Z did if nobody needs Z later. */
	if (z && z->data != y->data)
		memcpy(tensor_mut(y), z->data, y->bytes);
	if (dnnl_conv_run(s->conv, call_in(c, 0)->data, tensor_mut(y),
			  c->scratch))
		return true;
	return err_set(e, ERR_UNSUPPORTED, "oneDNN failed to run");
}
