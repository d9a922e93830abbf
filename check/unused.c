/* SPDX-License-Identifier: Apache-2.0 */
/* check/unused.c -- what no output depends on. */
#include "check/check.h"
#include "graph/call_index.h"

/* Nodes that are needed, and those whose operands are still to be followed. */
struct needs {
	bool *node; /* by id */
	struct node **todo;
	uint32_t ntodo;
};

static void need(struct needs *x, struct node *n)
{
	if (!n || x->node[n->id])
		return;
	x->node[n->id] = true;
	x->todo[x->ntodo++] = n;
}

static void need_outputs(struct needs *x, const struct graph *g)
{
	for (uint32_t i = 0; i < g->nout; i++)
		if (g->out[i].read.value)
			need(x, g->out[i].read.value->def);
}

/* A node needs its operands, the outputs of its inner graphs and the node
 * that holds it. */
static void follow(struct needs *x)
{
	while (x->ntodo) {
		struct node *n = x->todo[--x->ntodo];
		struct graph *g = NULL;

		for (uint32_t i = 0; i < n->nin; i++)
			if (n->in[i].value)
				need(x, n->in[i].value->def);
		while ((g = node_next_graph(n, g)))
			need_outputs(x, g);
		need(x, n->graph->owner);
	}
}

static void check_nodes(struct checker *c)
{
	const struct model *m = c->model;
	struct needs x = {
		.node = arena_array(&c->scratch, bool, m->nnodes),
		.todo = arena_array(&c->scratch, struct node *, m->nnodes),
	};

	need_outputs(&x, m->main);
	for (uint32_t i = 0; i < m->nfunction; i++)
		need_outputs(&x, m->function[i].body);
	follow(&x);
	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct graph *g = c->graphs.at[i].graph;

		/* Inside a dead node all is dead: once is enough. */
		if (g->owner && !x.node[g->owner->id])
			continue;
		for (const struct node *n = g->first; n; n = n->next)
			if (!x.node[n->id])
				findings_add(c->found, RULE_DEAD_NODE,
					     &(struct where){.node = n},
					     "no output depends on it");
	}
}

static void check_initializers(struct checker *c)
{
	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct graph *g = c->graphs.at[i].graph;

		for (uint32_t k = 0; k < g->nkonst; k++)
			if (!g->konst[k]->uses)
				findings_add(
					c->found, RULE_UNUSED_INITIALIZER,
					&(struct where){
						.graph = g,
						.value = g->konst[k]->name},
					"nothing reads initializer '%s'",
					g->konst[k]->name);
	}
}

static void check_functions(struct checker *c)
{
	const struct model *m = c->model;
	bool *called = arena_array(&c->scratch, bool, m->nfunction);
	struct call_index calls;

	call_index_init(&calls, m, &c->scratch);
	for (uint32_t i = 0; i < c->graphs.count; i++)
		for (const struct node *n = c->graphs.at[i].graph->first; n;
		     n = n->next) {
			const struct function *f = call_index_find(&calls, n,
								   &c->scratch);

			if (f)
				called[f - m->function] = true;
		}
	for (uint32_t i = 0; i < m->nfunction; i++)
		if (!called[i])
			findings_add(
				c->found, RULE_UNUSED_FUNCTION,
				&(struct where){.graph = m->function[i].body},
				"no node calls function '%s'",
				m->function[i].name);
}

void check_unused(struct checker *c)
{
	check_nodes(c);
	check_initializers(c);
	check_functions(c);
}
