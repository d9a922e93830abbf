/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_conv.c -- convolutions by oneDNN, where it is installed. */
#include "kern/dnnl_conv.h"

#include "config.h"

#include <string.h>

#ifdef HAVE_DNNL_H

#include <stdlib.h>

#include "base/err.h"
#include "kern/dnnl_part.h"

struct dnnl_desc {
	const struct dnnl_lib *lib;
	dnnl_primitive_desc_t pd;
	dnnl_memory_desc_t w_rows, b;
	enum dnnl_order in, out;
	bool has_bias;
};

struct dnnl_conv {
	const struct dnnl_lib *lib;
	dnnl_primitive_t run;
	dnnl_memory_t x, y;
	struct dnnl_part weights, bias;
	struct dnnl_scratch scratch;
	bool has_bias;
};

/* Memory descriptors and the attribute of one convolution. */
struct build {
	const struct dnnl_lib *lib;
	const struct dnnl_conv_spec *s;
	dnnl_memory_desc_t x, w, w_rows, b, y;
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd;
};

static dnnl_data_type_t code_type(bool is_signed)
{
	return is_signed ? dnnl_s8 : dnnl_u8;
}

/* ---- descriptors -------------------------------------------------------- */

static bool describe(struct build *b)
{
	const struct dnnl_conv_spec *s = b->s;
	dnnl_dims_t x = {s->images, s->groups * s->c, s->in[0], s->in[1]};
	dnnl_dims_t y = {s->images, s->groups * s->m, s->out[0], s->out[1]};
	dnnl_dims_t one = {s->m, s->c, s->kernel[0], s->kernel[1]};
	dnnl_dims_t many = {s->groups, s->m, s->c, s->kernel[0], s->kernel[1]};
	dnnl_dims_t channels = {s->groups * s->m};
	bool grouped = s->groups > 1;
	dnnl_data_type_t xt = s->codes ? code_type(s->x_signed) : dnnl_f32;
	dnnl_data_type_t yt = s->codes ? code_type(s->y_signed) : dnnl_f32;
	dnnl_data_type_t wt = s->codes ? dnnl_s8 : dnnl_f32;
	dnnl_data_type_t bt = s->codes ? dnnl_s32 : dnnl_f32;
	dnnl_format_tag_t order = s->blocked ? dnnl_aBcd16b
					     : dnnl_format_tag_any;
	__typeof__(&dnnl_memory_desc_init_by_tag) init =
		b->lib->dnnl_memory_desc_init_by_tag;

	return !init(&b->x, 4, x, xt, order) && !init(&b->y, 4, y, yt, order) &&
	       !init(&b->w, grouped ? 5 : 4, grouped ? many : one, wt,
		     dnnl_format_tag_any) &&
	       !init(&b->w_rows, grouped ? 5 : 4, grouped ? many : one, wt,
		     grouped ? dnnl_abcde : dnnl_abcd) &&
	       !init(&b->b, 1, channels, bt, dnnl_a);
}

/* What codes become before the sum, as a step of its own would leave it. */
static bool append_sum_of_codes(const struct build *b, dnnl_post_ops_t ops)
{
	const struct dnnl_sum *s = &b->s->sum;
	__typeof__(&dnnl_post_ops_append_eltwise) append =
		b->lib->dnnl_post_ops_append_eltwise;

	return dnnl_part_append_round(b->lib, ops) &&
	       !append(ops, 1, dnnl_eltwise_clip, s->least, s->most) &&
	       !append(ops, 1, dnnl_eltwise_linear, s->conv_scale, 0) &&
	       !b->lib->dnnl_post_ops_append_sum_v3(ops, s->scale, s->zero,
						    dnnl_data_type_undef);
}

static bool append_sum(const struct build *b, dnnl_post_ops_t ops)
{
	if (!b->s->adds)
		return true;
	if (b->s->codes)
		return append_sum_of_codes(b, ops);
	return !b->lib->dnnl_post_ops_append_sum(ops, 1);
}

static bool append_rounding(const struct build *b, dnnl_post_ops_t ops)
{
	return !b->s->codes || !b->s->y_zero ||
	       dnnl_part_append_round(b->lib, ops);
}

static bool make_attr(struct build *b)
{
	const struct dnnl_lib *l = b->lib;
	const struct dnnl_conv_spec *s = b->s;
	dnnl_post_ops_t ops = NULL;
	bool ok = !l->dnnl_primitive_attr_create(&b->attr) &&
		  dnnl_scratch_ask(l, b->attr) &&
		  !l->dnnl_post_ops_create(&ops) && append_sum(b, ops) &&
		  append_rounding(b, ops) &&
		  dnnl_part_append_act(l, ops, &s->act) &&
		  !l->dnnl_primitive_attr_set_post_ops(b->attr, ops);

	if (ops)
		l->dnnl_post_ops_destroy(ops);
	if (!ok || !s->codes)
		return ok;
	if (l->dnnl_primitive_attr_set_output_scales(b->attr, s->groups * s->m,
						     1 << 1, s->multiplier))
		return false;
	if (s->x_zero && l->dnnl_primitive_attr_set_zero_points(
				 b->attr, DNNL_ARG_SRC, 1, 0, &s->x_zero))
		return false;
	return !s->y_zero || !l->dnnl_primitive_attr_set_zero_points(
				     b->attr, DNNL_ARG_DST, 1, 0, &s->y_zero);
}

static bool create(struct build *b)
{
	const struct dnnl_conv_spec *s = b->s;
	dnnl_convolution_desc_t d;
	dnnl_dims_t strides, before, after, dilates;

	for (int i = 0; i < 2; i++) {
		int64_t span = (s->kernel[i] - 1) * s->dilation[i] + 1;

		strides[i] = s->stride[i];
		before[i] = s->before[i];
		dilates[i] = s->dilation[i] - 1;
		after[i] = (s->out[i] - 1) * s->stride[i] + span - s->in[i] -
			   s->before[i];
	}
	return !b->lib->dnnl_dilated_convolution_forward_desc_init(
		       &d, dnnl_forward_inference,
		       s->winograd ? dnnl_convolution_winograd
				   : dnnl_convolution_direct,
		       &b->x, &b->w, s->has_bias ? &b->b : NULL, &b->y, strides,
		       dilates, before, after) &&
	       !b->lib->dnnl_primitive_desc_create(&b->pd, &d, b->attr,
						   b->lib->engine, NULL);
}

/* ---- orders ------------------------------------------------------------- */

static const dnnl_format_tag_t tags[] = {
	[DNNL_ROWS] = dnnl_abcd,
	[DNNL_LAST] = dnnl_acdb,
	[DNNL_C8] = dnnl_aBcd8b,
	[DNNL_C16] = dnnl_aBcd16b,
};

/* Which of our orders MD is; false if none. */
static bool order_of(const struct dnnl_lib *l, const dnnl_memory_desc_t *md,
		     enum dnnl_order *order)
{
	dnnl_memory_desc_t same;

	for (int i = DNNL_ROWS; i <= DNNL_C16; i++)
		if (!l->dnnl_memory_desc_init_by_tag(&same, 4, md->dims,
						     md->data_type, tags[i]) &&
		    l->dnnl_memory_desc_equal(&same, md)) {
			*order = (enum dnnl_order)i;
			return true;
		}
	return false;
}

/* ---- what the library would do ------------------------------------------ */

/* Takes over the descriptors of B if our orders are among its choices. */
static bool keep(struct dnnl_desc *d, struct build *b)
{
	const struct dnnl_lib *l = b->lib;

	d->pd = b->pd;
	d->w_rows = b->w_rows;
	d->b = b->b;
	d->has_bias = b->s->has_bias;
	return dnnl_part_is_fast(l, d->pd) &&
	       order_of(l,
			l->dnnl_primitive_desc_query_md(d->pd,
							dnnl_query_src_md, 0),
			&d->in) &&
	       order_of(l,
			l->dnnl_primitive_desc_query_md(d->pd,
							dnnl_query_dst_md, 0),
			&d->out);
}

struct dnnl_desc *dnnl_desc_make(const struct dnnl_conv_spec *s)
{
	struct build b = {.lib = dnnl_lib(), .s = s};
	struct dnnl_desc *d;
	bool ok;

	if (!b.lib)
		return NULL;
	d = calloc(1, sizeof(*d));
	if (!d)
		die_oom();
	d->lib = b.lib;
	ok = describe(&b) && make_attr(&b) && create(&b) && keep(d, &b);
	if (b.attr)
		b.lib->dnnl_primitive_attr_destroy(b.attr);
	if (ok)
		return d;
	dnnl_desc_free(d);
	return NULL;
}

void dnnl_desc_free(struct dnnl_desc *d)
{
	if (d->pd)
		d->lib->dnnl_primitive_desc_destroy(d->pd);
	free(d);
}

enum dnnl_order dnnl_desc_in(const struct dnnl_desc *d)
{
	return d->in;
}

enum dnnl_order dnnl_desc_out(const struct dnnl_desc *d)
{
	return d->out;
}

/* ---- ready to run ------------------------------------------------------- */

static bool pack(struct dnnl_conv *v, const struct dnnl_desc *d,
		 const void *weights, const void *bias)
{
	const struct dnnl_lib *l = d->lib;
	const dnnl_memory_desc_t *x = l->dnnl_primitive_desc_query_md(
		d->pd, dnnl_query_src_md, 0);
	const dnnl_memory_desc_t *y = l->dnnl_primitive_desc_query_md(
		d->pd, dnnl_query_dst_md, 0);
	const dnnl_memory_desc_t *w = l->dnnl_primitive_desc_query_md(
		d->pd, dnnl_query_weights_md, 0);

	return dnnl_part_fill(&v->weights, l, &d->w_rows, w, weights) &&
	       (!d->has_bias ||
		dnnl_part_fill(&v->bias, l, &d->b, &d->b, bias)) &&
	       !l->dnnl_memory_create(&v->x, x, l->engine, DNNL_MEMORY_NONE) &&
	       !l->dnnl_memory_create(&v->y, y, l->engine, DNNL_MEMORY_NONE) &&
	       dnnl_scratch_make(&v->scratch, l, d->pd) &&
	       !l->dnnl_primitive_create(&v->run, d->pd);
}

struct dnnl_conv *dnnl_conv_make(const struct dnnl_desc *d, const void *weights,
				 const void *bias)
{
	struct dnnl_conv *v = calloc(1, sizeof(*v));

	if (!v)
		die_oom();
	v->lib = d->lib;
	v->has_bias = d->has_bias;
	if (pack(v, d, weights, bias))
		return v;
	dnnl_conv_free(v);
	return NULL;
}

void dnnl_conv_free(struct dnnl_conv *v)
{
	const struct dnnl_lib *l = v->lib;

	if (v->run)
		l->dnnl_primitive_destroy(v->run);
	if (v->x)
		l->dnnl_memory_destroy(v->x);
	if (v->y)
		l->dnnl_memory_destroy(v->y);
	dnnl_part_release(&v->weights, l);
	dnnl_part_release(&v->bias, l);
	dnnl_scratch_release(&v->scratch, l);
	free(v);
}

size_t dnnl_conv_bytes(const struct dnnl_conv *v)
{
	return v->weights.bytes + v->bias.bytes;
}

size_t dnnl_conv_scratch(const struct dnnl_conv *v)
{
	return v->scratch.bytes;
}

bool dnnl_conv_run(const struct dnnl_conv *v, const void *x, void *y,
		   void *scratch)
{
	const struct dnnl_lib *l = v->lib;
	dnnl_exec_arg_t args[5] = {{DNNL_ARG_SRC, v->x},
				   {DNNL_ARG_DST, v->y},
				   {DNNL_ARG_WEIGHTS, v->weights.memory}};
	int n = 3;

	if (v->has_bias)
		args[n++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, v->bias.memory};
	return !l->dnnl_memory_set_data_handle(v->x, (void *)(uintptr_t)x) &&
	       !l->dnnl_memory_set_data_handle(v->y, y) &&
	       dnnl_scratch_pass(&v->scratch, l, scratch, args, &n) &&
	       !l->dnnl_primitive_execute(v->run, l->stream, n, args);
}

#else /* built without its headers: never available */

bool dnnl_available(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "built without oneDNN's headers");
}

struct dnnl_desc *dnnl_desc_make(const struct dnnl_conv_spec *s)
{
	(void)s;
	return NULL;
}

void dnnl_desc_free(struct dnnl_desc *d)
{
	(void)d;
}

enum dnnl_order dnnl_desc_in(const struct dnnl_desc *d)
{
	(void)d;
	return DNNL_ROWS;
}

enum dnnl_order dnnl_desc_out(const struct dnnl_desc *d)
{
	(void)d;
	return DNNL_ROWS;
}

struct dnnl_conv *dnnl_conv_make(const struct dnnl_desc *d, const void *weights,
				 const void *bias)
{
	(void)d;
	(void)weights;
	(void)bias;
	return NULL;
}

void dnnl_conv_free(struct dnnl_conv *v)
{
	(void)v;
}

size_t dnnl_conv_bytes(const struct dnnl_conv *v)
{
	(void)v;
	return 0;
}

size_t dnnl_conv_scratch(const struct dnnl_conv *v)
{
	(void)v;
	return 0;
}

bool dnnl_conv_run(const struct dnnl_conv *v, const void *x, void *y,
		   void *scratch)
{
	(void)v;
	(void)x;
	(void)y;
	(void)scratch;
	return false;
}

#endif

bool dnnl_conv_spec_equal(const struct dnnl_conv_spec *a,
			  const struct dnnl_conv_spec *b)
{
	/* Sixteen integers without gaps begin it. */
	return !memcmp(a, b, offsetof(struct dnnl_conv_spec, act)) &&
	       a->act.kind == b->act.kind && a->act.a == b->act.a &&
	       a->act.b == b->act.b && a->adds == b->adds &&
	       a->has_bias == b->has_bias && a->codes == b->codes &&
	       a->x_signed == b->x_signed && a->y_signed == b->y_signed &&
	       a->x_zero == b->x_zero && a->y_zero == b->y_zero &&
	       /* five numbers without gaps, zero if there is no sum */
	       !memcmp(&a->sum, &b->sum, sizeof(a->sum)) &&
	       a->blocked == b->blocked && a->winograd == b->winograd &&
	       (!a->codes ||
		!memcmp(a->multiplier, b->multiplier,
			(size_t)(a->groups * a->m) * sizeof(*a->multiplier)));
}
