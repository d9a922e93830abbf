/* SPDX-License-Identifier: Apache-2.0 */
/* passes/merge_duplicates.c -- equal nodes and equal constants become one.
 *
 * EXACT.  Two nodes are equal if operator, attributes and operands are (the
 * two operands of a commutative operator in any order) and the first is
 * visible where the second stands: in the same graph or an outer one, and
 * earlier.  Not for unknown or random operators, nor for those with inner
 * graphs.  Two constants are equal if type, shape and bytes are.  Neither may
 * be merged if both are outputs: the file format needs two values then.
 */
#include <string.h>

#include "graph/element.h"
#include "ops/op.h"
#include "ops/random.h"
#include "passes/edit_state.h"
#include "passes/constant.h"

enum { HASHED_BYTES = 4096 };

/* FNV-1a. */
static uint64_t mix(uint64_t h, const void *data, size_t bytes)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < bytes; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static const uint64_t basis = UINT64_C(0xcbf29ce484222325);

/* ---- attributes --------------------------------------------------------- */

static bool same_tensor(const struct tensor *a, const struct tensor *b)
{
	return a->dtype == b->dtype && shape_equal(&a->shape, &b->shape) &&
	       a->dtype != DTYPE_STRING && a->bytes == b->bytes &&
	       (a->data == b->data || !a->bytes ||
		!memcmp(a->data, b->data, a->bytes));
}

static bool same_texts(const struct attr *a, const struct attr *b)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (a->u.strings[i].len != b->u.strings[i].len ||
		    memcmp(a->u.strings[i].at, b->u.strings[i].at,
			   a->u.strings[i].len) != 0)
			return false;
	return true;
}

static bool same_attr(const struct attr *a, const struct attr *b)
{
	if (strcmp(a->name, b->name) != 0 || a->kind != b->kind ||
	    a->count != b->count || a->ref || b->ref)
		return false;
	switch (a->kind) {
	case ATTR_INT:
		return a->u.i == b->u.i;
	case ATTR_FLOAT:
		return !memcmp(&a->u.f, &b->u.f, sizeof(a->u.f));
	case ATTR_STRING:
		return !memcmp(a->u.s, b->u.s, a->count);
	case ATTR_INTS:
		return !memcmp(a->u.ints, b->u.ints, 8 * (size_t)a->count);
	case ATTR_FLOATS:
		return !memcmp(a->u.floats, b->u.floats, 4 * (size_t)a->count);
	case ATTR_STRINGS:
		return same_texts(a, b);
	case ATTR_TENSOR:
		return same_tensor(a->u.tensors, b->u.tensors);
	default:
		return false;
	}
}

/* ---- nodes -------------------------------------------------------------- */

static bool swapped(const struct node *n)
{
	return n->op->traits & OP_COMMUTATIVE && n->nin == 2 &&
	       n->in[0].value && n->in[1].value &&
	       n->in[0].value->id > n->in[1].value->id;
}

/* Operand I in the order in which commutative operands are compared. */
static struct value *operand(const struct node *n, uint32_t i)
{
	return n->in[swapped(n) ? 1 - i : i].value;
}

static uint64_t node_hash(const struct node *n)
{
	uint64_t h = mix(basis, n->type, strlen(n->type));

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = operand(n, i);
		uint32_t id = v ? v->id : UINT32_MAX;

		h = mix(h, &id, sizeof(id));
	}
	return mix(h, &n->nattr, sizeof(n->nattr));
}

static bool same_node(const struct node *a, const struct node *b)
{
	if (strcmp(a->type, b->type) != 0 ||
	    strcmp(a->domain, b->domain) != 0 || a->nin != b->nin ||
	    a->nattr != b->nattr || a->nout != b->nout)
		return false;
	for (uint32_t i = 0; i < a->nin; i++)
		if (operand(a, i) != operand(b, i))
			return false;
	for (uint32_t i = 0; i < a->nattr; i++) {
		const struct attr *x = node_attr(b, a->attr[i].name);

		if (!x || !same_attr(&a->attr[i], x))
			return false;
	}
	return true;
}

static bool sees(const struct graph *g, const struct graph *outer)
{
	while (g && g != outer)
		g = g->outer;
	return g != NULL;
}

/* Every result of NEW can be read where the one of OLD is. */
static bool can_stand_for(const struct node *new, const struct node *old)
{
	for (uint32_t i = 0; i < old->nout; i++) {
		const struct value *v = old->out[i];

		if (v && v->uses &&
		    (!node_out(new, i) || !may_forward(v, new->out[i])))
			return false;
	}
	return true;
}

static bool may_merge(const struct node *n)
{
	return n->op && n->nin && !(n->op->traits & OP_GRAPHS) &&
	       !node_is_random(n) && !n->overload[0];
}

static void merge_nodes(struct node *keep, struct node *n)
{
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && n->out[i]->uses)
			value_replace(n->out[i], keep->out[i]);
	node_remove_dead(n);
}

struct seen {
	struct seen *next, *older;
	uint64_t hash;
	const struct graph *graph;
	struct node *node;
	struct value *konst;
};

/* What was met in the graphs around the place where a walk stands. */
struct table {
	struct arena arena;
	struct seen **bucket;
	size_t mask;
	struct seen *newest;
};

static void table_begin(struct table *t, size_t count)
{
	size_t size = 64;

	while (size < 2 * count)
		size *= 2;
	t->bucket = arena_array(&t->arena, struct seen *, size);
	t->mask = size - 1;
}

static void table_add(struct table *t, struct seen x)
{
	struct seen **b = &t->bucket[x.hash & t->mask];
	struct seen *s = arena_new(&t->arena, struct seen);

	*s = x;
	s->next = *b;
	s->older = t->newest;
	*b = t->newest = s;
}

/* The walk goes on in G: forget graphs that it has left, newest first, so that
 * many neighbours with the same content do not make it slow. */
static void table_enter(struct table *t, const struct graph *g)
{
	while (t->newest && !sees(g, t->newest->graph)) {
		t->bucket[t->newest->hash & t->mask] = t->newest->next;
		t->newest = t->newest->older;
	}
}

static struct node *find_node(const struct table *t, uint64_t hash,
			      const struct node *n)
{
	struct seen *s = t->bucket[hash & t->mask];

	for (; s; s = s->next)
		if (s->hash == hash && same_node(s->node, n) &&
		    can_stand_for(s->node, n))
			return s->node;
	return NULL;
}

static bool merge_equal_nodes(struct rewriting *rw)
{
	struct table t = {.mask = 0};
	bool changed = false;
	struct node *n, *next;

	table_begin(&t, rw->model->nnodes);
	for (n = model_first(rw->model); n; n = next) {
		struct node *keep;
		uint64_t hash;

		next = model_next(n);
		if (!may_merge(n))
			continue;
		hash = node_hash(n);
		table_enter(&t, n->graph);
		keep = find_node(&t, hash, n);
		if (!keep) {
			table_add(&t, (struct seen){.hash = hash,
						    .graph = n->graph,
						    .node = n});
		} else if (rewriting_take(rw)) {
			merge_nodes(keep, n);
			changed = true;
		}
	}
	arena_release(&t.arena);
	return changed;
}

/* ---- constants ---------------------------------------------------------- */

/* The beginning tells most apart; large weights are read where it does not. */
static uint64_t const_hash(const struct tensor *t)
{
	return mix(mix(basis, &t->bytes, sizeof(t->bytes)), t->data,
		   t->bytes < HASHED_BYTES ? t->bytes : HASHED_BYTES);
}

static struct value *find_const(const struct table *t, uint64_t hash,
				const struct value *v)
{
	struct seen *s = t->bucket[hash & t->mask];

	for (; s; s = s->next)
		if (s->hash == hash && same_tensor(s->konst->konst, v->konst))
			return s->konst;
	return NULL;
}

static void merge_consts_of(struct rewriting *rw, struct table *t,
			    struct graph *g)
{
	for (uint32_t i = 0; i < g->nkonst; i++) {
		struct value *v = g->konst[i], *keep;
		const struct tensor *x = v->konst;
		uint64_t hash = const_hash(x);

		if (x->dtype == DTYPE_STRING || value_is_output(v))
			continue;
		keep = find_const(t, hash, v);
		if (!keep)
			table_add(t, (struct seen){.hash = hash,
						   .graph = g,
						   .konst = v});
		else if (v->uses && rewriting_take(rw))
			value_replace(v, keep);
	}
}

/* In a graph without nodes, only outputs could read constants. */
static void merge_equal_consts(struct rewriting *rw)
{
	struct table t = {.mask = 0};
	struct model *m = rw->model;

	table_begin(&t, m->nvalues);
	for (struct node *n = model_first(m); n; n = model_next(n)) {
		if (n != n->graph->first)
			continue;
		table_enter(&t, n->graph);
		merge_consts_of(rw, &t, n->graph);
	}
	arena_release(&t.arena);
}

static bool run(struct rewriting *rw, struct err *e)
{
	(void)e;
	merge_equal_consts(rw);
	while (merge_equal_nodes(rw))
		;
	return true;
}

static const struct rule rules[] = {
	{"node", NULL, NULL, NULL}, {"constant", NULL, NULL, NULL}, {0}};

const struct pass pass_rows_merge_duplicates[] = {
	{.name = "merge-duplicates",
	 .summary = "compute equal nodes and keep equal constants once",
	 .fidelity = EXACT,
	 .rules = rules,
	 .run = run},
	{0}};
