/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read_order.c -- ONNX wants nodes behind their producers; files
 * that are merely unsorted are sorted.
 */
#include "formats/onnx_read.h"

enum { MAX_WARNINGS = 10 };

/* The node of graph G that U belongs to, directly or through inner graphs;
 * NULL for a port of G. */
static const struct node *user_in(const struct use *u, const struct graph *g)
{
	const struct node *n = u->user;

	if (!n)
		n = u->graph == g ? NULL : u->graph->owner;
	while (n && n->graph != g)
		n = n->graph->owner;
	return n;
}

static bool is_before_its_users(const struct node *n, const uint32_t *place)
{
	for (uint32_t i = 0; i < n->nout; i++)
		for (const struct use *u = n->out[i] ? n->out[i]->uses : NULL;
		     u; u = u->next) {
			const struct node *user = user_in(u, n->graph);

			if (user && place[user->id] <= place[n->id])
				return false;
		}
	return true;
}

static void note_order(struct onnx_reader *r, const struct node *n)
{
	if (r->found)
		findings_add(r->found, RULE_UNSORTED,
			     &(struct where){.node = n},
			     "its results are read by a node before it, want "
			     "each node behind its producers");
}

static bool order_graph(struct onnx_reader *r, struct graph *g, uint32_t *place)
{
	uint32_t count = 0;
	bool sorted = true;

	for (const struct node *n = g->first; n; n = n->next)
		place[n->id] = count++;
	for (const struct node *n = g->first; n && (sorted || r->found);
	     n = n->next)
		if (!is_before_its_users(n, place)) {
			sorted = false;
			note_order(r, n);
		}
	if (sorted)
		return true;
	if (!graph_sort(g, r->e))
		return onnx_go_on(r, RULE_CYCLE, g, NULL, NULL) ||
		       err_context(r->e, "graph '%s'", g->name);
	if (r->found)
		return true;
	if (r->model->nwarning < MAX_WARNINGS)
		model_warn(r->model,
			   "the nodes of graph '%s' were not in order",
			   g->name);
	return true;
}

bool onnx_order_graphs(struct onnx_reader *r)
{
	struct arena scratch = {0};
	uint32_t *place = arena_array(&scratch, uint32_t, r->model->nnodes);
	bool ok = true;

	for (struct onnx_scope *s = r->first; ok && s; s = s->next)
		ok = order_graph(r, s->graph, place);
	arena_release(&scratch);
	return ok;
}
