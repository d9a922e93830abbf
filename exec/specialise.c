/* SPDX-License-Identifier: Apache-2.0 */
/* exec/specialise.c -- the private copy of a model for one set of input types.
 *
 * Named dimensions stand for numbers once the inputs are known, so names on
 * results are forgotten and inferred anew.  Folding goes once through the
 * nodes in order: what becomes constant makes the types behind it sharper.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "exec/eval.h"
#include "exec/plan_impl.h"

/* A folded result larger than this is computed at every run instead. */
static const size_t fold_limit = (size_t)64 << 20;

/* Dimension names and what the inputs say they are. */
struct binding {
	struct model *model;
	int64_t *known; /* by -(dim + 2); DIM_UNKNOWN: not bound */
	uint32_t count;
};

static bool bind_dim(struct binding *b, int64_t declared, int64_t given)
{
	uint32_t i;

	if (declared >= 0)
		return given < 0 || given == declared;
	if (declared == DIM_UNKNOWN || given < 0)
		return true;
	i = (uint32_t) - (declared + 2);
	if (i >= b->count)
		return true;
	if (b->known[i] == DIM_UNKNOWN)
		b->known[i] = given;
	return b->known[i] == given;
}

static bool input_mismatch(const struct binding *b, const struct value *v,
			   const struct type *given, struct err *e)
{
	struct str found = {0}, wanted = {0};
	enum err_code code = given->kind == v->type.kind &&
					     given->dtype == v->type.dtype
				     ? ERR_SHAPE
				     : ERR_TYPE;

	type_print(&found, given, &b->model->symbols);
	type_print(&wanted, &v->type, &b->model->symbols);
	err_set(e, code, "input '%s' is %s, want %s", v->name, found.text,
		wanted.text);
	str_release(&found);
	str_release(&wanted);
	return false;
}

static bool specialise_input(struct binding *b, struct value *v,
			     const struct type *given, struct err *e)
{
	const struct shape *have = &v->type.shape, *get = &given->shape;
	bool ok = true;

	if (v->type.kind == TYPE_UNKNOWN) {
		v->type = *given;
		return true;
	}
	if (given->kind != v->type.kind)
		return input_mismatch(b, v, given, e);
	if (given->kind != TYPE_TENSOR)
		return true;
	if (v->type.dtype != DTYPE_NONE && given->dtype != v->type.dtype)
		return input_mismatch(b, v, given, e);
	if (have->rank != RANK_UNKNOWN && get->rank != RANK_UNKNOWN) {
		ok = have->rank == get->rank;
		for (int32_t i = 0; ok && i < get->rank; i++)
			ok = bind_dim(b, have->dim[i], get->dim[i]);
	}
	if (!ok)
		return input_mismatch(b, v, given, e);
	if (get->rank != RANK_UNKNOWN)
		v->type = *given;
	return true;
}

/* An input that keeps its default is a constant of this plan. */
static void keep_default(struct value *v)
{
	const struct tensor *usual = v->fallback;

	v->fallback = NULL;
	graph_set_const(v->graph, v, usual);
}

static void forget_names(struct value *v)
{
	struct shape *s = &v->type.shape;

	if (v->konst)
		return;
	v->content = NULL;
	if (v->type.kind != TYPE_TENSOR)
		return;
	for (int32_t i = 0; i < s->rank; i++)
		if (s->dim[i] < 0)
			s->dim[i] = DIM_UNKNOWN;
}

static void forget_shape(struct type *t)
{
	if (t->kind == TYPE_TENSOR)
		t->shape.rank = RANK_UNKNOWN;
}

static void forget_ports(struct graph *g)
{
	for (uint32_t i = 0; i < g->nout; i++)
		forget_shape(&g->out[i].type);
}

/*
 * What the file declares about results is no ground to plan on: a shape that
 * follows from the contents of an operand is known when it runs, whatever is
 * declared.  Inference finds the others again.
 */
static void forget_declared(struct model *m)
{
	for (struct node *n = model_first(m); n; n = model_next(n)) {
		struct graph *g = NULL;

		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i]) {
				forget_shape(&n->out[i]->type);
				n->out[i]->content = NULL;
			}
		while ((g = node_next_graph(n, g))) {
			forget_ports(g);
			for (uint32_t i = 0; i < g->nin; i++)
				forget_names(g->in[i]);
		}
	}
	forget_ports(m->main);
}

/* A constant made at build time; DATA are copied. */
static bool keep_const(struct value *v, const struct tensor *t, struct err *e)
{
	struct model *m = v->graph->model;
	struct tensor *kept = arena_memdup(&m->arena, t, sizeof(*t));
	struct node *def = v->def;
	void *data;

	if (!model_alloc(m, t->bytes ? t->bytes : 1, &data, e))
		return false;
	if (t->bytes)
		memcpy(data, t->data, t->bytes);
	kept->data = data;
	kept->payload = NULL;
	for (uint32_t i = 0; i < def->nout; i++)
		if (def->out[i] == v)
			def->out[i] = NULL;
	v->def = NULL;
	v->type = type_tensor(t->dtype, &t->shape);
	graph_set_const(v->graph, v, kept);
	return true;
}

/* V is an integer tensor whose contents inference knows. */
static bool fold_content(struct value *v, struct err *e)
{
	const struct shape *s = v->content;
	int64_t wide[MAX_RANK];
	int32_t narrow[MAX_RANK];
	struct tensor t = {.dtype = v->type.dtype, .shape = v->type.shape};

	if (!s || v->type.kind != TYPE_TENSOR ||
	    !shape_is_known(&v->type.shape) ||
	    tensor_count(&t) != (size_t)s->rank)
		return true;
	if (t.dtype != DTYPE_I64 && t.dtype != DTYPE_I32)
		return true;
	for (int32_t i = 0; i < s->rank; i++) {
		if (!content_int(s->dim[i], &wide[i]))
			return true;
		narrow[i] = (int32_t)wide[i];
		if (t.dtype == DTYPE_I32 && narrow[i] != wide[i])
			return true;
	}
	t.data = t.dtype == DTYPE_I64 ? (const void *)wide : narrow;
	t.bytes = dtype_bytes(t.dtype, (size_t)s->rank);
	return keep_const(v, &t, e);
}

/* The results of N are tensors that may become constants. */
static bool may_fold(const struct node *n)
{
	size_t total = 0, bytes;
	struct err ignored;

	if (!eval_can_fold(n))
		return false;
	for (uint32_t i = 0; i < n->nout; i++) {
		const struct type *t = n->out[i] ? &n->out[i]->type : NULL;

		if (!t)
			continue;
		if (t->kind != TYPE_TENSOR || t->dtype == DTYPE_STRING)
			return false;
		if (!shape_is_known(&t->shape))
			continue;
		if (!shape_bytes(&t->shape, t->dtype, &bytes, &ignored) ||
		    bytes > fold_limit)
			return false;
		total += bytes;
	}
	return total <= fold_limit;
}

/* A node that cannot be computed now keeps its place: it may never run. */
static bool fold_node(struct node *n, const struct limits *lim, struct err *e)
{
	struct eval r = {0};
	struct err ignored;
	bool ok = true;

	if (may_fold(n) && eval_consts(&r, n, lim, &ignored))
		for (uint32_t i = 0; ok && i < r.nout; i++)
			if (n->out[i] && r.out[i].type.kind == TYPE_TENSOR)
				ok = keep_const(n->out[i], &r.out[i].tensor, e);
	eval_release(&r);
	for (uint32_t i = 0; ok && i < n->nout; i++)
		if (n->out[i])
			ok = fold_content(n->out[i], e);
	return ok;
}

static bool has_results(const struct node *n)
{
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i])
			return true;
	return false;
}

/* N is part of the main graph or of its inner graphs. */
static bool is_reached(const struct node *n)
{
	const struct graph *g = n->graph;

	while (g->outer)
		g = g->outer;
	return g == g->model->main;
}

bool plan_fold(struct plan *p, bool keep_quantized, struct err *e)
{
	struct limits lim = limits_default;
	struct node *next;

	lim.memory = p->budget;
	for (struct node *n = model_first(p->model); n; n = next) {
		next = model_next(n);
		if (!n->op || !is_reached(n))
			continue;
		if (!infer_node(n, e))
			return false;
		if (keep_quantized && !strcmp(n->type, "DequantizeLinear"))
			continue;
		if (!fold_node(n, &lim, e))
			return node_context(n, e);
		if (has_results(n) || n->op->traits & OP_GRAPHS)
			continue;
		next = model_next(n);
		node_remove(n);
	}
	return true;
}

void plan_drop_dead(struct plan *p)
{
	uint32_t count = 0, i = 0;
	struct node **all;

	for (struct node *n = model_first(p->model); n; n = model_next(n))
		count++;
	all = calloc(count ? count : 1, sizeof(struct node *));
	if (!all)
		die_oom();
	for (struct node *n = model_first(p->model); n; n = model_next(n))
		all[i++] = n;
	while (i-- > 0) {
		struct node *n = all[i];
		bool read = !n->nout;

		for (uint32_t k = 0; k < n->nout; k++)
			read |= n->out[k] && n->out[k]->uses;
		if (!read && is_reached(n))
			node_remove(n);
	}
	free(all);
}

bool plan_specialise(struct plan *p, const struct plan_opts *o, struct err *e)
{
	struct model *m = p->model;
	struct binding b = {m, NULL, m->symbols.count};

	if (o->inputs) {
		b.known = arena_array(&p->arena, int64_t, b.count);
		for (uint32_t i = 0; i < b.count; i++)
			b.known[i] = DIM_UNKNOWN;
		for (uint32_t i = 0; i < p->nfed; i++)
			if (p->fed[i]->fallback &&
			    o->inputs[i].kind == TYPE_UNKNOWN)
				keep_default(p->fed[i]);
			else if (!specialise_input(&b, p->fed[i], &o->inputs[i],
						   e))
				return false;
	}
	forget_declared(m);
	return infer_model(m, e);
}
