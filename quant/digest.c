/* SPDX-License-Identifier: Apache-2.0 */
/* quant/digest.c -- names for models: see calibrate.h. */
#include "graph/element.h"
#include "quant/calibrate.h"

static void add_shape(struct sha256 *d, const struct shape *s)
{
	sha256_add_u64(d, (uint64_t)s->rank);
	for (int32_t i = 0; i < s->rank; i++)
		sha256_add_u64(d, (uint64_t)s->dim[i]);
}

static void add_bytes(struct sha256 *d, const void *at, size_t n)
{
	sha256_add_u64(d, n);
	sha256_add(d, at, n);
}

static void add_tensor(struct sha256 *d, const struct tensor *t)
{
	const struct text *text = t->data;

	sha256_add_u64(d, t->dtype);
	add_shape(d, &t->shape);
	if (t->dtype != DTYPE_STRING) {
		add_bytes(d, t->data, t->bytes);
		return;
	}
	for (size_t i = 0; i < tensor_count(t); i++)
		add_bytes(d, text[i].at, text[i].len);
}

static void add_type(struct sha256 *d, const struct type *t)
{
	for (; t; t = t->elem) {
		sha256_add_u64(d, t->kind);
		sha256_add_u64(d, t->dtype);
		add_shape(d, &t->shape);
	}
}

static void add_value(struct sha256 *d, const struct value *v)
{
	sha256_add_u64(d, v ? v->id : UINT64_MAX);
	if (v && v->konst)
		add_tensor(d, v->konst);
}

static void add_graph(struct sha256 *d, const struct graph *g)
{
	sha256_add_u64(d, g->nin);
	for (uint32_t i = 0; i < g->nin; i++)
		add_value(d, g->in[i]);
	sha256_add_u64(d, g->nout);
	for (uint32_t i = 0; i < g->nout; i++)
		add_value(d, g->out[i].read.value);
}

static void add_attr(struct sha256 *d, const struct attr *x)
{
	sha256_add_text(d, x->name);
	sha256_add_u64(d, x->kind);
	sha256_add_u64(d, x->count);
	sha256_add_text(d, x->ref ? x->ref : "");
	if (x->kind == ATTR_INT)
		sha256_add_u64(d, (uint64_t)x->u.i);
	else if (x->kind == ATTR_FLOAT)
		sha256_add(d, &x->u.f, sizeof(x->u.f));
	else if (x->kind == ATTR_STRING)
		add_bytes(d, x->u.s, x->count);
	else if (x->kind == ATTR_INTS)
		sha256_add(d, x->u.ints, x->count * sizeof(*x->u.ints));
	else if (x->kind == ATTR_FLOATS)
		sha256_add(d, x->u.floats, x->count * sizeof(*x->u.floats));
	for (uint32_t i = 0; x->kind == ATTR_STRINGS && i < x->count; i++)
		add_bytes(d, x->u.strings[i].at, x->u.strings[i].len);
	if (x->kind == ATTR_TENSOR && !x->ref)
		add_tensor(d, x->u.tensors);
	for (uint32_t i = 0; x->kind == ATTR_TENSORS && i < x->count; i++)
		add_tensor(d, &x->u.tensors[i]);
	for (uint32_t i = 0; i < attr_graphs(x); i++)
		add_graph(d, x->u.graphs[i]);
	if (x->kind == ATTR_TYPE && !x->ref)
		add_type(d, x->u.types);
}

static void add_node(struct sha256 *d, const struct node *n)
{
	sha256_add_text(d, n->domain);
	sha256_add_text(d, n->type);
	sha256_add_text(d, n->overload);
	sha256_add_u64(d, n->nin);
	for (uint32_t i = 0; i < n->nin; i++)
		add_value(d, node_in(n, i));
	sha256_add_u64(d, n->nout);
	for (uint32_t i = 0; i < n->nout; i++)
		add_value(d, node_out(n, i));
	sha256_add_u64(d, n->nattr);
	for (uint32_t i = 0; i < n->nattr; i++)
		add_attr(d, &n->attr[i]);
}

void model_digest(const struct model *m, uint8_t digest[SHA256_BYTES])
{
	struct sha256 d;

	sha256_init(&d);
	for (uint32_t i = 0; i < m->nopset; i++) {
		sha256_add_text(&d, m->opset[i].domain);
		sha256_add_u64(&d, (uint64_t)m->opset[i].version);
	}
	add_graph(&d, m->main);
	for (const struct node *n = model_first(m); n; n = model_next(n))
		add_node(&d, n);
	sha256_finish(&d, digest);
}
