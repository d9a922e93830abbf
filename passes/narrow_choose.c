/* SPDX-License-Identifier: Apache-2.0 */
/* passes/narrow_choose.c -- which nodes compute in the narrow type.
 *
 * An operand becomes narrow if it is float32 and its operator's schema takes
 * the narrow type there; a result, if its type is that of such an operand.
 */
#include <string.h>

#include "ops/op.h"
#include "passes/narrow_impl.h"

/* Operators whose results have the type that an attribute says, or the one of
 * a scale whose precision counts. */
static const char *const stay[] = {"DequantizeLinear", "DynamicQuantizeLinear",
				   "EyeLike", "QuantizeLinear", NULL};

static bool is_single(const struct narrowing *w, const struct value *v)
{
	return v && v->id < w->nvalues && w->single[v->id];
}

static const struct param *param_at(const struct param *p, uint32_t i)
{
	for (; p && p->name; p++, i--)
		if (!i || p->flags & PARAM_VARIADIC)
			return p;
	return NULL;
}

/* V may become narrow as the operand or result that P describes. */
static bool fits(const struct narrowing *w, const struct param *p,
		 const struct value *v)
{
	return is_single(w, v) && p && !(p->flags & PARAM_CONTAINER) &&
	       p->types >> w->opts->to & 1;
}

/* Cast from integers to float32: to the narrow type at once. */
static bool makes_floats(const struct narrowing *w, const struct node *n)
{
	return node_is(n, "", "Cast") && !is_single(w, node_in(n, 0)) &&
	       is_single(w, node_out(n, 0));
}

bool narrow_reads(const struct narrowing *w, const struct node *n, uint32_t i)
{
	if (n->id >= w->nnodes || !w->node[n->id].narrow ||
	    node_is(n, "", "Cast"))
		return false;
	return fits(w, param_at(n->op->in, i), node_in(n, i));
}

static bool makes(const struct narrowing *w, const struct node *n, uint32_t i)
{
	const struct param *p = param_at(n->op->out, i);

	if (makes_floats(w, n))
		return true;
	if (!fits(w, p, node_out(n, i)) || !p->var)
		return false;
	for (uint32_t k = 0; k < n->nin; k++) {
		const struct param *in = param_at(n->op->in, k);

		if (in && in->var && !strcmp(in->var, p->var) &&
		    narrow_reads(w, n, k))
			return true;
	}
	return false;
}

/* ---- reasons ------------------------------------------------------------ */

static bool is_tensor(const struct value *v)
{
	return !v ||
	       (v->type.kind == TYPE_TENSOR && v->type.dtype != DTYPE_NONE);
}

static bool all_tensors(const struct node *n)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (!is_tensor(node_in(n, i)))
			return false;
	for (uint32_t i = 0; i < n->nout; i++)
		if (!is_tensor(n->out[i]))
			return false;
	return true;
}

static bool has_floats(const struct narrowing *w, const struct node *n)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (is_single(w, node_in(n, i)))
			return true;
	for (uint32_t i = 0; i < n->nout; i++)
		if (is_single(w, n->out[i]))
			return true;
	return false;
}

bool narrow_is_named(const struct narrowing *w, const struct node *n)
{
	struct arena a = {0};
	bool named = false;

	for (uint32_t k = 0; k < w->opts->nkeep; k++)
		named |= !strcmp(w->opts->keep[k], node_label(n, &a));
	arena_release(&a);
	return named;
}

static const char *by_operator(const struct narrowing *w, const struct node *n)
{
	if (narrow_is_named(w, n))
		return "named to stay";
	if (!n->op)
		return "an unknown operator";
	if (n->op->traits & OP_GRAPHS)
		return "has inner graphs";
	if (!all_tensors(n))
		return "has values that are not tensors";
	if (n->op->traits & OP_RANDOM)
		return "is random";
	for (const char *const *t = stay; *t; t++)
		if (node_is(n, "", *t))
			return "its own types matter";
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && n->out[i]->id < w->nvalues &&
		    w->measure[n->out[i]->id])
			return "computes a size";
	return NULL;
}

static const char *by_numbers(const struct narrowing *w, const struct node *n)
{
	const char *why = NULL;

	for (uint32_t i = 0; !why && i < n->nin; i++) {
		const struct value *v = node_in(n, i);

		if (!narrow_reads(w, n, i))
			continue;
		why = v->konst ? narrow_refuses_constant(w, v)
			       : narrow_refuses_range(w, v);
	}
	for (uint32_t i = 0; !why && i < n->nout; i++)
		if (n->out[i] && makes(w, n, i))
			why = narrow_refuses_range(w, n->out[i]);
	return why;
}

static bool has_part(const struct narrowing *w, const struct node *n)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (narrow_reads(w, n, i))
			return true;
	return makes_floats(w, n);
}

static void choose(struct narrowing *w, const struct node *n)
{
	struct narrow_node *c = &w->node[n->id];

	if (!has_floats(w, n))
		return;
	c->why = by_operator(w, n);
	if (c->why)
		return;
	c->narrow = true;
	c->why = by_numbers(w, n);
	c->narrow = !c->why && has_part(w, n);
	/* A Cast of floats is what it says it is. */
	if (!c->why && !c->narrow && !node_is(n, "", "Cast"))
		c->why = arena_printf(&w->report->arena, "takes no %s",
				      dtype_info[w->opts->to].text);
}

/* ---- sizes -------------------------------------------------------------- */

/* V may be a size or part of one. */
static bool is_short(const struct narrowing *w, const struct value *v)
{
	return is_single(w, v) && v->type.shape.rank >= 0 &&
	       v->type.shape.rank <= 1;
}

/* Operand I of N must be exact whatever N computes in. */
static bool must_be_exact(const struct narrowing *w, const struct node *n,
			  uint32_t i)
{
	if (node_is(n, "", "Cast"))
		return !is_single(w, node_out(n, 0));
	return n->op && node_is(n, "", "Resize") &&
	       !fits(w, param_at(n->op->in, i), node_in(n, i));
}

static bool ends_in_size(const struct narrowing *w, const struct node *n)
{
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && n->out[i]->id < w->nvalues &&
		    w->measure[n->out[i]->id])
			return true;
	return false;
}

static void find_measures(struct narrowing *w, const struct graph *g)
{
	for (const struct node *n = g->last; n; n = n->prev) {
		bool all = ends_in_size(w, n);

		for (uint32_t i = 0; i < n->nin; i++) {
			const struct value *v = node_in(n, i);

			if (is_short(w, v) && (all || must_be_exact(w, n, i)))
				w->measure[v->id] = true;
		}
	}
}

static void find_all_measures(struct narrowing *w)
{
	find_measures(w, w->model->main);
	for (const struct node *n = model_first(w->model); n; n = model_next(n))
		for (const struct graph *g = node_next_graph(n, NULL); g;
		     g = node_next_graph(n, g))
			find_measures(w, g);
}

/* ---- what only moves numbers -------------------------------------------- */

/* Everything around N, which only moves numbers, is float32: two Casts for
 * nothing. */
static bool is_surrounded(const struct narrowing *w, const struct node *n)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (narrow_reads(w, n, i) && !node_in(n, i)->konst &&
		    w->made[node_in(n, i)->id])
			return false;
	for (uint32_t i = 0; i < n->nout; i++)
		for (const struct use *u = n->out[i] ? n->out[i]->uses : NULL;
		     u; u = u->next)
			if (u->user &&
			    narrow_reads(w, u->user,
					 (uint32_t)(u - u->user->in)))
				return false;
	return true;
}

void narrow_choose(struct narrowing *w)
{
	find_all_measures(w);
	for (const struct node *n = model_first(w->model); n; n = model_next(n))
		choose(w, n);
	for (const struct node *n = model_first(w->model); n;
	     n = model_next(n)) {
		struct narrow_node *c = &w->node[n->id];

		if (c->narrow && n->op->traits & OP_MOVES &&
		    is_surrounded(w, n))
			c->narrow = false;
		for (uint32_t i = 0; c->narrow && i < n->nout; i++)
			if (n->out[i] && makes(w, n, i))
				w->made[n->out[i]->id] = true;
	}
}
