/* SPDX-License-Identifier: Apache-2.0 */
/* check/names.c -- names of graphs, nodes and values, and the interface. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "check/check.h"

/* ---- encoding ------------------------------------------------------------ */

/* Length of the UTF-8 sequence at S, 0 if there is none (RFC 3629). */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (n == 1)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static bool is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	for (; *s; s += n) {
		n = utf8_length(s);
		if (!n)
			return false;
	}
	return true;
}

static void check_encoding(struct checker *c, const char *what,
			   const char *name, const struct where *at)
{
	if (name && !is_utf8(name))
		findings_add(c->found, RULE_NAME_ENCODING, at,
			     "the name of %s is '%s', want UTF-8", what, name);
}

/* ---- values -------------------------------------------------------------- */

struct shown {
	const char *name;
	uint32_t before; /* what the name meant outside */
};

/* Names that are visible where the walk is: to 1 + index of the graph. */
struct visible {
	struct map names;
	struct shown *undo;
	uint32_t count, cap;
	struct arena *arena;
};

static void show(struct visible *v, const char *name, uint32_t before,
		 uint32_t graph)
{
	if (v->count == v->cap) {
		struct shown *old = v->undo;

		v->cap = v->cap ? 2 * v->cap : 256;
		v->undo = arena_array(v->arena, struct shown, v->cap);
		if (v->count)
			memcpy(v->undo, old, v->count * sizeof(*v->undo));
	}
	v->undo[v->count++] = (struct shown){name, before};
	map_set(&v->names, name, 1 + graph);
}

static void hide(struct visible *v, uint32_t count)
{
	while (v->count > count) {
		v->count--;
		map_set(&v->names, v->undo[v->count].name,
			v->undo[v->count].before);
	}
}

static void check_value(struct checker *c, struct visible *v,
			const struct value *x, uint32_t graph)
{
	const struct where at = {
		.graph = x->graph, .node = x->def, .value = x->name};
	uint32_t before = 0;

	if (!x->name[0])
		return;
	check_encoding(c, "a value", x->name, &at);
	map_get(&v->names, x->name, &before);
	if (before && before != 1 + graph)
		findings_add(c->found, RULE_SHADOWED, &at,
			     "'%s' is the name of a value of a graph around "
			     "this one, want another",
			     x->name);
	if (before != 1 + graph)
		show(v, x->name, before, graph);
}

static void check_values(struct checker *c, struct visible *v, uint32_t i)
{
	const struct graph *g = c->graphs.at[i].graph;

	for (uint32_t k = 0; k < g->nin; k++)
		check_value(c, v, g->in[k], i);
	for (uint32_t k = 0; k < g->nkonst; k++)
		if (!g->konst[k]->is_input)
			check_value(c, v, g->konst[k], i);
	for (const struct node *n = g->first; n; n = n->next)
		for (uint32_t k = 0; k < n->nout; k++)
			if (n->out[k])
				check_value(c, v, n->out[k], i);
}

/* Graphs come before those inside them, so the names of the graphs around the
 * current one are a prefix of the undo list. */
static void check_scopes(struct checker *c)
{
	struct visible v = {.arena = &c->scratch, .names.arena = &c->scratch};
	const struct graph **open;
	uint32_t *mark, depth = 0;

	open = arena_array(&c->scratch, const struct graph *, c->graphs.count);
	mark = arena_array(&c->scratch, uint32_t, c->graphs.count);
	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct graph *g = c->graphs.at[i].graph;

		while (depth && open[depth - 1] != g->outer)
			hide(&v, mark[--depth]);
		open[depth] = g;
		mark[depth++] = v.count;
		check_values(c, &v, i);
	}
}

/* ---- nodes and outputs --------------------------------------------------- */

static void check_node_names(struct checker *c, const struct graph *g)
{
	struct arena_mark mark = arena_mark(&c->scratch);
	struct map names = {.arena = &c->scratch};

	for (const struct node *n = g->first; n; n = n->next) {
		const struct where at = {.node = n};

		check_encoding(c, "a node", n->name, &at);
		check_encoding(c, "an operator", n->type, &at);
		if (n->name[0] && !map_add(&names, n->name, 0))
			findings_add(c->found, RULE_DUPLICATE_NODE, &at,
				     "another node of this graph is called "
				     "'%s' too",
				     n->name);
	}
	arena_rewind(&c->scratch, mark);
}

static void check_output_names(struct checker *c, const struct graph *g)
{
	struct arena_mark mark = arena_mark(&c->scratch);
	struct map names = {.arena = &c->scratch};

	for (uint32_t i = 0; i < g->nout; i++) {
		const struct where at = {.graph = g, .value = g->out[i].name};

		check_encoding(c, "an output", g->out[i].name, &at);
		if (!map_add(&names, g->out[i].name, 0))
			findings_add(c->found, RULE_DUPLICATE_OUTPUT, &at,
				     "output '%s' is listed twice",
				     g->out[i].name);
	}
	arena_rewind(&c->scratch, mark);
}

void check_names(struct checker *c)
{
	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct graph *g = c->graphs.at[i].graph;
		const struct where at = {.graph = g};

		check_encoding(c, "a graph", g->name, &at);
		if (!g->name[0] && (g->owner || g == c->model->main))
			findings_add(c->found, RULE_MISSING_NAME, &at,
				     "the graph has no name, want one");
		check_node_names(c, g);
		check_output_names(c, g);
	}
	check_scopes(c);
}

/* ---- the interface ------------------------------------------------------- */

static void check_end(struct checker *c, const char *what, const char *name,
		      const struct type *t)
{
	const struct where at = {.graph = c->model->main, .value = name};
	const struct type *elem = t;

	while (elem && elem->elem)
		elem = elem->elem;
	if (elem->kind == TYPE_UNKNOWN || (t->kind == TYPE_TENSOR && !t->dtype))
		findings_add(c->found, RULE_MISSING_TYPE, &at,
			     "%s '%s' has no type, want one", what, name);
	else if (t->kind == TYPE_TENSOR && t->shape.rank < 0)
		findings_add(c->found, RULE_MISSING_SHAPE, &at,
			     "%s '%s' has no shape, want at least a rank", what,
			     name);
}

void check_interface(struct checker *c)
{
	const struct graph *g = c->model->main;

	for (uint32_t i = 0; i < g->nin; i++)
		if (!g->in[i]->konst)
			check_end(c, "input", g->in[i]->name, &g->in[i]->type);
	for (uint32_t i = 0; i < g->nout; i++)
		check_end(c, "output", g->out[i].name, &g->out[i].type);
}
