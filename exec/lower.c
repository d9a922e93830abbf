/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower.c -- the order of lowerings, and what they share. */
#include <string.h>

#include "exec/lower.h"
#include "exec/lower_quant.h"
#include "ops/op.h"

struct node *lower_only_reader(const struct node *n)
{
	const struct value *v = node_out(n, 0);
	struct node *reader;

	for (uint32_t i = 1; i < n->nout; i++)
		if (n->out[i] && n->out[i]->uses)
			return NULL;
	if (!v || !value_has_one_use(v))
		return NULL;
	reader = v->uses->user;
	return reader && reader->graph == n->graph && reader->op ? reader
								 : NULL;
}

bool lower_is_f32(const struct node *n, const char *type)
{
	const struct value *v = node_out(n, 0);

	return node_is(n, "", type) && n->op && v &&
	       v->type.kind == TYPE_TENSOR && v->type.dtype == DTYPE_F32 &&
	       shape_is_known(&v->type.shape);
}

void lower_retype(struct node *n, const char *domain, const char *type)
{
	struct model *m = n->graph->model;

	n->domain = domain;
	n->type = type;
	if (model_opset(m, domain) < 0)
		model_set_opset(m, domain, 1);
	op_bind_node(n);
	if (!n->op) /* the model's opset may be older than the operator */
		n->op = op_find(domain, type, INT64_MAX);
	if (!n->op)
		bug("lowered to the unknown operator '%s'", type);
}

const struct source *lower_sources(const struct node *n, const char *rewrite)
{
	struct arena *a = &n->graph->model->arena;
	struct source *s;

	if (n->sources)
		return n->sources;
	s = arena_new(a, struct source);
	s->node = node_label(n, a);
	s->rewrite = rewrite;
	return s;
}

static const struct source *join_sources(const struct source *first,
					 const struct source *second,
					 struct arena *a)
{
	const struct source *joined = NULL, **link = &joined;

	for (; first; first = first->next) {
		struct source *s = arena_memdup(a, first, sizeof(*s));

		s->next = NULL;
		*link = s;
		link = &s->next;
	}
	*link = second;
	return joined;
}

void lower_absorb(struct node *n, struct node *later, const char *rewrite)
{
	struct arena *a = &n->graph->model->arena;
	struct value *y = node_out(n, 0), *old = node_out(later, 0);
	struct type type = old->type;

	n->sources = join_sources(lower_sources(n, rewrite),
				  lower_sources(later, rewrite), a);
	value_replace(old, y);
	y->type = type;
	y->content = NULL;
	node_remove(later);
}

void lower_replace(struct node *n, struct node *last, const char *rewrite)
{
	struct value *between[2] = {NULL, NULL};
	uint32_t count = 0;

	for (uint32_t i = 0; i < last->nin && count < 2; i++)
		if (node_in(last, i) && node_in(last, i) != n->out[0])
			between[count++] = node_in(last, i);
	lower_absorb(n, last, rewrite);
	for (uint32_t i = 0; i < count; i++)
		if (between[i]->def)
			node_remove_dead(between[i]->def);
}

void lower_skip(struct node *n, struct node *later, const char *rewrite)
{
	later->sources = join_sources(lower_sources(n, rewrite),
				      lower_sources(later, rewrite),
				      &n->graph->model->arena);
	value_replace(n->out[0], node_in(n, 0));
	node_remove(n);
}

void lower_set_operand(struct node *n, uint32_t i, struct value *v)
{
	struct use *grown;

	if (i >= n->nin) {
		grown = arena_array(&n->graph->model->arena, struct use, i + 1);
		for (uint32_t k = 0; k <= i; k++) {
			struct value *old = node_in(n, k);

			grown[k].user = n;
			grown[k].graph = n->graph;
			if (k < n->nin)
				use_set(&n->in[k], NULL);
			use_set(&grown[k], old);
		}
		n->in = grown;
		n->nin = i + 1;
	}
	use_set(&n->in[i], v);
}

bool lower_const(struct graph *g, enum dtype t, const struct shape *s,
		 struct value **out, void **data, struct err *e)
{
	struct tensor x = {.dtype = t, .shape = *s};

	if (!shape_bytes(s, t, &x.bytes, e) ||
	    !model_alloc(g->model, x.bytes ? x.bytes : 1, data, e))
		return false;
	x.data = *data;
	*out = graph_add_const(g, "", &x);
	return true;
}

bool lower_is_const_f32(const struct value *v, size_t count)
{
	return v && v->konst && v->konst->dtype == DTYPE_F32 &&
	       (!count || tensor_count(v->konst) == count);
}

static bool lower_node(struct node *n, lower_fn *const *with,
		       struct node **again, struct err *e)
{
	for (; *with && !*again; with++)
		if (!(*with)(n, again, e))
			return false;
	return true;
}

static bool lower_all(struct model *m, lower_fn *const *with, struct err *e)
{
	struct node *n = model_first(m);

	while (n) {
		struct node *again = NULL;

		if (n->op && !lower_node(n, with, &again, e))
			return false;
		n = again ? again : model_next(n);
	}
	return true;
}

bool lower_floats(struct model *m, struct err *e)
{
	/* What models write out becomes one operator first, so that it can
	 * join what comes before it. */
	static lower_fn *const recognise[] = {lower_noop, lower_pad, lower_gelu,
					      lower_layer_norm, NULL};
	static lower_fn *const join[] = {
		lower_batchnorm, lower_channel_scale, lower_bias,
		lower_linear,	 lower_linear_bias,   lower_swish,
		lower_residual,	 lower_curve,	      NULL};

	return lower_all(m, recognise, e) && lower_all(m, join, e);
}

bool lower_integers(struct model *m, struct err *e)
{
	static lower_fn *const with[] = {
		lower_noop,    lower_qconv,   lower_qgemm,  lower_qmatmul,
		lower_qfloat,  lower_qbinary, lower_qunary, lower_qmean,
		lower_qconcat, lower_qmove,   lower_qtable, lower_qresidual,
		NULL};

	return lower_all(m, with, e);
}
