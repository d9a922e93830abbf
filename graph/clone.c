/* SPDX-License-Identifier: Apache-2.0 */
/* graph/clone.c -- a copy of a model's structure.
 *
 * Values and nodes keep their ids, so side tables of the original serve the
 * copy too.  Two walks, both without recursion: the first makes every graph,
 * node and value, the second joins the uses, which may point outward.
 */
#include <string.h>

#include "graph/graph.h"

struct clone {
	struct model *to;
	struct value **value; /* by id */
	struct node **node;   /* by id */
};

static struct value *copy_value(struct clone *c, const struct value *v,
				struct graph *g)
{
	struct value *w;

	if (!v)
		return NULL;
	if (c->value[v->id])
		return c->value[v->id];
	w = arena_memdup(&c->to->arena, v, sizeof(*v));
	w->graph = g;
	w->def = NULL;
	w->uses = NULL;
	c->value[v->id] = w;
	return w;
}

/* The lists of a graph grow when their length is a power of two. */
static struct value **copy_values(struct clone *c, struct value *const *from,
				  uint32_t n, struct graph *g)
{
	size_t room = 1;
	struct value **to;

	while (room < n)
		room *= 2;
	to = arena_array(&c->to->arena, struct value *, room);

	for (uint32_t i = 0; i < n; i++)
		to[i] = copy_value(c, from[i], g);
	return to;
}

static void copy_node(struct clone *c, const struct node *from, struct graph *g)
{
	struct arena *a = &c->to->arena;
	struct node *n = arena_memdup(a, from, sizeof(*from));

	c->node[from->id] = n;
	n->graph = g;
	n->in = arena_array(a, struct use, n->nin);
	n->out = copy_values(c, from->out, from->nout, g);
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i])
			n->out[i]->def = n;
	n->attr = n->nattr ? arena_memdup(a, from->attr,
					  n->nattr * sizeof(*n->attr))
			   : NULL;
	node_append(n);
}

/* The graph itself and its nodes, without the inner graphs of those. */
static struct graph *copy_graph(struct clone *c, const struct graph *from,
				struct graph *outer, struct node *owner)
{
	struct graph *g = arena_memdup(&c->to->arena, from, sizeof(*from));

	g->model = c->to;
	g->outer = outer;
	g->owner = owner;
	g->first = g->last = NULL;
	g->in = copy_values(c, from->in, from->nin, g);
	g->konst = copy_values(c, from->konst, from->nkonst, g);
	g->konst_cap = from->nkonst;
	for (const struct node *n = from->first; n; n = n->next)
		copy_node(c, n, g);
	g->out = arena_array(&c->to->arena, struct port, from->nout);
	return g;
}

/* The inner graphs of one copied node. */
static void copy_inner(struct clone *c, struct node *n)
{
	struct arena *a = &c->to->arena;

	for (uint32_t i = 0; i < n->nattr; i++) {
		struct attr *x = &n->attr[i];
		uint32_t count = attr_graphs(x);
		struct graph **copy;

		if (!count)
			continue;
		copy = arena_array(a, struct graph *, count);
		for (uint32_t k = 0; k < count; k++)
			copy[k] = copy_graph(c, x->u.graphs[k], n->graph, n);
		x->u.graphs = copy;
	}
}

static void join_ports(struct clone *c, const struct graph *from,
		       struct graph *to)
{
	for (uint32_t i = 0; i < from->nout; i++) {
		const struct value *v = from->out[i].read.value;

		to->out[i] = from->out[i];
		to->out[i].read = (struct use){.graph = to};
		if (v)
			use_set(&to->out[i].read, c->value[v->id]);
	}
}

static void join_node(struct clone *c, const struct node *from)
{
	struct node *to = c->node[from->id];
	struct graph *g = NULL, *h = NULL;

	for (uint32_t i = 0; i < from->nin; i++) {
		const struct value *v = from->in[i].value;

		to->in[i].user = to;
		to->in[i].graph = to->graph;
		if (v)
			use_set(&to->in[i], c->value[v->id]);
	}
	while ((g = node_next_graph(from, g))) {
		h = node_next_graph(to, h);
		join_ports(c, g, h);
	}
}

struct model *model_clone(const struct model *m)
{
	struct model *to = model_new(m->budget);
	struct arena scratch = {0};
	struct clone c = {
		.to = to,
		.value = arena_array(&scratch, struct value *, m->nvalues),
		.node = arena_array(&scratch, struct node *, m->nnodes),
	};
	struct arena arena = to->arena;

	*to = *m;
	to->arena = arena;
	to->is_copy = true;
	to->owned = NULL;
	/* What model_set_opset() and model_set_property() change in place. */
	to->opset = arena_array(&to->arena, struct opset, m->nopset);
	if (m->nopset)
		memcpy(to->opset, m->opset, m->nopset * sizeof(*m->opset));
	to->property = arena_array(&to->arena, struct property, m->nproperty);
	if (m->nproperty)
		memcpy(to->property, m->property,
		       m->nproperty * sizeof(*m->property));
	symbols_copy(&to->symbols, &m->symbols, &to->arena);
	to->main = copy_graph(&c, m->main, NULL, NULL);
	to->function = arena_array(&to->arena, struct function, m->nfunction);
	for (uint32_t i = 0; i < m->nfunction; i++) {
		to->function[i] = m->function[i];
		to->function[i].body = copy_graph(&c, m->function[i].body, NULL,
						  NULL);
	}
	/* Inner graphs come right behind their node in this walk. */
	for (struct node *n = model_first(to); n; n = model_next(n))
		copy_inner(&c, n);
	join_ports(&c, m->main, to->main);
	for (uint32_t i = 0; i < m->nfunction; i++)
		join_ports(&c, m->function[i].body, to->function[i].body);
	for (const struct node *n = model_first(m); n; n = model_next(n))
		join_node(&c, n);
	arena_release(&scratch);
	return to;
}
