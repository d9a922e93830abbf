/* SPDX-License-Identifier: Apache-2.0 */
/* graph/order.c -- topological order of one graph.
 *
 * Kahn's algorithm with the ready nodes taken in file order, so that a list
 * which is already sorted stays as it is.  A node depends on the producers of
 * its own operands and of everything its inner graphs read from this graph.
 */
#include <string.h>

#include "graph/graph.h"

struct sorter {
	struct graph *graph;
	struct arena arena;
	struct node **node; /* in file order */
	uint32_t count;
	uint32_t *index; /* node id -> position in NODE */
	uint32_t *waits; /* unfinished producers, counted per use */
	uint32_t *heap;	 /* ready positions, least first */
	uint32_t nheap;
};

static void heap_push(struct sorter *s, uint32_t x)
{
	uint32_t i = s->nheap++;

	for (; i && s->heap[(i - 1) / 2] > x; i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = x;
}

static uint32_t heap_pop(struct sorter *s)
{
	uint32_t top = s->heap[0], x = s->heap[--s->nheap], i = 0, k;

	while ((k = 2 * i + 1) < s->nheap) {
		if (k + 1 < s->nheap && s->heap[k + 1] < s->heap[k])
			k++;
		if (s->heap[k] >= x)
			break;
		s->heap[i] = s->heap[k];
		i = k;
	}
	if (s->nheap)
		s->heap[i] = x;
	return top;
}

/* The node of graph G that U belongs to, directly or through inner graphs;
 * NULL for a port of G itself. */
static struct node *user_in(const struct use *u, const struct graph *g)
{
	struct node *n = u->user;

	if (!n)
		n = u->graph == g ? NULL : u->graph->owner;
	while (n && n->graph != g)
		n = n->graph->owner;
	return n;
}

/* Call for every use of N's results by another node of the graph. */
static void count_users(struct sorter *s, const struct node *n, bool finish)
{
	for (uint32_t i = 0; i < n->nout; i++)
		for (const struct use *u = n->out[i] ? n->out[i]->uses : NULL;
		     u; u = u->next) {
			struct node *user = user_in(u, s->graph);
			uint32_t k = user ? s->index[user->id] : 0;

			if (!user)
				continue;
			if (!finish)
				s->waits[k]++;
			else if (!--s->waits[k])
				heap_push(s, k);
		}
}

static void sorter_init(struct sorter *s, struct graph *g)
{
	*s = (struct sorter){.graph = g};
	for (struct node *n = g->first; n; n = n->next)
		s->count++;
	s->node = arena_array(&s->arena, struct node *, s->count);
	s->waits = arena_array(&s->arena, uint32_t, s->count);
	s->heap = arena_array(&s->arena, uint32_t, s->count);
	s->index = arena_array(&s->arena, uint32_t, g->model->nnodes);
	s->count = 0;
	for (struct node *n = g->first; n; n = n->next) {
		s->index[n->id] = s->count;
		s->node[s->count++] = n;
	}
	for (uint32_t i = 0; i < s->count; i++)
		count_users(s, s->node[i], false);
	for (uint32_t i = 0; i < s->count; i++)
		if (!s->waits[i])
			heap_push(s, i);
}

static bool report_cycle(struct sorter *s, struct err *e)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->waits[i])
			return err_set(e, ERR_FORMAT,
				       "node '%s' (%s) is on a cycle or "
				       "depends on one",
				       node_label(s->node[i], &s->arena),
				       s->node[i]->type);
	bug("graph_sort: no cycle found");
}

bool graph_sort(struct graph *g, struct err *e)
{
	struct sorter s;
	struct node *first = NULL, *last = NULL;
	uint32_t done = 0;
	bool ok = true;

	sorter_init(&s, g);
	for (; s.nheap; done++) {
		struct node *n = s.node[heap_pop(&s)];

		n->prev = last;
		*(last ? &last->next : &first) = n;
		last = n;
		count_users(&s, n, true);
	}
	if (last)
		last->next = NULL;
	if (done == s.count) {
		g->first = first;
		g->last = last;
	} else {
		/* Put the list back as it was. */
		for (uint32_t i = 0; i < s.count; i++) {
			s.node[i]->prev = i ? s.node[i - 1] : NULL;
			s.node[i]->next = i + 1 < s.count ? s.node[i + 1]
							  : NULL;
		}
		ok = report_cycle(&s, e);
	}
	arena_release(&s.arena);
	return ok;
}
