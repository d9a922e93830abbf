/* SPDX-License-Identifier: Apache-2.0 */
/* ops/onehot.c -- OneHot: y[..., k, ...] = values[indices[...] == k].
 *
 * Since opset 11 negative indices count from the end; others outside
 * 0..depth-1 give a row without any "on".
 */
#include <inttypes.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

/* "axis" counts in the result; one of rank + 1. */
static bool infer_onehot(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *v = infer_shape(c, 2);
	struct shape y = {.rank = RANK_UNKNOWN};
	int64_t depth = DIM_UNKNOWN;
	int32_t axis, from = 0;
	double d;

	if (v->rank >= 0 &&
	    (v->rank != 1 || (v->dim[0] >= 0 && v->dim[0] != 2)))
		return err_set(e, ERR_SHAPE,
			       "'values' wants two elements, off and on");
	if (infer_scalar(c, 1, &d)) {
		if (!(d >= 0) || d > 1e15)
			return err_set(e, ERR_SHAPE, "'depth' is %g", d);
		depth = (int64_t)d;
	}
	if (x->rank >= MAX_RANK)
		return err_set(e, ERR_LIMIT, "result has rank %d", x->rank + 1);
	if (x->rank >= 0) {
		y.rank = x->rank + 1;
		if (!infer_axis(attr_int(c->node, "axis"), y.rank, &axis, e))
			return false;
		for (int32_t i = 0; i < y.rank; i++)
			y.dim[i] = i == axis ? depth : x->dim[from++];
	}
	infer_set(c, 0, infer_dtype(c, 2), &y);
	return true;
}

/* Whole part of an index of any type. */
static int64_t index_at(const struct tensor *t, size_t i)
{
	double x;

	if (dtype_is_integer(t->dtype))
		return tensor_int(t, i);
	x = tensor_double(t, i);
	return x > -0x1p62 && x < 0x1p62 ? (int64_t)x : INT64_MAX;
}

static bool run_onehot(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *values = call_in(c, 2);
	struct tensor *y = call_out(c, 0);
	int32_t axis;
	size_t inner, n;
	int64_t depth;

	(void)e;
	if (!y || tensor_count(y) == 0)
		return true;
	axis = call_axis(c, y->shape.rank);
	depth = y->shape.dim[axis];
	inner = shape_span(&y->shape, axis + 1, y->shape.rank);
	n = tensor_count(x);
	kern_move_fill(tensor_bits(y), values->data, 0, tensor_mut(y), 0,
		       tensor_count(y));
	for (size_t i = 0; i < n; i++) {
		int64_t k = index_at(x, i);

		if (k < 0 && c->node->op->since >= 11)
			k += depth;
		if (k < 0 || k >= depth)
			continue;
		kern_move_block(tensor_bits(y), values->data, 1, tensor_mut(y),
				(i / inner * (size_t)depth + (size_t)k) *
						inner +
					i % inner,
				1);
	}
	return true;
}

static const struct kernel kernels[] = {
	{.name = "one-hot", .engine = "reference", .run = run_onehot}, {0}};

#define ONEHOT(opset, set)                                         \
	{                                                          \
		.domain = "", .type = "OneHot", .since = opset,    \
		.in = PARAMS(IN("indices", "T1", TYPES_NUMERIC_1), \
			     IN("depth", "T2", TYPES_NUMERIC_1),   \
			     IN("values", "T3", set)),             \
		.out = PARAMS(IN("output", "T3", set)),            \
		.attrs = ATTRS(ATTR("axis", INT, "-1")),           \
		.infer = infer_onehot, .kernels = kernels,         \
	}

const struct op op_rows_onehot[] = {ONEHOT(9, TYPES_ALL_1),
				    ONEHOT(11, TYPES_ALL_1),
				    ONEHOT(28, TYPES_ALL_13),
				    {0}};
