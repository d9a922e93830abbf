/* SPDX-License-Identifier: Apache-2.0 */
/* ops/infer_model.c -- inference over a whole model.
 *
 * Nodes are visited in execution order; the inner graphs of a node come
 * before the node itself, after their inputs have been bound.  The walk needs
 * no stack: an inner graph knows its owner.
 */
#include "ops/infer.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "ops/infer_inner.h"
#include "ops/op.h"

/* ---- merging ------------------------------------------------------------ */

static bool contradict(enum err_code code, const struct type *found,
		       const struct type *wanted, const struct symbols *sy,
		       struct err *e)
{
	struct str f = {0}, w = {0};

	type_print(&f, found, sy);
	type_print(&w, wanted, sy);
	err_set(e, code, "found %s, wanted %s", f.text ? f.text : "?",
		w.text ? w.text : "?");
	str_release(&f);
	str_release(&w);
	return false;
}

/* The known one, else the named one that inference found. */
static int64_t better_dim(int64_t declared, int64_t found)
{
	if (found == DIM_UNKNOWN || (declared >= 0 && found < 0))
		return declared;
	return found;
}

static bool merge_shapes(struct shape *to, const struct shape *from)
{
	if (from->rank < 0)
		return true;
	if (to->rank < 0) {
		*to = *from;
		return true;
	}
	if (to->rank != from->rank)
		return false;
	for (int32_t i = 0; i < to->rank; i++) {
		if (to->dim[i] >= 0 && from->dim[i] >= 0 &&
		    to->dim[i] != from->dim[i])
			return false;
		to->dim[i] = better_dim(to->dim[i], from->dim[i]);
	}
	return true;
}

/* Containers: the chain of kinds and element types must agree where both are
 * known. */
static bool chains_agree(const struct type *a, const struct type *b)
{
	for (; a && b; a = a->elem, b = b->elem) {
		if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN)
			return true;
		if (a->kind != b->kind)
			return false;
		if (a->dtype != b->dtype && a->dtype != DTYPE_NONE &&
		    b->dtype != DTYPE_NONE)
			return false;
	}
	return true;
}

bool infer_merge(struct type *to, const struct type *from,
		 const struct symbols *sy, struct err *e)
{
	struct type old = *to;

	if (from->kind == TYPE_UNKNOWN)
		return true;
	if (to->kind == TYPE_UNKNOWN) {
		*to = *from;
		return true;
	}
	if (!chains_agree(to, from))
		return contradict(ERR_TYPE, from, &old, sy, e);
	if (to->dtype == DTYPE_NONE)
		to->dtype = from->dtype;
	if (!to->elem)
		to->elem = from->elem;
	if ((to->kind == TYPE_TENSOR || to->kind == TYPE_SPARSE) &&
	    !merge_shapes(&to->shape, &from->shape))
		return contradict(ERR_SHAPE, from, &old, sy, e);
	return true;
}

/* ---- one node ----------------------------------------------------------- */

/* The payload of V if it is known without computing anything. */
static const struct tensor *payload(const struct value *v)
{
	const struct attr *a;

	if (v->konst || !v->def || !v->def->op)
		return v->konst;
	if (!node_is(v->def, "", "Constant"))
		return NULL;
	a = node_attr(v->def, "value");
	return a && a->kind == ATTR_TENSOR && !a->ref ? a->u.tensors : NULL;
}

/* The arrays of one call, in one arena that every node reuses. */
static void gather_operands(struct infer *c, struct arena *a)
{
	const struct node *n = c->node;
	const struct type **in = arena_array(a, const struct type *, n->nin);
	const struct tensor **konst = arena_array(a, const struct tensor *,
						  n->nin);
	const struct shape **content = arena_array(a, const struct shape *,
						   n->nin);

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = node_in(n, i);

		if (!v)
			continue;
		in[i] = &v->type;
		konst[i] = payload(v);
		content[i] = v->content;
	}
	c->in = in;
	c->konst = konst;
	c->content = content;
	c->out = arena_array(a, struct type, n->nout);
	c->out_content = arena_array(a, const struct shape *, n->nout);
}

static bool node_context(const struct node *n, struct err *e)
{
	struct arena a = {0};

	err_context(e, "node '%s' (%s)", node_label(n, &a), n->type);
	arena_release(&a);
	return false;
}

static enum rule_id rule_of(enum err_code code)
{
	switch (code) {
	case ERR_SHAPE:
		return RULE_OPERAND_SHAPE;
	case ERR_TYPE:
		return RULE_OPERAND_TYPE;
	case ERR_UNSUPPORTED:
		return RULE_UNSUPPORTED;
	default:
		return RULE_OPERAND_VALUE;
	}
}

/*
 * A declared shape of V that contradicts what was FOUND, as E says, counts for
 * nothing: what a node makes is up to the node, and ONNX Runtime goes on as
 * well.  The error becomes a warning, said once for each value.
 */
static bool believe(struct value *v, const struct type *found, struct err *e)
{
	if (e->code != ERR_SHAPE)
		return false;
	model_warn(v->graph->model, "%s; the declared shape is ignored",
		   e->msg);
	v->type.shape = found->shape;
	for (uint32_t i = 0; i < v->graph->nout; i++)
		if (v->graph->out[i].read.value == v)
			v->graph->out[i].type.shape = found->shape;
	*e = (struct err){.code = ERR_NONE};
	return true;
}

static bool keep_results(const struct infer *c, struct err *e)
{
	for (uint32_t i = 0; i < c->node->nout; i++) {
		struct value *v = node_out(c->node, i);

		if (!v)
			continue;
		if (!infer_merge(&v->type, &c->out[i], &c->model->symbols, e)) {
			err_context(e, "result '%s'", v->name);
			if (!findings_take(c->found,
					   e->code == ERR_TYPE
						   ? RULE_DECLARED_TYPE
						   : RULE_DECLARED_SHAPE,
					   &(struct where){.node = c->node,
							   .value = v->name},
					   e) &&
			    !believe(v, &c->out[i], e))
				return false;
		}
		if (c->out_content[i])
			v->content = c->out_content[i];
	}
	return true;
}

static bool infer_one(struct node *n, struct arena *a, struct findings *found,
		      struct err *e)
{
	struct arena_mark mark = arena_mark(a);
	struct infer c = {.model = n->graph->model, .node = n, .found = found};
	bool ok;

	if (!n->op || (found && findings_blame(found, n)))
		return true;
	gather_operands(&c, a);
	ok = infer_call(&c, e) && keep_results(&c, e);
	arena_rewind(a, mark);
	return ok;
}

/* N lies in a branch of an If: it may never run, and for the given shapes it
 * need not be able to. */
static bool may_never_run(const struct node *n)
{
	for (const struct graph *g = n->graph; g->owner; g = g->outer)
		if (node_is(g->owner, "", "If"))
			return true;
	return false;
}

static bool infer_here(struct node *n, struct arena *a, struct findings *found,
		       struct err *e)
{
	const struct where at = {.node = n};
	bool harmless;

	if (infer_one(n, a, found, e))
		return true;
	harmless = e->code == ERR_SHAPE && may_never_run(n);
	if (found)
		return harmless
			       ? findings_take_as(found, RULE_OPERAND_SHAPE,
						  SEVERITY_WARNING, &at, e)
			       : findings_take(found, rule_of(e->code), &at, e);
	node_context(n, e);
	if (!harmless)
		return false;
	model_warn(n->graph->model, "%s", e->msg);
	*e = (struct err){.code = ERR_NONE};
	return true;
}

bool infer_node(struct node *n, struct err *e)
{
	struct arena a = {0};
	bool ok = infer_here(n, &a, NULL, e);

	arena_release(&a);
	return ok;
}

/* ---- the walk ----------------------------------------------------------- */

/* Declared types of outputs count for the values that they read. */
static bool merge_ports(struct graph *g, struct findings *found, struct err *e)
{
	for (uint32_t i = 0; i < g->nout; i++) {
		struct value *v = g->out[i].read.value;
		struct type own = v ? v->type : g->out[i].type;

		if (v && v->graph == g && g->out[i].type.kind != TYPE_UNKNOWN &&
		    !infer_merge(&v->type, &g->out[i].type, &g->model->symbols,
				 e)) {
			err_context(e, "output '%s'", g->out[i].name);
			if (!findings_take(found,
					   e->code == ERR_TYPE
						   ? RULE_DECLARED_TYPE
						   : RULE_DECLARED_SHAPE,
					   &(struct where){.graph = g,
							   .value = v->name},
					   e) &&
			    !believe(v, &own, e))
				return false;
		}
	}
	return true;
}

static bool enter(struct graph *g, struct findings *found, struct err *e)
{
	if (g->owner && !infer_inner_inputs(g->owner, g, e) &&
	    !findings_take(found, rule_of(e->code),
			   &(struct where){.node = g->owner}, e))
		return node_context(g->owner, e);
	return merge_ports(g, found, e);
}

/* Where the walk stands: before node AT of GRAPH, or at its end. */
struct walk {
	struct graph *graph;
	struct node *at;
	const struct graph *done; /* inner graph of AT that was visited last */
	struct findings *found;	  /* or NULL */
};

static bool step(struct walk *w, struct arena *a, struct err *e)
{
	struct graph *inner;

	if (!w->at) { /* up */
		w->done = w->graph;
		w->at = w->graph->owner;
		w->graph = w->graph->outer;
		return true;
	}
	inner = node_next_graph(w->at, w->done);
	w->done = NULL;
	if (inner) { /* down */
		w->graph = inner;
		w->at = inner->first;
		return enter(inner, w->found, e);
	}
	if (!infer_here(w->at, a, w->found, e))
		return false;
	w->at = w->at->next;
	return true;
}

static bool infer_graph(struct graph *g, struct findings *found, struct err *e)
{
	struct walk w = {.graph = g, .at = g->first, .found = found};
	struct arena a = {0};
	bool ok = enter(g, found, e);

	while (ok && w.graph)
		ok = step(&w, &a, e);
	arena_release(&a);
	return ok;
}

bool infer_model(struct model *m, struct err *e)
{
	return infer_graph(m->main, NULL, e);
}

bool infer_check(struct model *m, struct findings *found, struct err *e)
{
	bool ok = infer_graph(m->main, found, e);

	for (uint32_t i = 0; ok && i < m->nfunction; i++)
		ok = infer_graph(m->function[i].body, found, e);
	return ok;
}
