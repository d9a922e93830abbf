/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_product.c -- matrix products of codes by oneDNN. */
#include "kern/dnnl_product.h"

#include "config.h"

#ifdef HAVE_DNNL_H

#include <stdlib.h>

#include "base/err.h"
#include "kern/dnnl_part.h"

struct dnnl_product {
	const struct dnnl_lib *lib;
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t run;
	dnnl_memory_t x, y;
	struct dnnl_part weights, bias;
	struct dnnl_scratch scratch;
};

struct build {
	const struct dnnl_product_spec *s;
	dnnl_memory_desc_t x, w, w_given, b, y;
	dnnl_primitive_attr_t attr;
};

static bool describe(struct build *b, const struct dnnl_lib *l)
{
	const struct dnnl_product_spec *s = b->s;
	dnnl_dims_t x = {s->m, s->k}, w = {s->k, s->n};
	dnnl_dims_t one = {1, s->n}, y = {s->m, s->n};
	dnnl_data_type_t yt = !s->codes	    ? dnnl_f32
			      : s->y_signed ? dnnl_s8
					    : dnnl_u8;
	__typeof__(&dnnl_memory_desc_init_by_tag) init =
		l->dnnl_memory_desc_init_by_tag;

	return !init(&b->x, 2, x, s->x_signed ? dnnl_s8 : dnnl_u8, dnnl_ab) &&
	       !init(&b->w, 2, w, dnnl_s8, dnnl_format_tag_any) &&
	       !init(&b->w_given, 2, w, dnnl_s8,
		     s->turned ? dnnl_ba : dnnl_ab) &&
	       !init(&b->b, 2, one, dnnl_f32, dnnl_ab) &&
	       !init(&b->y, 2, y, yt, dnnl_ab);
}

static bool set_rounding(struct build *b, const struct dnnl_lib *l)
{
	dnnl_post_ops_t ops = NULL;
	bool ok = !l->dnnl_post_ops_create(&ops) &&
		  dnnl_part_append_round(l, ops) &&
		  !l->dnnl_primitive_attr_set_post_ops(b->attr, ops);

	if (ops)
		l->dnnl_post_ops_destroy(ops);
	return ok;
}

static bool make_attr(struct build *b, const struct dnnl_lib *l)
{
	const struct dnnl_product_spec *s = b->s;

	if (l->dnnl_primitive_attr_create(&b->attr) ||
	    !dnnl_scratch_ask(l, b->attr) ||
	    l->dnnl_primitive_attr_set_output_scales(b->attr, s->n, 1 << 1,
						     s->scale))
		return false;
	return !s->y_zero || (set_rounding(b, l) &&
			      !l->dnnl_primitive_attr_set_zero_points(
				      b->attr, DNNL_ARG_DST, 1, 0, &s->y_zero));
}

static bool create(struct dnnl_product *p, struct build *b)
{
	const struct dnnl_lib *l = p->lib;
	dnnl_matmul_desc_t d;

	if (!describe(b, l) || !make_attr(b, l) ||
	    l->dnnl_matmul_desc_init(&d, &b->x, &b->w, &b->b, &b->y) ||
	    l->dnnl_primitive_desc_create(&p->pd, &d, b->attr, l->engine, NULL))
		return false;
	return dnnl_part_is_fast(l, p->pd) &&
	       dnnl_part_fill(&p->weights, l, &b->w_given,
			      l->dnnl_primitive_desc_query_md(
				      p->pd, dnnl_query_weights_md, 0),
			      b->s->w) &&
	       dnnl_part_fill(&p->bias, l, &b->b, &b->b, b->s->bias) &&
	       !l->dnnl_memory_create(&p->x, &b->x, l->engine,
				      DNNL_MEMORY_NONE) &&
	       !l->dnnl_memory_create(&p->y, &b->y, l->engine,
				      DNNL_MEMORY_NONE) &&
	       dnnl_scratch_make(&p->scratch, l, p->pd) &&
	       !l->dnnl_primitive_create(&p->run, p->pd);
}

struct dnnl_product *dnnl_product_make(const struct dnnl_product_spec *s)
{
	const struct dnnl_lib *l = dnnl_lib();
	struct build b = {.s = s};
	struct dnnl_product *p;
	bool ok;

	if (!l)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p)
		die_oom();
	p->lib = l;
	ok = create(p, &b);
	if (b.attr)
		l->dnnl_primitive_attr_destroy(b.attr);
	if (ok)
		return p;
	dnnl_product_free(p);
	return NULL;
}

void dnnl_product_free(struct dnnl_product *p)
{
	const struct dnnl_lib *l = p->lib;

	if (p->run)
		l->dnnl_primitive_destroy(p->run);
	if (p->x)
		l->dnnl_memory_destroy(p->x);
	if (p->y)
		l->dnnl_memory_destroy(p->y);
	if (p->pd)
		l->dnnl_primitive_desc_destroy(p->pd);
	dnnl_part_release(&p->weights, l);
	dnnl_part_release(&p->bias, l);
	dnnl_scratch_release(&p->scratch, l);
	free(p);
}

size_t dnnl_product_bytes(const struct dnnl_product *p)
{
	return p->weights.bytes + p->bias.bytes;
}

size_t dnnl_product_scratch(const struct dnnl_product *p)
{
	return p->scratch.bytes;
}

bool dnnl_product_run(const struct dnnl_product *p, const void *x, void *y,
		      void *scratch)
{
	const struct dnnl_lib *l = p->lib;
	dnnl_exec_arg_t args[5] = {{DNNL_ARG_SRC, p->x},
				   {DNNL_ARG_DST, p->y},
				   {DNNL_ARG_WEIGHTS, p->weights.memory},
				   {DNNL_ARG_BIAS, p->bias.memory}};
	int n = 4;

	return !l->dnnl_memory_set_data_handle(p->x, (void *)(uintptr_t)x) &&
	       !l->dnnl_memory_set_data_handle(p->y, y) &&
	       dnnl_scratch_pass(&p->scratch, l, scratch, args, &n) &&
	       !l->dnnl_primitive_execute(p->run, l->stream, n, args);
}

#else /* built without its headers: never available */

struct dnnl_product *dnnl_product_make(const struct dnnl_product_spec *s)
{
	(void)s;
	return NULL;
}

void dnnl_product_free(struct dnnl_product *p)
{
	(void)p;
}

size_t dnnl_product_bytes(const struct dnnl_product *p)
{
	(void)p;
	return 0;
}

size_t dnnl_product_scratch(const struct dnnl_product *p)
{
	(void)p;
	return 0;
}

bool dnnl_product_run(const struct dnnl_product *p, const void *x, void *y,
		      void *scratch)
{
	(void)p;
	(void)x;
	(void)y;
	(void)scratch;
	return false;
}

#endif
