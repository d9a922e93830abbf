/* SPDX-License-Identifier: Apache-2.0 */
/* ops/expand_calls.c -- models without functions of their own. */
#include "ops/expand_calls.h"

#include <inttypes.h>
#include <string.h>

#include "graph/call_index.h"
#include "ops/op.h"
#include "ops/paste_body.h"

enum { NODE_BYTES = 1024 }; /* of structure, on average */

struct expansion {
	struct model *model;
	struct paste paste;
	struct call_index index;
	bool *fits; /* functions whose operators were compared */
	uint32_t depth_limit;
};

/* A graph whose nodes are still to be looked at. */
struct todo {
	struct graph *graph;
	uint32_t depth; /* graphs around it */
	struct todo *next;
};

static const struct function *find_function(struct expansion *x,
					    const struct node *n)
{
	return call_index_find(&x->index, n, &x->paste.scratch);
}

/* ---- opsets ------------------------------------------------------------- */

static bool same_operator(struct expansion *x, const struct function *f,
			  const struct node *n, struct err *e)
{
	int64_t here = model_opset(x->model, n->domain), there = op_opset(n);

	if (find_function(x, n) || here == there || there < 1)
		return true;
	if (here < 1) {
		model_set_opset(x->model, n->domain, there);
		return true;
	}
	if (n->op && op_find(n->domain, n->type, here) == n->op)
		return true;
	return err_set(e, ERR_UNSUPPORTED,
		       "function '%s' means '%s' of opset %" PRId64
		       ", which is another than that of opset %" PRId64
		       ", which the model imports",
		       f->name, n->type, there, here);
}

static bool check_operators(struct expansion *x, const struct function *f,
			    struct err *e)
{
	bool *fits = &x->fits[f - x->model->function];

	if (*fits)
		return true;
	for (const struct node *top = f->body->first; top; top = top->next)
		for (const struct node *n = top; n;
		     n = node_next_inside(n, top))
			if (!same_operator(x, f, n, e))
				return false;
	*fits = true;
	return true;
}

/* ---- calls -------------------------------------------------------------- */

static bool queue_inner(struct expansion *x, const struct node *n,
			uint32_t depth, struct todo **todo, struct err *e)
{
	struct graph *g = NULL;

	while ((g = node_next_graph(n, g))) {
		struct todo *t = arena_new(&x->paste.scratch, struct todo);

		if (depth > x->depth_limit)
			return err_set(e, ERR_LIMIT,
				       "with its functions expanded, the model "
				       "nests more than %" PRIu32 " graphs",
				       x->depth_limit);
		*t = (struct todo){g, depth, *todo};
		*todo = t;
	}
	return true;
}

static bool expand_graph(struct expansion *x, const struct todo *of,
			 struct todo **todo, struct err *e)
{
	struct node *n = of->graph->first;

	while (n) {
		const struct function *f = find_function(x, n);

		if (!f) {
			if (!queue_inner(x, n, of->depth + 1, todo, e))
				return false;
			n = n->next;
			continue;
		}
		if (!check_operators(x, f, e) ||
		    !paste_body(&x->paste, f, n, &n, e))
			return false;
	}
	return true;
}

static bool expand_all(struct expansion *x, struct err *e)
{
	struct todo *todo = arena_new(&x->paste.scratch, struct todo);

	todo->graph = x->model->main;
	while (todo) {
		const struct todo *t = todo;

		todo = todo->next;
		if (!expand_graph(x, t, &todo, e))
			return false;
	}
	return true;
}

/* ---- what is left ------------------------------------------------------- */

static bool imports_for_functions(const struct model *m, const char *domain)
{
	for (uint32_t i = 0; i < m->nfunction; i++)
		if (!strcmp(m->function[i].domain, domain))
			return true;
	return false;
}

/* Only nodes of the main graph and what is inside of it are left. */
static bool uses_domain(const struct model *m, const char *domain)
{
	for (const struct node *top = m->main->first; top; top = top->next)
		for (const struct node *n = top; n;
		     n = node_next_inside(n, top))
			if (!strcmp(n->domain, domain))
				return true;
	return false;
}

/* Domains that were imported for the functions alone. */
static void drop_imports(struct model *m)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < m->nopset; i++)
		if (!imports_for_functions(m, m->opset[i].domain) ||
		    uses_domain(m, m->opset[i].domain))
			m->opset[kept++] = m->opset[i];
	m->nopset = kept;
}

bool expand_calls(struct model *m, const struct limits *lim, struct err *e)
{
	struct limits full = limits_filled(lim);
	struct expansion x = {.model = m,
			      .paste = {.model = m,
					.left = full.nodes,
					.left_bytes = full.nodes * NODE_BYTES},
			      .depth_limit = full.graph_depth};
	struct arena *a = &x.paste.scratch;
	bool ok;

	if (!m->nfunction)
		return true;
	call_index_init(&x.index, m, a);
	x.fits = arena_array(a, bool, m->nfunction);
	ok = expand_all(&x, e);
	arena_release(a);
	if (!ok)
		return false;
	drop_imports(m);
	m->nfunction = 0;
	op_bind_model(m);
	return true;
}
