/* SPDX-License-Identifier: Apache-2.0 */
/* passes/drop_dead.c -- what no output of the model depends on.
 *
 * EXACT.  Nodes none of whose results is read, results that may be left out
 * and are not read (masks, indices, running statistics), and constants
 * without readers.  An unknown operator that nothing reads stays: what it
 * does besides is not known.
 */
#include <string.h>

#include "ops/op.h"
#include "passes/edit_state.h"
#include "passes/pass.h"

static bool is_read(const struct node *n)
{
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && n->out[i]->uses)
			return true;
	return false;
}

/* Leave out optional results behind the first that nothing reads. */
static bool drop_results(struct node *n)
{
	bool dropped = false;

	for (uint32_t i = 1; i < n->nout && n->op; i++) {
		const struct param *p = n->op->out;

		for (uint32_t k = 0; p && p->name && k < i; k++)
			p++;
		if (!p || !p->name || !(p->flags & PARAM_OPTIONAL) ||
		    !n->out[i] || n->out[i]->uses)
			continue;
		n->out[i] = NULL;
		dropped = true;
	}
	while (n->nout && !n->out[n->nout - 1])
		n->nout--;
	return dropped;
}

static bool drop_nodes(struct rewriting *rw, struct arena *a)
{
	const struct model *m = rw->model;
	struct node **all = arena_array(a, struct node *, m->nnodes);
	uint32_t count = 0;
	bool changed = false;

	for (struct node *n = model_first(m); n; n = model_next(n))
		all[count++] = n;
	/* Readers before producers. */
	while (count-- > 0) {
		struct node *n = all[count];

		if (!n->op || !node_is_live(n))
			continue;
		if (!is_read(n) && rewriting_take(rw)) {
			node_remove_dead(n);
			changed = true;
		} else if (is_read(n) && drop_results(n)) {
			rewriting_take(rw);
			changed = true;
		}
	}
	return changed;
}

static uint32_t drop_consts(struct graph *g)
{
	uint32_t before = g->nkonst;

	graph_drop_unused_consts(g);
	return before - g->nkonst;
}

static bool run(struct rewriting *rw, struct err *e)
{
	struct arena a = {0};
	uint32_t consts;

	(void)e;
	while (*rw->budget && drop_nodes(rw, &a))
		arena_release(&a);
	arena_release(&a);
	if (!*rw->budget)
		return true;
	consts = drop_consts(rw->model->main);
	for (uint32_t i = 0; i < rw->model->nfunction; i++)
		consts += drop_consts(rw->model->function[i].body);
	for (struct node *n = model_first(rw->model); n; n = model_next(n)) {
		struct graph *g = NULL;

		while ((g = node_next_graph(n, g)))
			consts += drop_consts(g);
	}
	for (uint32_t i = 0; i < consts; i++)
		rewriting_take(rw);
	return true;
}

static const struct rule rules[] = {{"node", NULL, NULL, NULL},
				    {"result", NULL, NULL, NULL},
				    {"constant", NULL, NULL, NULL},
				    {0}};

const struct pass pass_rows_drop_dead[] = {
	{.name = "drop-dead",
	 .summary = "remove nodes, results and constants that nothing reads",
	 .fidelity = EXACT,
	 .rules = rules,
	 .run = run},
	{0}};
