/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_ties.c -- what operators say, recorded. */
#include "passes/channel_ties.h"

int32_t tie_rank(const struct value *v)
{
	return v->type.kind == TYPE_TENSOR ? v->type.shape.rank : RANK_UNKNOWN;
}

int64_t tie_dim(const struct value *v, int32_t axis)
{
	return v->type.shape.dim[axis];
}

const uint32_t *tie_axis(const struct ties *t, const struct value *v,
			 int32_t axis)
{
	return channels_axis(t->c, v, axis);
}

void tie_set(struct ties *t, struct value *v, int32_t axis, const uint32_t *row)
{
	const uint32_t ***rows = &t->c->axis[v->id];

	if (!row)
		return;
	if (!*rows)
		*rows = arena_array(&t->c->arena, const uint32_t *,
				    (size_t)tie_rank(v));
	(*rows)[axis] = row;
}

uint32_t *tie_row(struct ties *t, size_t n)
{
	if (n > CHANNELS_MOST - t->positions) {
		t->over = true;
		return NULL;
	}
	t->positions += n;
	return arena_array(&t->c->arena, uint32_t, n);
}

uint32_t *tie_fresh(struct ties *t, size_t n)
{
	uint32_t *row = tie_row(t, n);

	for (size_t i = 0; row && i < n; i++)
		row[i] = t->c->natoms++;
	return row;
}

static void add_mark(struct ties *t, struct tie_mark ***end,
		     const struct tie_mark *m)
{
	if (!m->row || !m->count)
		return;
	**end = arena_memdup(&t->arena, m, sizeof(*m));
	*end = &(**end)->next;
}

void tie_make(struct ties *t, struct node *n, const uint32_t *row, size_t count)
{
	add_mark(t, &t->mark_end,
		 &(struct tie_mark){.row = row, .count = count, .maker = n});
}

void tie_part(struct ties *t, const uint32_t *row, size_t count)
{
	add_mark(t, &t->mark_end,
		 &(struct tie_mark){.row = row, .count = count});
}

void tie_block(struct ties *t, const struct node *n, const uint32_t *row,
	       size_t count)
{
	add_mark(t, &t->block_end,
		 &(struct tie_mark){.row = row, .count = count, .by = n});
}

void tie_block_output(struct ties *t, const struct port *p)
{
	const struct value *v = p->read.value;

	for (int32_t i = 0; t->c->axis[v->id] && i < tie_rank(v); i++)
		add_mark(t, &t->block_end,
			 &(struct tie_mark){.row = tie_axis(t, v, i),
					    .count = (size_t)tie_dim(v, i),
					    .output = p->name});
}

void tie_block_value(struct ties *t, const struct node *n,
		     const struct value *v)
{
	for (int32_t i = 0; t->c->axis[v->id] && i < tie_rank(v); i++)
		if (tie_axis(t, v, i))
			tie_block(t, n, tie_axis(t, v, i),
				  (size_t)tie_dim(v, i));
}

void tie_block_axis(struct ties *t, const struct node *n, uint32_t i,
		    int32_t axis)
{
	const struct value *v = node_in(n, i);
	const uint32_t *row = v ? tie_axis(t, v, axis) : NULL;

	if (row)
		tie_block(t, n, row, (size_t)tie_dim(v, axis));
}

void tie_block_all(struct ties *t, const struct node *n)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (node_in(n, i))
			tie_block_value(t, n, node_in(n, i));
}

static void add_pair(struct ties *t, struct tie_pair ***end,
		     const struct node *n, const uint32_t *a, const uint32_t *b,
		     size_t count)
{
	if (!a || !b) {
		tie_block(t, n, a, count);
		tie_block(t, n, b, count);
		return;
	}
	if (a == b)
		return;
	**end = arena_memdup(
		&t->arena,
		&(struct tie_pair){.a = a, .b = b, .count = count, .by = n},
		sizeof(struct tie_pair));
	*end = &(**end)->next;
}

void tie_join(struct ties *t, const struct node *n, const uint32_t *a,
	      const uint32_t *b, size_t count)
{
	add_pair(t, &t->join_end, n, a, b, count);
}

void tie_sum(struct ties *t, const struct node *n, const uint32_t *a,
	     const uint32_t *b, size_t count)
{
	add_pair(t, &t->sum_end, n, a, b, count);
}

void tie_cut(struct ties *t, struct node *n, uint32_t i, int32_t axis,
	     const uint32_t *row, size_t count)
{
	const struct value *v = node_in(n, i);
	struct channel_cut *cut;

	if (!v || !row)
		return;
	if (!v->konst || value_is_fed(v)) {
		tie_block(t, n, row, count);
		return;
	}
	cut = arena_new(&t->c->arena, struct channel_cut);
	*cut = (struct channel_cut){.node = n,
				    .operand = i,
				    .axis = axis,
				    .atom = row,
				    .count = (uint32_t)count};
	*t->cut_end = cut;
	t->cut_end = &cut->next;
}
