/* SPDX-License-Identifier: Apache-2.0 */
/* passes/inline_if.c -- an If whose condition is a constant.
 *
 * EXACT: the nodes of the branch that runs move in front of the If, and its
 * results take the place of the If's.  A result that would make an output of
 * the outer graph show an input, a constant or another output's value goes
 * through an Identity, since the file format needs a value of its own there.
 */
#include "ops/op.h"
#include "passes/constant.h"
#include "passes/edit_state.h"

static struct graph *branch_of(const struct node *n)
{
	const struct attr *then = node_attr(n, "then_branch");
	const struct attr *other = node_attr(n, "else_branch");
	double condition;

	if (!node_is(n, "", "If") || !const_scalar(node_in(n, 0), &condition) ||
	    !then || !other || then->kind != ATTR_GRAPH ||
	    other->kind != ATTR_GRAPH)
		return NULL;
	return (condition != 0 ? then : other)->u.graphs[0];
}

/* The branch yields a value for each result that is there. */
static bool fits(const struct node *n, const struct graph *g)
{
	if (g->nin || g->nout != n->nout)
		return false;
	for (uint32_t i = 0; i < g->nout; i++)
		if (!g->out[i].read.value)
			return false;
	return true;
}

static void move_node(struct node *n, struct node *at)
{
	struct graph *g = at->graph, *inner = NULL;

	n->graph = g;
	for (uint32_t i = 0; i < n->nin; i++)
		n->in[i].graph = g;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i])
			n->out[i]->graph = g;
	while ((inner = node_next_graph(n, inner)))
		inner->outer = g;
	node_insert_before(n, at);
}

/* Nodes and constants of G go in front of AT. */
static void move_all(struct graph *g, struct node *at)
{
	while (g->first) {
		struct node *n = g->first;

		g->first = n->next;
		move_node(n, at);
	}
	g->last = NULL;
	for (uint32_t i = 0; i < g->nkonst; i++) {
		struct value *v = g->konst[i];
		struct tensor t = *v->konst;

		v->graph = at->graph;
		graph_set_const(at->graph, v, &t);
	}
	g->nkonst = 0;
}

static struct value *through_identity(struct node *at, struct value *v)
{
	struct node *n = node_new(at->graph, &(struct node_spec){
						     .type = "Identity",
						     .in = &v,
						     .nin = 1,
						     .nout = 1,
					     });

	op_bind_node(n);
	n->out[0]->type = v->type;
	node_insert_before(n, at);
	return n->out[0];
}

static void inline_branch(struct node *n, struct graph *g)
{
	move_all(g, n);
	for (uint32_t i = 0; i < n->nout; i++) {
		struct value *old = n->out[i], *new = g->out[i].read.value;

		use_set(&g->out[i].read, NULL);
		if (!old || !old->uses)
			continue;
		if (!may_forward(old, new))
			new = through_identity(n, new);
		value_replace(old, new);
	}
	node_remove_dead(n);
}

static bool inline_one(struct rewriting *rw)
{
	for (struct node *n = model_first(rw->model); n; n = model_next(n)) {
		struct graph *g = branch_of(n);

		if (!g || !fits(n, g))
			continue;
		if (!rewriting_take(rw))
			return false;
		inline_branch(n, g);
		return true;
	}
	return false;
}

static bool run(struct rewriting *rw, struct err *e)
{
	(void)e;
	while (inline_one(rw))
		;
	return true;
}

static const struct rule rules[] = {{"branch", NULL, NULL, NULL}, {0}};

const struct pass pass_rows_inline_if[] = {
	{.name = "inline-if",
	 .summary = "replace an If of constant condition by its branch",
	 .fidelity = EXACT,
	 .rules = rules,
	 .run = run},
	{0}};
