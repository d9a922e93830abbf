/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_moves.c -- operators that put positions elsewhere, or lose
 * some of them: Transpose, Concat, Split, Slice, pools, reductions ...
 */
#include <string.h>

#include "ops/op.h"
#include "passes/channel_ties.h"
#include "passes/constant.h"

/* Result axis TO has what axis FROM of operand 0 has. */
static void pass(struct ties *t, struct node *n, int32_t from, int32_t to)
{
	tie_set(t, n->out[0], to, tie_axis(t, node_in(n, 0), from));
}

static int32_t positive(int64_t axis, int32_t rank)
{
	return (int32_t)(axis < 0 ? axis + rank : axis);
}

static bool lists(const struct shape *axes, int32_t axis, int32_t rank)
{
	for (int32_t i = 0; i < axes->rank; i++)
		if (positive(axes->dim[i], rank) == axis)
			return true;
	return false;
}

static void transpose(struct ties *t, struct node *n)
{
	int32_t rank = tie_rank(node_in(n, 0));
	uint32_t count;
	const int64_t *perm = node_ints(n, "perm", &count);

	for (int32_t i = 0; i < rank; i++)
		pass(t, n, perm ? (int32_t)perm[i] : rank - 1 - i, i);
}

/* ---- Concat and Split --------------------------------------------------- */

static const uint32_t *row_of_parts(struct ties *t, const struct node *n,
				    int32_t axis)
{
	int64_t total = tie_dim(n->out[0], axis);
	bool any = false;
	uint32_t *row, *at;

	for (uint32_t i = 0; i < n->nin; i++) {
		any |= tie_axis(t, node_in(n, i), axis) != NULL;
		if (tie_dim(node_in(n, i), axis) < 0)
			total = -1;
	}
	if (total < 0)
		for (uint32_t i = 0; i < n->nin; i++)
			tie_block_axis(t, n, i, axis);
	if (!any || total < 0)
		return NULL;
	row = at = tie_row(t, (size_t)total);
	for (uint32_t i = 0; row && i < n->nin; i++) {
		const uint32_t *x = tie_axis(t, node_in(n, i), axis);
		int64_t d = tie_dim(node_in(n, i), axis);

		for (int64_t k = 0; k < d; k++)
			*at++ = x ? x[k] : ATOM_FIXED;
	}
	return row;
}

/* The axes that are not concatenated. */
static void join_parts(struct ties *t, struct node *n, int32_t axis)
{
	size_t dim = (size_t)tie_dim(n->out[0], axis);
	const uint32_t *row = NULL;
	bool first = true;

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = node_in(n, i);
		const uint32_t *x = tie_axis(t, v, axis);

		if (v->konst && !value_is_fed(v))
			continue;
		if (!first && (row || x)) {
			tie_join(t, n, row, x, dim);
			x = row && x ? row : NULL;
		}
		row = x;
		first = false;
	}
	for (uint32_t i = 0; row && i < n->nin; i++)
		if (node_in(n, i)->konst)
			tie_cut(t, n, i, axis, row, dim);
	tie_set(t, n->out[0], axis, row);
}

static void concat(struct ties *t, struct node *n)
{
	int32_t rank = tie_rank(n->out[0]);
	int32_t axis = positive(node_int(n, "axis", 1), rank);

	for (int32_t i = 0; i < rank; i++)
		if (i == axis)
			tie_set(t, n->out[0], i, row_of_parts(t, n, i));
		else
			join_parts(t, n, i);
}

static void split(struct ties *t, struct node *n)
{
	const struct value *x = node_in(n, 0), *sizes = node_in(n, 1);
	int32_t rank = tie_rank(x), axis;
	const uint32_t *row;
	int64_t done = 0;

	axis = positive(node_int(n, "axis", 0), rank);
	for (uint32_t k = 0; k < n->nout; k++)
		for (int32_t i = 0; i < rank; i++)
			if (n->out[k] && i != axis)
				tie_set(t, n->out[k], i, tie_axis(t, x, i));
	row = tie_axis(t, x, axis);
	if (!row)
		return;
	for (uint32_t k = 0; k < n->nout; k++)
		if (!n->out[k] || tie_dim(n->out[k], axis) < 0 ||
		    (sizes && !sizes->konst)) {
			tie_block_axis(t, n, 0, axis);
			return;
		}
	for (uint32_t k = 0; k < n->nout; k++) {
		int64_t d = tie_dim(n->out[k], axis);

		tie_set(t, n->out[k], axis, row + done);
		tie_part(t, row + done, (size_t)d);
		done += d;
	}
}

/* ---- windows and pieces ------------------------------------------------- */

/* Sample and channel stay apart. */
static void pool(struct ties *t, struct node *n)
{
	bool alone = n->nout == 1 || !n->out[1] || !n->out[1]->uses;

	for (int32_t i = 0; i < tie_rank(node_in(n, 0)); i++)
		if (i < 2 && alone)
			pass(t, n, i, i);
		else
			tie_block_axis(t, n, 0, i);
}

/* The axes named by operand OPERAND or an attribute; all up to LENGTH of the
 * list of operand 1 where they are left out. */
static bool touched_axes(const struct node *n, uint32_t operand,
			 struct shape *axes)
{
	struct shape first;

	if (node_list(n, operand, "axes", axes))
		return true;
	if (node_in(n, operand) || !node_list(n, 1, "starts", &first))
		return false;
	axes->rank = first.rank;
	for (int32_t i = 0; i < axes->rank; i++)
		axes->dim[i] = i;
	return true;
}

static void slice(struct ties *t, struct node *n)
{
	int32_t rank = tie_rank(node_in(n, 0));
	struct shape axes;
	bool known = touched_axes(n, 3, &axes);

	for (int32_t i = 0; i < rank; i++)
		if (!known || lists(&axes, i, rank))
			tie_block_axis(t, n, 0, i);
		else
			pass(t, n, i, i);
}

static void pad(struct ties *t, struct node *n)
{
	int32_t rank = tie_rank(node_in(n, 0));
	struct shape pads;
	bool known = !node_in(n, 3) &&
		     (node_list(n, 1, "pads", &pads) ||
		      node_list(n, 99, "paddings", &pads)) &&
		     pads.rank == 2 * rank;

	for (int32_t i = 0; i < rank; i++)
		if (!known || pads.dim[i] || pads.dim[i + rank])
			tie_block_axis(t, n, 0, i);
		else
			pass(t, n, i, i);
}

static void reduce(struct ties *t, struct node *n)
{
	const struct value *x = node_in(n, 0);
	int32_t rank = tie_rank(x), to = 0;
	bool keep = node_int(n, "keepdims", 1) != 0, all;
	struct shape axes = {.rank = 0};
	bool known = node_list(n, 1, "axes", &axes);

	if (!known &&
	    (node_in(n, 1) || node_int(n, "noop_with_empty_axes", 0))) {
		tie_block_all(t, n);
		return;
	}
	all = !known || (!axes.rank && !node_int(n, "noop_with_empty_axes", 0));
	for (int32_t i = 0; i < rank; i++) {
		if (all || lists(&axes, i, rank)) {
			tie_block_axis(t, n, 0, i);
			to += keep;
		} else {
			pass(t, n, i, to++);
		}
	}
}

/* Axes that keep their size keep their positions. */
static void resize(struct ties *t, struct node *n)
{
	const struct value *x = node_in(n, 0), *sizes = node_in(n, 3);
	int32_t rank = tie_rank(x);
	struct shape list;
	bool crops = !strcmp(
		node_string(n, "coordinate_transformation_mode", ""),
		"tf_crop_and_resize");
	bool known = !crops && (!sizes || const_ints(sizes, &list));

	for (int32_t i = 0; i < rank; i++) {
		int64_t d = tie_dim(x, i);

		if (!known || d < 0 || tie_dim(n->out[0], i) != d ||
		    (sizes && node_attr(n, "axes")))
			tie_block_axis(t, n, 0, i);
		else
			pass(t, n, i, i);
	}
}

const struct tie_rule tie_moves[] = {
	{"Transpose", transpose},
	{"Concat", concat},
	{"Split", split},
	{"Slice", slice},
	{"Pad", pad},
	{"MaxPool", pool},
	{"AveragePool", pool},
	{"LpPool", pool},
	{"GlobalAveragePool", pool},
	{"GlobalMaxPool", pool},
	{"GlobalLpPool", pool},
	{"ReduceMean", reduce},
	{"ReduceSum", reduce},
	{"ReduceMax", reduce},
	{"ReduceMin", reduce},
	{"ReduceL1", reduce},
	{"ReduceL2", reduce},
	{"ReduceSumSquare", reduce},
	{"Resize", resize},
	{"Upsample", resize},
	{NULL, NULL},
};
