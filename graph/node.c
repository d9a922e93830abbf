/* SPDX-License-Identifier: Apache-2.0 */
/* graph/node.c -- nodes and their attributes: see graph.h. */
#include <string.h>

#include "graph/element.h"
#include "graph/graph.h"

struct node *node_new(struct graph *g, const struct node_spec *spec)
{
	struct arena *a = &g->model->arena;
	struct node *n = arena_new(a, struct node);

	n->id = g->model->nnodes++;
	n->graph = g;
	n->domain = spec->domain ? arena_strdup(a, spec->domain) : "";
	n->type = arena_strdup(a, spec->type);
	n->name = spec->name ? arena_strdup(a, spec->name) : "";
	n->overload = "";
	n->nin = spec->nin;
	n->in = arena_array(a, struct use, spec->nin);
	for (uint32_t i = 0; i < spec->nin; i++) {
		n->in[i].user = n;
		n->in[i].graph = g;
		use_set(&n->in[i], spec->in[i]);
	}
	n->nout = spec->nout;
	n->out = arena_array(a, struct value *, spec->nout);
	for (uint32_t i = 0; i < spec->nout; i++)
		n->out[i] = node_new_value(n);
	return n;
}

struct value *node_new_value(struct node *n)
{
	struct model *m = n->graph->model;
	struct value *v = arena_new(&m->arena, struct value);

	v->id = m->nvalues++;
	v->name = "";
	v->graph = n->graph;
	v->def = n;
	v->type.shape.rank = RANK_UNKNOWN;
	return v;
}

void node_append(struct node *n)
{
	struct graph *g = n->graph;

	n->prev = g->last;
	n->next = NULL;
	*(g->last ? &g->last->next : &g->first) = n;
	g->last = n;
}

void node_insert_before(struct node *n, struct node *at)
{
	n->next = at;
	n->prev = at->prev;
	*(at->prev ? &at->prev->next : &at->graph->first) = n;
	at->prev = n;
}

static bool uses_results(const struct node *n)
{
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && n->out[i]->uses)
			return true;
	return false;
}

static void unlink_node(struct node *n)
{
	struct graph *g = n->graph;

	*(n->prev ? &n->prev->next : &g->first) = n->next;
	*(n->next ? &n->next->prev : &g->last) = n->prev;
	n->prev = n->next = NULL;
}

/* Clear U; a producer that nothing uses any more goes onto DEAD (if given),
 * a list through node.next. */
static void drop_use(struct use *u, struct node **dead)
{
	struct node *def = u->value ? u->value->def : NULL;

	use_set(u, NULL);
	if (!dead || !def || uses_results(def))
		return;
	unlink_node(def);
	def->next = *dead;
	*dead = def;
}

/* Everything that N and its inner graphs read. */
static void drop_reads(struct node *root, struct node **dead)
{
	struct node *n = root;

	do {
		struct graph *g = NULL;

		for (uint32_t i = 0; i < n->nin; i++)
			drop_use(&n->in[i], n == root ? dead : NULL);
		while ((g = node_next_graph(n, g)))
			for (uint32_t i = 0; i < g->nout; i++)
				drop_use(&g->out[i].read, NULL);
		n = node_next_inside(n, root);
	} while (n);
}

void node_remove(struct node *n)
{
	if (uses_results(n))
		bug("node '%s' (%s) removed while it is used", n->name,
		    n->type);
	unlink_node(n);
	drop_reads(n, NULL);
}

void node_remove_dead(struct node *n)
{
	struct node *dead = n;

	if (uses_results(n))
		return;
	unlink_node(n);
	while (dead) {
		n = dead;
		dead = n->next;
		n->next = NULL;
		drop_reads(n, &dead);
	}
}

/* ---- walking ------------------------------------------------------------ */

struct graph *node_next_graph(const struct node *n, const struct graph *after)
{
	bool seen = !after;

	for (uint32_t i = 0; i < n->nattr; i++) {
		const struct attr *x = &n->attr[i];
		uint32_t count = attr_graphs(x);

		for (uint32_t k = 0; k < count; k++) {
			if (seen)
				return x->u.graphs[k];
			seen = x->u.graphs[k] == after;
		}
	}
	return NULL;
}

/* First node of the graphs of N behind AFTER that have any. */
static struct node *first_inside(const struct node *n,
				 const struct graph *after)
{
	struct graph *g = NULL;

	while ((g = node_next_graph(n, after))) {
		if (g->first)
			return g->first;
		after = g;
	}
	return NULL;
}

struct node *node_next_inside(const struct node *n, const struct node *root)
{
	struct node *next = first_inside(n, NULL);

	while (!next && n != root) {
		const struct graph *g = n->graph;

		if (n->next)
			return n->next;
		if (!g->owner)
			return NULL;
		next = first_inside(g->owner, g);
		n = g->owner;
	}
	return next;
}

static struct node *first_of_function(const struct model *m, uint32_t from)
{
	for (uint32_t i = from; i < m->nfunction; i++)
		if (m->function[i].body->first)
			return m->function[i].body->first;
	return NULL;
}

struct node *model_first(const struct model *m)
{
	return m->main->first ? m->main->first : first_of_function(m, 0);
}

struct node *model_next(const struct node *n)
{
	const struct model *m = n->graph->model;
	struct node *next = node_next_inside(n, NULL);
	const struct graph *g = n->graph;
	uint32_t i = 0;

	if (next)
		return next;
	while (g->owner)
		g = g->owner->graph;
	while (g != m->main && m->function[i++].body != g)
		;
	return first_of_function(m, i);
}

/* ---- attributes --------------------------------------------------------- */

static struct attr *find_attr(const struct node *n, const char *name)
{
	for (uint32_t i = 0; i < n->nattr; i++)
		if (!strcmp(n->attr[i].name, name))
			return &n->attr[i];
	return NULL;
}

const struct attr *node_attr(const struct node *n, const char *name)
{
	return find_attr(n, name);
}

uint32_t attr_count(const struct attr *x)
{
	if (x->ref)
		return 0;
	switch (x->kind) {
	case ATTR_FLOATS:
	case ATTR_INTS:
	case ATTR_STRINGS:
	case ATTR_TENSORS:
	case ATTR_GRAPHS:
	case ATTR_SPARSES:
	case ATTR_TYPES:
		return x->count;
	default:
		return 1;
	}
}

uint32_t attr_graphs(const struct attr *x)
{
	bool holds = x->kind == ATTR_GRAPH || x->kind == ATTR_GRAPHS;

	return holds ? attr_count(x) : 0;
}

void node_set_attr(struct node *n, const struct attr *x)
{
	struct arena *a = &n->graph->model->arena;
	struct attr *slot = find_attr(n, x->name);

	if (!slot) {
		struct attr *grown = arena_array(a, struct attr, n->nattr + 1);

		if (n->nattr)
			memcpy(grown, n->attr, n->nattr * sizeof(*grown));
		n->attr = grown;
		slot = &n->attr[n->nattr++];
	}
	*slot = *x;
	slot->name = arena_strdup(a, x->name);
	slot->origin = NULL;
	switch (x->kind) {
	case ATTR_STRING:
		slot->u.s = arena_strndup(a, x->u.s, x->count);
		break;
	case ATTR_INTS:
		slot->u.ints = arena_memdup(a, x->u.ints, x->count * 8);
		break;
	case ATTR_FLOATS:
		slot->u.floats = arena_memdup(a, x->u.floats, x->count * 4);
		break;
	case ATTR_TENSOR:
		slot->u.tensors = arena_memdup(a, x->u.tensors,
					       sizeof(*x->u.tensors));
		break;
	default: /* the rest is shared: it lives in some model's arena */
		break;
	}
}

void node_set_int(struct node *n, const char *name, int64_t x)
{
	struct attr a = {.name = name, .kind = ATTR_INT, .u.i = x};

	node_set_attr(n, &a);
}

void node_set_float(struct node *n, const char *name, float x)
{
	struct attr a = {.name = name, .kind = ATTR_FLOAT, .u.f = x};

	node_set_attr(n, &a);
}

void node_set_string(struct node *n, const char *name, const char *x)
{
	struct attr a = {.name = name,
			 .kind = ATTR_STRING,
			 .count = (uint32_t)strlen(x),
			 .u.s = x};

	node_set_attr(n, &a);
}

void node_set_ints(struct node *n, const char *name, const int64_t *x,
		   uint32_t count)
{
	struct attr a = {
		.name = name, .kind = ATTR_INTS, .count = count, .u.ints = x};

	node_set_attr(n, &a);
}

void node_drop_attr(struct node *n, const char *name)
{
	struct attr *slot = find_attr(n, name), *end;

	if (!slot)
		return;
	end = n->attr + n->nattr;
	memmove(slot, slot + 1, (size_t)(end - slot - 1) * sizeof(*slot));
	n->nattr--;
}

int64_t node_int(const struct node *n, const char *name, int64_t fallback)
{
	const struct attr *a = find_attr(n, name);

	return a && a->kind == ATTR_INT ? a->u.i : fallback;
}

float node_float(const struct node *n, const char *name, float fallback)
{
	const struct attr *a = find_attr(n, name);

	return a && a->kind == ATTR_FLOAT ? a->u.f : fallback;
}

const char *node_string(const struct node *n, const char *name,
			const char *fallback)
{
	const struct attr *a = find_attr(n, name);

	return a && a->kind == ATTR_STRING ? a->u.s : fallback;
}

const int64_t *node_ints(const struct node *n, const char *name,
			 uint32_t *count)
{
	const struct attr *a = find_attr(n, name);

	*count = a && a->kind == ATTR_INTS ? a->count : 0;
	return a && a->kind == ATTR_INTS ? a->u.ints : NULL;
}

/* ---- reading ------------------------------------------------------------ */

struct value *node_in(const struct node *n, uint32_t i)
{
	return i < n->nin ? n->in[i].value : NULL;
}

struct value *node_out(const struct node *n, uint32_t i)
{
	return i < n->nout ? n->out[i] : NULL;
}

bool node_is(const struct node *n, const char *domain, const char *type)
{
	return !strcmp(n->type, type) && !strcmp(n->domain, domain);
}

const char *node_label(const struct node *n, struct arena *a)
{
	if (n->name[0])
		return n->name;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && n->out[i]->name[0])
			return n->out[i]->name;
	return arena_printf(a, "%s#%u", n->type, (unsigned)n->id);
}
