/* SPDX-License-Identifier: Apache-2.0 */
/* formats/names.c -- see names.h. */
#include "formats/names.h"

#include <string.h>

#include "base/map.h"

/* The names taken in one graph: name -> value id + 1, or 0 for a port that
 * is served by an Identity. */
struct scope {
	const struct graph *graph;
	struct map taken;
	const struct scope *outer;
};

struct namer {
	struct names *names;
	const struct value **by_id;
	struct arena scratch;
};

static bool is_inside(const struct graph *g, const struct graph *outer)
{
	while (g && g != outer)
		g = g->outer;
	return g != NULL;
}

/* Does G, or a graph inside it, read V? */
static bool reads(const struct graph *g, const struct value *v)
{
	for (const struct use *u = v->uses; u; u = u->next)
		if (is_inside(u->graph, g))
			return true;
	return false;
}

/* May a value of scope S be called NAME? */
static bool is_free(const struct namer *w, const struct scope *s,
		    const char *name)
{
	uint32_t id;

	if (map_get(&s->taken, name, &id))
		return false;
	for (const struct scope *o = s->outer; o; o = o->outer)
		if (map_get(&o->taken, name, &id))
			return id && !reads(s->graph, w->by_id[id - 1]);
	return true;
}

static void take(struct namer *w, struct scope *s, const struct value *v,
		 const char *name)
{
	map_add(&s->taken, name, v->id + 1);
	w->by_id[v->id] = v;
	w->names->value[v->id] = name;
}

static void name_value(struct namer *w, struct scope *s, const struct value *v)
{
	const char *name = v->name;

	if (w->names->value[v->id])
		return; /* by a port */
	for (unsigned i = 0; !*name || !is_free(w, s, name); i++) {
		const char *stem = *v->name ? v->name : "v";

		name = arena_printf(&w->names->arena, "%s_%u", stem,
				    i ? i : (unsigned)v->id);
	}
	take(w, s, v, name);
}

/* Ports come first: their names are the graph's interface. */
static void name_ports(struct namer *w, struct scope *s)
{
	const struct graph *g = s->graph;

	for (uint32_t i = 0; i < g->nin; i++)
		take(w, s, g->in[i],
		     *g->in[i]->name ? g->in[i]->name
				     : arena_printf(&w->names->arena, "in_%u",
						    (unsigned)i));
	for (uint32_t i = 0; i < g->nout; i++) {
		const struct port *p = &g->out[i];
		const struct value *v = p->read.value;
		uint32_t id;

		if (map_get(&s->taken, p->name, &id))
			continue;
		if (v && v->graph == g && !w->names->value[v->id] &&
		    (v->def || !strcmp(v->name, p->name)))
			take(w, s, v, p->name);
		else
			map_add(&s->taken, p->name, 0);
	}
}

/* Recursion is as deep as graphs nest, which readers limit. */
static void name_graph(struct namer *w, const struct graph *g,
		       const struct scope *outer)
{
	struct scope s = {
		.graph = g, .taken.arena = &w->scratch, .outer = outer};
	struct graph *inner = NULL;

	name_ports(w, &s);
	for (uint32_t i = 0; i < g->nkonst; i++)
		name_value(w, &s, g->konst[i]);
	for (const struct node *n = g->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i])
				name_value(w, &s, n->out[i]);
	for (const struct node *n = g->first; n; n = n->next)
		while ((inner = node_next_graph(n, inner)))
			name_graph(w, inner, &s);
}

void names_init(struct names *n, const struct model *m)
{
	struct namer w = {.names = n};

	*n = (struct names){0};
	n->value = arena_array(&n->arena, const char *, m->nvalues);
	w.by_id = arena_array(&w.scratch, const struct value *, m->nvalues);
	name_graph(&w, m->main, NULL);
	for (uint32_t i = 0; i < m->nfunction; i++)
		name_graph(&w, m->function[i].body, NULL);
	arena_release(&w.scratch);
}

void names_release(struct names *n)
{
	arena_release(&n->arena);
	n->value = NULL;
}

const char *name_of(const struct names *n, const struct value *v)
{
	return v ? n->value[v->id] : "";
}

bool port_needs_identity(const struct names *n, const struct port *p)
{
	const struct value *v = p->read.value;

	return v && strcmp(n->value[v->id], p->name) != 0;
}
