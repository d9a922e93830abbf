/* SPDX-License-Identifier: Apache-2.0 */
/* graph/verify.c -- the invariants of graph.h, checked. */
#include <inttypes.h>

#include "graph/graph.h"

struct verifier {
	const struct model *model;
	struct arena arena;
	bool *defined; /* by value id: definition comes before the reader */
	bool *seen;    /* by node id */
	struct err *e;
};

static bool broken(struct verifier *v, const struct node *n, const char *what)
{
	return err_set(v->e, ERR_FORMAT,
		       "graph invariant broken at '%s' (%s): %s",
		       node_label(n, &v->arena), n->type, what);
}

static bool check_use(struct verifier *v, const struct use *u,
		      const struct node *n)
{
	if (!u->value)
		return true;
	if (u->value->id >= v->model->nvalues)
		return broken(v, n, "a value id is out of range");
	if (*u->link != u)
		return broken(v, n, "a use is not in its value's list");
	if (!v->defined[u->value->id])
		return broken(v, n, "a value is read before it is defined");
	return true;
}

static bool check_node(struct verifier *v, const struct node *n)
{
	if (n->id >= v->model->nnodes || v->seen[n->id])
		return broken(v, n, "the node id is not unique");
	v->seen[n->id] = true;
	if (n->next && n->next->prev != n)
		return broken(v, n, "the node list is broken behind it");
	for (uint32_t i = 0; i < n->nin; i++) {
		if (n->in[i].user != n || n->in[i].graph != n->graph)
			return broken(v, n, "an operand is misfiled");
		if (!check_use(v, &n->in[i], n))
			return false;
	}
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] &&
		    (n->out[i]->def != n || n->out[i]->graph != n->graph ||
		     n->out[i]->konst))
			return broken(v, n, "a result is misfiled");
	return true;
}

static void define(struct verifier *v, struct value *const *x, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (x[i] && x[i]->id < v->model->nvalues)
			v->defined[x[i]->id] = true;
}

static void enter(struct verifier *v, const struct graph *g)
{
	define(v, g->in, g->nin);
	define(v, g->konst, g->nkonst);
}

static bool check_ports(struct verifier *v, const struct graph *g)
{
	for (uint32_t i = 0; i < g->nout; i++) {
		const struct use *u = &g->out[i].read;

		if (u->user || u->graph != g)
			return err_set(v->e, ERR_FORMAT,
				       "output '%s' is misfiled",
				       g->out[i].name);
		if (u->value && (*u->link != u || !v->defined[u->value->id]))
			return err_set(v->e, ERR_FORMAT,
				       "output '%s' reads an undefined value",
				       g->out[i].name);
	}
	return true;
}

/* The walk visits inner graphs right behind their node, so a result that its
 * own inner graph reads is not told apart here: graph_sort() finds it. */
static bool check_graphs(struct verifier *v)
{
	const struct model *m = v->model;

	for (const struct node *n = model_first(m); n; n = model_next(n)) {
		struct graph *g = NULL;

		if (!check_node(v, n))
			return false;
		while ((g = node_next_graph(n, g))) {
			if (g->owner != n || g->outer != n->graph)
				return broken(v, n,
					      "an inner graph is misfiled");
			enter(v, g);
		}
		define(v, n->out, n->nout);
	}
	return true;
}

bool model_verify(const struct model *m, struct err *e)
{
	struct verifier v = {.model = m, .e = e};
	bool ok;

	v.defined = arena_array(&v.arena, bool, m->nvalues);
	v.seen = arena_array(&v.arena, bool, m->nnodes);
	enter(&v, m->main);
	for (uint32_t i = 0; i < m->nfunction; i++)
		enter(&v, m->function[i].body);
	ok = check_graphs(&v) && check_ports(&v, m->main);
	for (uint32_t i = 0; ok && i < m->nfunction; i++)
		ok = check_ports(&v, m->function[i].body);
	for (const struct node *n = model_first(m); ok && n;
	     n = model_next(n)) {
		struct graph *g = NULL;

		while (ok && (g = node_next_graph(n, g)))
			ok = check_ports(&v, g);
	}
	arena_release(&v.arena);
	return ok;
}
