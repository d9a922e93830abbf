/* SPDX-License-Identifier: Apache-2.0 */
/* ops/cost.c -- arithmetic, weights and the life of activations. */
#include "ops/cost.h"

#include <string.h>

#include "ops/macs.h"
#include "ops/op.h"
#include "ops/random.h"

/* One walk over a model; side tables are indexed by node id. */
struct walk {
	struct arena arena;
	struct cost *cost;
	uint32_t *position; /* of each node in its graph */
	uint64_t *inner;    /* peak of each node's inner graphs */
	bool *fixed;	    /* nodes whose results are the same in every run */
	const struct graph **graph; /* outer ones before their inner ones */
	size_t ngraphs;
};

/* Has V the same content in every run?  Its definition came before. */
static bool is_fixed(const struct walk *w, const struct value *v)
{
	return !v || v->konst || (v->def && w->fixed[v->def->id]);
}

static bool node_is_fixed(const struct walk *w, const struct node *n)
{
	if (!n->op || n->op->traits & OP_GRAPHS || node_is_random(n))
		return false;
	for (uint32_t i = 0; i < n->nin; i++)
		if (!is_fixed(w, node_in(n, i)))
			return false;
	return true;
}

static uint64_t size_of(struct walk *w, const struct value *v)
{
	struct err ignored;
	size_t bytes;

	if (is_fixed(w, v))
		return 0;
	if (v->type.kind == TYPE_TENSOR && v->type.dtype != DTYPE_NONE &&
	    shape_is_known(&v->type.shape) &&
	    shape_bytes(&v->type.shape, v->type.dtype, &bytes, &ignored))
		return bytes;
	w->cost->unsized++;
	return 0;
}

/* Position of the last node of V's graph that reads V; COUNT if it leaves the
 * graph, FIRST if nothing reads it. */
static uint32_t last_read(const struct walk *w, const struct value *v,
			  uint32_t first, uint32_t count)
{
	uint32_t last = first;

	for (const struct use *u = v->uses; u; u = u->next) {
		const struct node *reader = u->user;
		const struct graph *g = u->graph;

		/* A read in an inner graph happens at the node that has it. */
		while (g != v->graph && g->owner) {
			reader = g->owner;
			g = reader->graph;
		}
		if (g != v->graph)
			continue;
		if (!reader)
			return count;
		if (w->position[reader->id] > last)
			last = w->position[reader->id];
	}
	return last;
}

/* V is alive from position FIRST on: note where bytes come and go. */
static void live(struct walk *w, const struct value *v, uint32_t first,
		 uint32_t count, int64_t *change)
{
	int64_t bytes = (int64_t)size_of(w, v);

	if (bytes == 0)
		return;
	change[first] += bytes;
	change[last_read(w, v, first, count) + 1] -= bytes;
}

/* Peak of G, its inner graphs' peaks being known. */
static uint64_t graph_peak(struct walk *w, const struct graph *g,
			   const struct node **where)
{
	struct arena_mark mark = arena_mark(&w->arena);
	uint32_t count = 0;
	uint64_t peak = 0;
	int64_t alive = 0, *change;

	for (const struct node *n = g->first; n; n = n->next)
		w->position[n->id] = count++;
	change = arena_array(&w->arena, int64_t, count + 2);
	for (uint32_t i = 0; i < g->nin; i++)
		live(w, g->in[i], 0, count, change);
	for (const struct node *n = g->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i])
				live(w, n->out[i], w->position[n->id], count,
				     change);
	for (const struct node *n = g->first; n; n = n->next) {
		alive += change[w->position[n->id]];
		if ((uint64_t)alive + w->inner[n->id] <= peak)
			continue;
		peak = (uint64_t)alive + w->inner[n->id];
		*where = n;
	}
	arena_rewind(&w->arena, mark);
	return peak;
}

static void collect_graphs(struct walk *w, const struct model *m)
{
	size_t cap = 16;

	w->graph = arena_array(&w->arena, const struct graph *, cap);
	w->graph[w->ngraphs++] = m->main;
	for (size_t i = 0; i < w->ngraphs; i++) {
		const struct node *n = w->graph[i]->first;

		for (; n; n = n->next) {
			struct graph *g = NULL;

			while ((g = node_next_graph(n, g))) {
				if (w->ngraphs == cap) {
					const struct graph **old = w->graph;

					w->graph = arena_array(
						&w->arena, const struct graph *,
						2 * cap);
					memcpy(w->graph, old,
					       cap * sizeof(*old));
					cap *= 2;
				}
				w->graph[w->ngraphs++] = g;
			}
		}
	}
}

static void add_tensor(struct cost *c, const struct tensor *t)
{
	c->parameters += tensor_count(t);
	c->weight_bytes += dtype_bytes(t->dtype, tensor_count(t));
}

static void add_graph(struct cost *c, const struct graph *g)
{
	for (uint32_t i = 0; i < g->nkonst; i++)
		if (g->konst[i]->konst)
			add_tensor(c, g->konst[i]->konst);
	for (const struct node *n = g->first; n; n = n->next) {
		const struct attr *a = node_attr(n, "value");
		uint64_t macs;

		if (a && a->kind == ATTR_TENSOR && node_is(n, "", "Constant"))
			add_tensor(c, a->u.tensors);
		if (node_macs(n, &macs))
			c->macs += macs;
		else
			c->uncounted++;
	}
}

void model_cost(const struct model *m, struct cost *c)
{
	struct walk w = {.cost = c};

	*c = (struct cost){0};
	w.position = arena_array(&w.arena, uint32_t, (size_t)m->nnodes + 1);
	w.inner = arena_array(&w.arena, uint64_t, (size_t)m->nnodes + 1);
	w.fixed = arena_array(&w.arena, bool, (size_t)m->nnodes + 1);
	for (const struct node *n = model_first(m); n; n = model_next(n))
		w.fixed[n->id] = node_is_fixed(&w, n);
	collect_graphs(&w, m);
	for (size_t i = w.ngraphs; i-- > 0;) {
		const struct graph *g = w.graph[i];
		const struct node *where = NULL;
		uint64_t peak = graph_peak(&w, g, &where);

		add_graph(c, g);
		/* Branches exclude each other; a loop runs its one body. */
		if (g->owner && peak > w.inner[g->owner->id])
			w.inner[g->owner->id] = peak;
		if (g == m->main) {
			c->peak_bytes = peak;
			c->peak = where;
		}
	}
	arena_release(&w.arena);
}
