/* SPDX-License-Identifier: Apache-2.0 */
/* exec/layout.c -- where in one buffer each value of known size lies.
 *
 * A block is needed from the action that makes it to the last one that reads
 * it.  Blocks are placed in that order, each into the smallest gap between
 * those still needed.  A kernel that can work in place continues the block of
 * one of its operands.  An inner graph's buffer is a block of the action that
 * runs it, shared by all graphs of that action, because one runs at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "exec/plan_impl.h"

/* ---- blocks ------------------------------------------------------------- */

/* Those still needed, in order of their offsets. */
struct live {
	struct block **at;
	uint32_t count;
};

static void drop_expired(struct live *l, uint32_t now)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < l->count; i++)
		if (l->at[i]->last >= now)
			l->at[kept++] = l->at[i];
	l->count = kept;
}

/* B into the smallest gap that holds it, else behind everything. */
static void place_block(struct live *l, struct block *b)
{
	size_t end = 0, best = SIZE_MAX;
	uint32_t where = l->count;

	for (uint32_t i = 0; i < l->count; i++) {
		size_t gap = l->at[i]->offset - end;

		if (gap >= b->bytes && gap < best) {
			best = gap;
			where = i;
			b->offset = end;
		}
		end = l->at[i]->offset + l->at[i]->bytes;
	}
	if (where == l->count)
		b->offset = end;
	memmove(&l->at[where + 1], &l->at[where],
		(l->count - where) * sizeof(struct block *));
	l->at[where] = b;
	l->count++;
}

size_t blocks_place(struct block *b, uint32_t n)
{
	struct live l = {calloc(n ? n : 1, sizeof(struct block *)), 0};
	size_t total = 0;

	if (!l.at)
		die_oom();
	for (uint32_t i = 0; i < n && total != SIZE_MAX; i++) {
		drop_expired(&l, b[i].first);
		place_block(&l, &b[i]);
		if (b[i].bytes > SIZE_MAX / 2 - b[i].offset)
			total = SIZE_MAX;
		else if (b[i].offset + b[i].bytes > total)
			total = b[i].offset + b[i].bytes;
	}
	free(l.at);
	return total;
}

/* ---- values ------------------------------------------------------------- */

/* The action of R at which U reads; R->count for a port of R's graph. */
static uint32_t read_at(const struct plan *p, const struct program *r,
			const struct use *u)
{
	const struct graph *g = u->graph;
	const struct node *n = u->user;

	while (g != r->graph) {
		n = g->owner;
		g = n->graph;
	}
	return n ? p->index[n->id] : r->count;
}

static uint32_t last_read(const struct plan *p, const struct program *r,
			  const struct value *v, uint32_t made)
{
	uint32_t last = made;

	for (const struct use *u = v->uses; u; u = u->next) {
		uint32_t at = read_at(p, r, u);

		if (at > last)
			last = at;
	}
	return last;
}

/* Multiples of the alignment, so that offsets stay aligned. */
static size_t round_up(size_t bytes)
{
	if (!bytes)
		return BUF_ALIGN;
	return (bytes + BUF_ALIGN - 1) / BUF_ALIGN * BUF_ALIGN;
}

static uint32_t new_block(struct program *r, size_t bytes, uint32_t first,
			  uint32_t last)
{
	r->block[r->nblock] = (struct block){round_up(bytes), 0, first, last};
	return r->nblock++;
}

/* The block of the operand that result 0 of action I may take over, if nobody
 * needs it any more. */
static uint32_t reusable_block(const struct plan *p, const struct program *r,
			       uint32_t i)
{
	const struct call *c = &r->at[i].call;
	uint32_t which = c->kernel->in_place ? c->kernel->in_place - 1 : 0;
	const struct value *x = node_in(c->node, which);
	const struct value *y = node_out(c->node, 0);
	const struct slot *s;
	const struct datum *dy;

	if (!c->kernel->in_place || !x || !y || x->graph != r->graph)
		return NO_BLOCK;
	s = &p->slot[x->id];
	dy = &p->slot[y->id].datum;
	if (s->place != PLACE_PLANNED || s->block == NO_BLOCK ||
	    s->datum.tensor.dtype != dy->tensor.dtype ||
	    s->datum.tensor.bytes != dy->tensor.bytes)
		return NO_BLOCK;
	/* Another operand of this very action may be the same value. */
	for (const struct use *u = x->uses; u; u = u->next)
		if (read_at(p, r, u) > i ||
		    (u->user == c->node && u != &c->node->in[which]))
			return NO_BLOCK;
	return r->block[s->block].last == i ? s->block : NO_BLOCK;
}

static void layout_action(struct plan *p, struct program *r, uint32_t i)
{
	struct action *a = &r->at[i];
	const struct node *n = a->call.node;

	for (uint32_t k = 0; k < n->nout; k++) {
		const struct value *v = n->out[k];
		struct slot *s = v ? &p->slot[v->id] : NULL;
		uint32_t last;

		if (!s || s->place != PLACE_PLANNED)
			continue;
		last = last_read(p, r, v, i);
		s->block = k ? NO_BLOCK : reusable_block(p, r, i);
		if (s->block != NO_BLOCK)
			r->block[s->block].last = last;
		else
			s->block = new_block(r, s->datum.tensor.bytes, i, last);
	}
	if (a->scratch_bytes)
		a->scratch_block = new_block(r, a->scratch_bytes, i, i);
	if (a->inner_bytes)
		a->inner_block = new_block(r, a->inner_bytes, i, i);
}

/* Other strings may point at the characters of this action's: Gather and its
 * like move elements, not what these point at. */
static bool makes_strings(const struct node *n)
{
	for (uint32_t k = 0; k < n->nout; k++) {
		const struct type *t = n->out[k] ? &n->out[k]->type : NULL;

		while (t && t->kind != TYPE_TENSOR && t->elem &&
		       !(t->kind == TYPE_MAP && t->dtype == DTYPE_STRING))
			t = t->elem;
		if (t && (t->dtype == DTYPE_STRING || t->dtype == DTYPE_NONE))
			return true;
	}
	return false;
}

/* Run-time results are released after the action that reads them last; strings
 * when their action runs again. */
static void layout_deaths(struct plan *p, struct program *r)
{
	uint32_t *when = arena_array(&p->arena, uint32_t, r->count);

	for (uint32_t i = 0; i < r->count; i++) {
		const struct node *n = r->at[i].call.node;

		when[i] = makes_strings(n) ? r->count : i;
		for (uint32_t k = 0; k < n->nout; k++) {
			uint32_t last = n->out[k]
						? last_read(p, r, n->out[k], i)
						: i;

			if (last > when[i])
				when[i] = last;
		}
		if (r->at[i].dynamic && when[i] < r->count)
			r->at[when[i]].ndies++;
	}
	for (uint32_t i = 0; i < r->count; i++) {
		r->at[i].dies = arena_array(&p->arena, struct action *,
					    r->at[i].ndies);
		r->at[i].ndies = 0;
	}
	for (uint32_t i = 0; i < r->count; i++)
		if (r->at[i].dynamic && when[i] < r->count) {
			struct action *a = &r->at[when[i]];

			a->dies[a->ndies++] = &r->at[i];
		}
}

static size_t count_results(const struct program *r)
{
	size_t count = 0;

	for (uint32_t i = 0; i < r->count; i++)
		count += r->at[i].call.nout;
	return count;
}

static bool layout_program(struct plan *p, struct program *r, struct err *e)
{
	r->block = arena_array(&p->arena, struct block,
			       count_results(r) + (size_t)r->count * 2);
	for (uint32_t i = 0; i < r->count; i++)
		layout_action(p, r, i);
	r->bytes = blocks_place(r->block, r->nblock);
	if (r->bytes == SIZE_MAX)
		return err_set(e, ERR_LIMIT,
			       "the activations together are too large");
	if (r->owner && r->bytes > r->owner->inner_bytes)
		r->owner->inner_bytes = r->bytes;
	layout_deaths(p, r);
	return true;
}

/* ---- addresses ---------------------------------------------------------- */

static void *block_data(const struct plan *p, const struct program *r,
			uint32_t block)
{
	return p->buffer.data + r->base + r->block[block].offset;
}

static void address_program(struct plan *p, struct program *r)
{
	if (r->owner)
		r->base = r->outer->base +
			  (r->owner->inner_block == NO_BLOCK
				   ? 0
				   : r->outer->block[r->owner->inner_block]
					     .offset);
	for (uint32_t i = 0; i < r->count; i++) {
		struct action *a = &r->at[i];
		const struct node *n = a->call.node;

		for (uint32_t k = 0; k < n->nout; k++) {
			struct slot *s = n->out[k] ? &p->slot[n->out[k]->id]
						   : NULL;

			if (s && s->place == PLACE_PLANNED)
				s->datum.tensor.data = block_data(p, r,
								  s->block);
		}
		if (a->scratch_block != NO_BLOCK)
			a->call.scratch = block_data(p, r, a->scratch_block);
	}
}

bool plan_layout(struct plan *p, struct err *e)
{
	/* Inner graphs first: their size is a block of the outer program. */
	for (uint32_t i = p->nprogram; i-- > 0;)
		if (!layout_program(p, &p->program[i], e))
			return false;
	if (!buf_alloc(&p->buffer, p->program[0].bytes, p->budget, e))
		return err_context(e, "memory for activations");
	for (uint32_t i = 0; i < p->nprogram; i++)
		address_program(p, &p->program[i]);
	return true;
}
