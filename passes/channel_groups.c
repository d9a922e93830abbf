/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_groups.c -- units and groups from what operators said.
 *
 * Operators are asked in execution order and only record.  Then the joins are
 * made, sums last: a sum of two things that nothing else has joined is what
 * makes a residual stream.
 */
#include "passes/channel_groups.h"

#include <string.h>

#include "ops/op.h"
#include "passes/channel_ties.h"

const uint32_t *channels_axis(const struct channels *c, const struct value *v,
			      int32_t axis)
{
	if (v->id >= c->nvalues || !c->axis[v->id])
		return NULL;
	return c->axis[v->id][axis];
}

/* ---- operators ---------------------------------------------------------- */

static const struct tie_rule *find_rule(const struct node *n)
{
	static const struct tie_rule *const tables[] = {
		tie_layers, tie_moves, tie_shapes, tie_elements};

	for (size_t i = 0; i < COUNT_OF(tables) && !n->domain[0]; i++)
		for (const struct tie_rule *r = tables[i]; r->type; r++)
			if (!strcmp(r->type, n->type))
				return r;
	return NULL;
}

static bool ranks_are_known(const struct node *n)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (node_in(n, i) && tie_rank(node_in(n, i)) == RANK_UNKNOWN)
			return false;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && tie_rank(n->out[i]) == RANK_UNKNOWN)
			return false;
	return n->nout > 0 && n->out[0];
}

static void ask(struct ties *t, struct node *n)
{
	const struct tie_rule *r = n->op ? find_rule(n) : NULL;

	if (!n->op || !ranks_are_known(n))
		tie_block_all(t, n);
	else if (r)
		r->tie(t, n);
	else if (n->op->traits & OP_ELEMENTWISE)
		tie_elementwise(t, n);
	else
		tie_block_all(t, n);
}

/* Inner graphs read what they do not declare. */
static void block_inner_readers(struct ties *t, const struct value *v)
{
	const struct graph *main = t->c->model->main;

	for (const struct use *u = v->uses; u; u = u->next) {
		const struct graph *g = u->graph;

		if (g == main)
			continue;
		while (g->outer && g->outer != main)
			g = g->outer;
		tie_block_value(t, g->owner, v);
	}
}

static void ask_all(struct ties *t)
{
	struct graph *g = t->c->model->main;

	for (struct node *n = g->first; n; n = n->next) {
		ask(t, n);
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i])
				block_inner_readers(t, n->out[i]);
	}
	for (uint32_t i = 0; i < g->nout; i++)
		if (g->out[i].read.value)
			tie_block_output(t, &g->out[i]);
}

/* Layers that share a weight keep the same of it.  Vectors may be equal by
 * chance, and are cut apart. */
static void join_shared(struct ties *t)
{
	for (const struct channel_cut *a = t->c->cut; a; a = a->next) {
		const struct value *v = node_in(a->node, a->operand);
		const struct channel_cut *b = a->next;

		if (value_has_one_use(v) || v->konst->shape.rank < 2)
			continue;
		while (b && (node_in(b->node, b->operand) != v ||
			     b->axis != a->axis))
			b = b->next;
		if (b)
			tie_join(t, b->node, a->atom, b->atom, a->count);
	}
}

/* ---- units -------------------------------------------------------------- */

/* What is known about a unit, by its first atom. */
struct unit_facts {
	const struct tie_mark *block;
	struct family *family;
	uint32_t mark;	/* number of the first mark that has it */
	uint32_t width; /* its positions there */
	uint32_t seen;	/* number of the last mark that had it */
	bool residual;
};

static uint32_t find(uint32_t *parent, uint32_t x)
{
	while (parent[x] != x) {
		parent[x] = parent[parent[x]];
		x = parent[x];
	}
	return x;
}

static void unite(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = find(parent, a);
	b = find(parent, b);
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
}

static void unite_pairs(struct ties *t, const struct tie_pair *p)
{
	for (; p; p = p->next)
		for (size_t i = 0; i < p->count; i++) {
			if (p->a[i] != ATOM_FIXED && p->b[i] != ATOM_FIXED) {
				unite(t->c->unit, p->a[i], p->b[i]);
				continue;
			}
			tie_block(t, p->by, &p->a[i], 1);
			tie_block(t, p->by, &p->b[i], 1);
		}
}

/* RESIDUAL, by atom: a sum adds it to another unit. */
static void mark_sums(struct ties *t, bool *residual)
{
	uint32_t *parent = t->c->unit;

	for (const struct tie_pair *p = t->sum; p; p = p->next)
		for (size_t i = 0; i < p->count; i++) {
			uint32_t a = p->a[i], b = p->b[i];

			if (a == ATOM_FIXED || b == ATOM_FIXED ||
			    find(parent, a) == find(parent, b))
				continue;
			residual[a] = residual[b] = true;
		}
}

static struct unit_facts *make_units(struct ties *t)
{
	struct channels *c = t->c;
	bool *residual = arena_array(&t->arena, bool, c->natoms);
	struct unit_facts *facts = arena_array(&t->arena, struct unit_facts,
					       c->natoms);

	c->unit = arena_array(&c->arena, uint32_t, c->natoms);
	for (uint32_t i = 0; i < c->natoms; i++)
		c->unit[i] = i;
	unite_pairs(t, t->join);
	mark_sums(t, residual);
	unite_pairs(t, t->sum);
	for (uint32_t i = 0; i < c->natoms; i++) {
		c->unit[i] = find(c->unit, i);
		facts[c->unit[i]].residual |= residual[i];
	}
	for (const struct tie_mark *m = t->block; m; m = m->next)
		for (size_t i = 0; i < m->count; i++) {
			struct unit_facts *f;

			if (m->row[i] == ATOM_FIXED)
				continue;
			f = &facts[c->unit[m->row[i]]];
			if (!f->block)
				f->block = m;
		}
	return facts;
}

/* ---- groups ------------------------------------------------------------- */

/* Units that are in the same marks: a node of a tree whose edges are marks. */
struct family {
	struct family *parent, *child;
	struct node *maker; /* NULL: the mark is a part */
	uint32_t stamp;	    /* number of the mark that made CHILD */
	uint32_t makers;    /* on the way from the root */
	uint32_t count, group;
	bool open; /* GROUP is set */
};

static struct family *grow_family(struct ties *t, struct family *f,
				  const struct tie_mark *m, uint32_t number)
{
	if (f->stamp != number) {
		f->stamp = number;
		f->child = arena_new(&t->arena, struct family);
		*f->child = (struct family){.parent = f,
					    .maker = m->maker,
					    .makers = f->makers + !!m->maker};
	}
	return f->child;
}

static void make_families(struct ties *t, struct unit_facts *facts)
{
	struct family *root = arena_new(&t->arena, struct family);
	uint32_t number = 0;

	for (const struct tie_mark *m = t->mark; m; m = m->next) {
		number++;
		for (size_t i = 0; i < m->count; i++) {
			struct unit_facts *f;

			if (m->row[i] == ATOM_FIXED)
				continue;
			f = &facts[t->c->unit[m->row[i]]];
			if (!f->mark)
				f->mark = number;
			f->width += f->mark == number;
			if (f->seen == number)
				continue;
			f->seen = number;
			f->family = grow_family(t, f->family ? f->family : root,
						m, number);
		}
	}
}

static const char *reason(struct ties *t, const struct tie_mark *m)
{
	struct arena *a = &t->c->arena;

	if (m->output)
		return arena_printf(a, "output '%s'", m->output);
	return arena_printf(a, "%s '%s'", m->by->type, node_label(m->by, a));
}

static void open_group(struct ties *t, struct family *f)
{
	struct channels *c = t->c;
	struct channel_group *g = &c->group[c->ngroups];
	uint32_t k = f->makers;

	f->group = c->ngroups++;
	g->unit = arena_array(&c->arena, uint32_t, f->count);
	g->size = arena_array(&c->arena, uint32_t, f->count);
	g->makers = f->makers;
	g->maker = arena_array(&c->arena, struct node *, f->makers);
	for (; f->parent; f = f->parent)
		if (f->maker)
			g->maker[--k] = f->maker;
}

static void add_unit(struct ties *t, uint32_t unit, const struct unit_facts *f)
{
	struct channels *c = t->c;
	struct channel_group *g = &c->group[f->family->group];

	if (!g->count)
		g->width = f->width;
	else if (g->width != f->width)
		g->width = 0;
	g->channels += f->width;
	g->size[g->count] = f->width;
	g->unit[g->count++] = unit;
	g->residual |= f->residual;
	if (f->block && !g->why_not)
		g->why_not = reason(t, f->block);
	c->group_of[unit] = f->family->group;
}

static void make_groups(struct ties *t, struct unit_facts *facts)
{
	struct channels *c = t->c;
	uint32_t families = 0;

	c->group_of = arena_array(&c->arena, uint32_t, c->natoms);
	for (uint32_t i = 0; i < c->natoms; i++) {
		struct family *f = facts[i].family;

		c->group_of[i] = UINT32_MAX;
		if (f && f->makers)
			families += !f->count++;
	}
	c->group = arena_array(&c->arena, struct channel_group, families);
	for (uint32_t i = 0; i < c->natoms; i++) {
		struct family *f = facts[i].family;

		if (!f || !f->makers)
			continue;
		if (!f->open)
			open_group(t, f);
		f->open = true;
		add_unit(t, i, &facts[i]);
	}
}

void channels_release(struct channels *c)
{
	arena_release(&c->arena);
	*c = (struct channels){.model = NULL};
}

bool channels_find(struct channels *c, struct model *m, struct err *e)
{
	struct ties t = {.c = c};
	struct unit_facts *facts;

	*c = (struct channels){.model = m, .nvalues = m->nvalues};
	c->axis = arena_array(&c->arena, const uint32_t **, c->nvalues);
	t.join_end = &t.join;
	t.sum_end = &t.sum;
	t.block_end = &t.block;
	t.mark_end = &t.mark;
	t.cut_end = &c->cut;
	ask_all(&t);
	join_shared(&t);
	if (!t.over) {
		facts = make_units(&t);
		make_families(&t, facts);
		make_groups(&t, facts);
	}
	arena_release(&t.arena);
	if (!t.over)
		return true;
	channels_release(c);
	return err_set(e, ERR_LIMIT, "more than %d positions of channels",
		       CHANNELS_MOST);
}
