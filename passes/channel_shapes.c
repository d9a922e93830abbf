/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_shapes.c -- the same elements in other dims: Reshape,
 * Flatten, Squeeze, Unsqueeze.
 *
 * From the right, dims of operand and result are taken together until their
 * products are equal: such a run is one axis that stays, several that become
 * one (a channel has many positions then), or one that becomes several.  Of
 * the axes that one splits into, the first is shortened where it was the last
 * one (heads of features), else the last (channels that are shuffled).
 */
#include <string.h>

#include "passes/channel_ties.h"
#include "passes/constant.h"

/* Axes that belong together. */
struct run {
	int32_t axis[MAX_RANK]; /* not of size 1, from left to right */
	int32_t count;
};

struct runs {
	struct ties *t;
	struct node *node;
	struct value *x, *y;
	int32_t i, j; /* the axes of X and Y that come next */
	int64_t a, b; /* products of what was taken */
	struct run in, out;
};

static void block_run(struct runs *r)
{
	for (int32_t i = 0; i < r->in.count; i++)
		tie_block_axis(r->t, r->node, 0, r->in.axis[i]);
}

static int64_t size_of(const struct value *v, const struct run *r, int32_t from)
{
	int64_t n = 1;

	for (int32_t i = from; i < r->count; i++)
		n *= tie_dim(v, r->axis[i]);
	return n;
}

/* Several become one; one of them may lose positions. */
static void merge(struct runs *r)
{
	const uint32_t *from = NULL;
	int64_t inner = 1, dim = 1, total = tie_dim(r->y, r->out.axis[0]);
	uint32_t *row;

	for (int32_t i = 0; i < r->in.count; i++) {
		const uint32_t *x = tie_axis(r->t, r->x, r->in.axis[i]);

		if (!x)
			continue;
		if (from) {
			block_run(r);
			return;
		}
		from = x;
		dim = tie_dim(r->x, r->in.axis[i]);
		inner = size_of(r->x, &r->in, i + 1);
	}
	row = from ? tie_row(r->t, (size_t)total) : NULL;
	for (int64_t i = 0; row && i < total; i++)
		row[i] = from[i / inner % dim];
	tie_set(r->t, r->y, r->out.axis[0], row);
}

/* One becomes several; AT of them loses positions. */
static void split(struct runs *r)
{
	int32_t from = r->in.axis[0];
	bool last = from == tie_rank(r->x) - 1;
	int32_t at = last ? 0 : r->out.count - 1;
	const uint32_t *x = tie_axis(r->t, r->x, from);
	int64_t dim = tie_dim(r->y, r->out.axis[at]);
	int64_t inner = size_of(r->y, &r->out, at + 1);
	uint32_t *row, *first;

	if (!x)
		return;
	first = tie_row(r->t, (size_t)tie_dim(r->x, from));
	row = tie_row(r->t, (size_t)dim);
	if (!first || !row)
		return;
	for (int64_t i = 0; i < tie_dim(r->x, from); i++)
		first[i] = x[i / inner % dim * inner];
	tie_join(r->t, r->node, x, first, (size_t)tie_dim(r->x, from));
	for (int64_t i = 0; i < dim; i++)
		row[i] = x[i * inner];
	tie_set(r->t, r->y, r->out.axis[at], row);
}

static void end_run(struct runs *r)
{
	if (r->in.count == 1 && r->out.count == 1)
		tie_set(r->t, r->y, r->out.axis[0],
			tie_axis(r->t, r->x, r->in.axis[0]));
	else if (r->out.count == 1 && r->in.count)
		merge(r);
	else if (r->in.count == 1 && r->out.count)
		split(r);
	else
		block_run(r);
	r->in.count = r->out.count = 0;
}

/* Put axis AT in front, unless its size is 1. */
static void take(struct run *r, const struct value *v, int32_t at)
{
	if (tie_dim(v, at) == 1)
		return;
	memmove(r->axis + 1, r->axis, (size_t)r->count * sizeof(*r->axis));
	r->axis[0] = at;
	r->count++;
}

/* The axes that are left are not understood. */
static void give_up(struct runs *r)
{
	block_run(r);
	for (; r->i >= 0; r->i--)
		tie_block_axis(r->t, r->node, 0, r->i);
}

/* Take one axis; false where it is not known what goes with it. */
static bool step(struct runs *r)
{
	bool left = r->a < r->b || (r->a == r->b && r->i >= 0);
	const struct value *v = left ? r->x : r->y;
	int32_t at = left ? r->i : r->j;
	int64_t d = at >= 0 ? tie_dim(v, at) : 0, product;

	if (d < 1 || __builtin_mul_overflow(left ? r->a : r->b, d, &product))
		return false;
	take(left ? &r->in : &r->out, v, at);
	*(left ? &r->a : &r->b) = product;
	*(left ? &r->i : &r->j) = at - 1;
	if (r->a == r->b && r->in.count && r->out.count)
		end_run(r);
	return true;
}

/* Both sides go on with the same dim of unknown size. */
static bool same_unknown(const struct runs *r)
{
	if (r->a != r->b || r->i < 0 || r->j < 0 || tie_dim(r->x, r->i) >= 0 ||
	    tie_dim(r->y, r->j) >= 0)
		return false;
	return (!r->i && !r->j) || (tie_dim(r->x, r->i) != DIM_UNKNOWN &&
				    tie_dim(r->x, r->i) == tie_dim(r->y, r->j));
}

static void match(struct runs *r)
{
	while (r->i >= 0 || r->j >= 0) {
		if (r->a == r->b && r->i >= 0 && tie_dim(r->x, r->i) == 1) {
			r->i--;
		} else if (r->a == r->b && r->j >= 0 &&
			   tie_dim(r->y, r->j) == 1) {
			r->j--;
		} else if (same_unknown(r)) {
			r->i--;
			r->j--;
		} else if (!step(r)) {
			break;
		}
	}
	if (r->i >= 0 || r->j >= 0 || r->in.count || r->out.count)
		give_up(r);
}

static void same_elements(struct ties *t, struct node *n)
{
	struct runs r = {.t = t,
			 .node = n,
			 .x = node_in(n, 0),
			 .y = n->out[0],
			 .a = 1,
			 .b = 1};

	r.i = tie_rank(r.x) - 1;
	r.j = tie_rank(r.y) - 1;
	match(&r);
}

/* The list of dims has to change with them. */
static void reshape(struct ties *t, struct node *n)
{
	struct shape list;

	if (const_ints(node_in(n, 1), &list) && !value_is_fed(node_in(n, 1)))
		same_elements(t, n);
	else
		tie_block_all(t, n);
}

const struct tie_rule tie_shapes[] = {
	{"Reshape", reshape},
	{"Flatten", same_elements},
	{"Squeeze", same_elements},
	{"Unsqueeze", same_elements},
	{NULL, NULL},
};
