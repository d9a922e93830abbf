/* SPDX-License-Identifier: Apache-2.0 */
/* graph/graph.c -- values, uses and graphs: see graph.h. */
#include "graph/graph.h"

#include <stdlib.h>
#include <string.h>

struct graph *graph_new(struct model *m, struct graph *outer)
{
	struct graph *g = arena_new(&m->arena, struct graph);

	g->model = m;
	g->outer = outer;
	g->name = "";
	return g;
}

static struct value *new_value(struct graph *g, const char *name)
{
	struct arena *a = &g->model->arena;
	struct value *v = arena_new(a, struct value);

	v->id = g->model->nvalues++;
	v->name = name ? arena_strdup(a, name) : "";
	v->graph = g;
	v->type.shape.rank = RANK_UNKNOWN;
	return v;
}

/* AT grown by one element of SIZE bytes; COUNT is what it holds now. */
static void *grow(struct arena *a, void *at, uint32_t count, size_t size)
{
	void *bigger;

	/* Full when the count is a power of two: amortised doubling. */
	if (count & (count - 1))
		return at;
	bigger = arena_alloc(a, count ? 2 * (size_t)count : 1, size,
			     _Alignof(max_align_t));
	if (count)
		memcpy(bigger, at, count * size);
	return bigger;
}

struct value *graph_add_input(struct graph *g, const char *name,
			      const struct type *t)
{
	struct value *v = new_value(g, name);

	if (t)
		v->type = *t;
	v->is_input = true;
	g->in = grow(&g->model->arena, g->in, g->nin, sizeof(*g->in));
	g->in[g->nin++] = v;
	return v;
}

struct value *graph_add_undefined(struct graph *g, const char *name,
				  const struct type *t)
{
	struct value *v = new_value(g, name);

	if (t)
		v->type = *t;
	return v;
}

void graph_set_const(struct graph *g, struct value *v, const struct tensor *t)
{
	struct arena *a = &g->model->arena;

	v->konst = arena_memdup(a, t, sizeof(*t));
	v->type = type_tensor(t->dtype, &t->shape);
	g->konst = grow(a, g->konst, g->nkonst, sizeof(*g->konst));
	g->konst[g->nkonst++] = v;
}

struct value *graph_add_const(struct graph *g, const char *name,
			      const struct tensor *t)
{
	struct value *v = new_value(g, name);

	graph_set_const(g, v, t);
	return v;
}

struct value *graph_const_f32(struct graph *g, float x)
{
	struct shape scalar = {.rank = 0};
	struct tensor t = tensor_in_arena(&g->model->arena, DTYPE_F32, &scalar);

	*tensor_f32_mut(&t) = x;
	return graph_add_const(g, NULL, &t);
}

struct value *graph_const_ints(struct graph *g, const int64_t *x, size_t n)
{
	struct shape s = SHAPE((int64_t)n);
	struct tensor t = tensor_in_arena(&g->model->arena, DTYPE_I64, &s);

	if (n)
		memcpy(tensor_mut(&t), x, n * sizeof(*x));
	return graph_add_const(g, NULL, &t);
}

/* Ports move when the array grows, and the use lists point into them. */
static void relink_ports(struct graph *g)
{
	for (uint32_t i = 0; i < g->nout; i++) {
		struct use *u = &g->out[i].read;

		if (!u->value)
			continue;
		*u->link = u;
		if (u->next)
			u->next->link = &u->next;
	}
}

struct port *graph_add_output(struct graph *g, const char *name,
			      struct value *v, const struct type *t)
{
	struct arena *a = &g->model->arena;
	struct port *p, *before = g->out;

	g->out = grow(a, g->out, g->nout, sizeof(*g->out));
	if (g->out != before)
		relink_ports(g);
	p = &g->out[g->nout++];
	*p = (struct port){.name = arena_strdup(a, name)};
	p->type.shape.rank = RANK_UNKNOWN;
	if (t)
		p->type = *t;
	p->read.graph = g;
	use_set(&p->read, v);
	return p;
}

void use_set(struct use *u, struct value *v)
{
	if (u->value) {
		*u->link = u->next;
		if (u->next)
			u->next->link = u->link;
	}
	u->value = v;
	u->next = NULL;
	u->link = NULL;
	if (v) {
		u->next = v->uses;
		if (u->next)
			u->next->link = &u->next;
		u->link = &v->uses;
		v->uses = u;
	}
}

void value_replace(struct value *old, struct value *new)
{
	if (old == new)
		bug("value '%s' replaced by itself", old->name);
	while (old->uses)
		use_set(old->uses, new);
}

bool value_has_one_use(const struct value *v)
{
	return v->uses && !v->uses->next;
}

bool value_is_output(const struct value *v)
{
	for (const struct use *u = v->uses; u; u = u->next)
		if (!u->user)
			return true;
	return false;
}

bool value_is_fed(const struct value *v)
{
	return v->is_input && !v->konst;
}

void graph_drop_unused_consts(struct graph *g)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < g->nkonst; i++)
		if (g->konst[i]->uses)
			g->konst[kept++] = g->konst[i];
	g->nkonst = kept;
	kept = 0;
	for (uint32_t i = 0; i < g->nin; i++)
		if (!g->in[i]->konst || g->in[i]->uses)
			g->in[kept++] = g->in[i];
	g->nin = kept;
}
