/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product_dnnl.c -- matrix products of codes by oneDNN, which has the tiles
 * of AMX. */
#include <stdlib.h>

#include "base/err.h"
#include "kern/dnnl_product.h"
#include "ops/op.h"
#include "ops/product_u8.h"

struct product_dnnl {
	struct prepared base;
	struct dnnl_product *product;
};

/* NULL if the library has nothing fast. */
static struct dnnl_product *make(const struct call *c)
{
	struct product_lines l;
	struct dnnl_product *made = NULL;
	float *bias;

	product_lines_make(&l, c, false);
	bias = calloc(l.n ? l.n : 1, sizeof(*bias));
	if (!bias)
		die_oom();
	for (size_t j = 0; j < l.n; j++)
		bias[j] = (float)l.bias[j] + l.shift[j] / l.scale[j];
	if (l.m && l.n && l.k && !l.q.wflip)
		made = dnnl_product_make(&(struct dnnl_product_spec){
			.m = (int64_t)l.m,
			.n = (int64_t)l.n,
			.k = (int64_t)l.k,
			.turned = l.turned,
			.x_signed = l.q.xflip != 0,
			.y_signed = l.q.y.lo < 0,
			.codes = l.q.ys != NULL,
			.y_zero = l.q.y.zero,
			.scale = l.scale,
			.bias = bias,
			.w = (const int8_t *)l.w,
		});
	free(bias);
	product_lines_release(&l);
	return made;
}

/* The product of NODE, packed, until prepare() takes it. */
struct made {
	struct shared base;
	const struct node *node;
	struct dnnl_product *product;
};

static void forget(struct shared *self)
{
	struct made *m = (struct made *)self;

	if (m->product)
		dnnl_product_free(m->product);
	free(m);
}

static struct made *find(const struct call *c)
{
	for (struct shared *x = c->services->shared; x; x = x->next)
		if (x->release == forget && ((struct made *)x)->node == c->node)
			return (struct made *)x;
	return NULL;
}

/* The library has to be asked here, outside of any job: it divides work among
 * the threads that it sees.  What it packs on the way is kept. */
bool product_dnnl_accepts(const struct call *c)
{
	struct made *m = find(c);

	if (m)
		return m->product != NULL;
	m = calloc(1, sizeof(*m));
	if (!m)
		die_oom();
	*m = (struct made){{c->services->shared, forget},
			   c->node,
			   product_lines_accepts(c) ? make(c) : NULL};
	c->services->shared = &m->base;
	return m->product != NULL;
}

static void release(struct prepared *self)
{
	struct product_dnnl *s = (struct product_dnnl *)self;

	dnnl_product_free(s->product);
	free(s);
}

bool product_dnnl_prepare(struct call *c, struct err *e)
{
	struct product_dnnl *s;
	struct made *m = find(c);

	if (!m || !m->product)
		return err_set(e, ERR_UNSUPPORTED,
			       "oneDNN has no kernel for this product");
	s = calloc(1, sizeof(*s));
	if (!s)
		die_oom();
	*s = (struct product_dnnl){{release, dnnl_product_bytes(m->product)},
				   m->product};
	m->product = NULL;
	c->prepared = &s->base;
	return true;
}

size_t product_dnnl_scratch(const struct call *c)
{
	const struct product_dnnl *s = (const struct product_dnnl *)c->prepared;

	return dnnl_product_scratch(s->product);
}

bool product_dnnl_run(const struct call *c, struct err *e)
{
	const struct product_dnnl *s = (const struct product_dnnl *)c->prepared;

	if (dnnl_product_run(s->product, call_in(c, 0)->data,
			     tensor_mut(call_out(c, 0)), c->scratch))
		return true;
	return err_set(e, ERR_UNSUPPORTED, "oneDNN failed to run");
}
