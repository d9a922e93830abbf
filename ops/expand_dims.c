/* SPDX-License-Identifier: Apache-2.0 */
/* ops/expand_dims.c -- com.microsoft's ExpandDims: an axis of size 1 comes. */
#include "ops/axes.h"
#include "ops/op.h"

static bool infer_expand_dims(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *a = infer_shape(c, 1);
	struct shape y = {.rank = RANK_UNKNOWN};
	int64_t axis;
	int32_t at;

	if (a->rank > 1 || (a->rank == 1 && a->dim[0] >= 0 && a->dim[0] != 1))
		return err_set(e, ERR_SHAPE, "'axis' is no single number");
	if (x->rank >= MAX_RANK)
		return err_set(e, ERR_LIMIT,
			       "result has rank %d, the limit is %d",
			       x->rank + 1, MAX_RANK);
	if (x->rank >= 0) {
		y.rank = x->rank + 1;
		for (int32_t i = 0; i < y.rank; i++)
			y.dim[i] = DIM_UNKNOWN;
		if (infer_scalar_int(c, 1, &axis)) {
			if (!infer_axis(axis, y.rank, &at, e))
				return false;
			for (int32_t i = 0; i < y.rank; i++)
				y.dim[i] = i == at ? 1 : x->dim[i - (i > at)];
		}
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static const struct kernel kernels[] = {{.name = "reshape",
					 .engine = "reference",
					 .run = call_copy,
					 .in_place = 1},
					{0}};

const struct op op_rows_expand_dims[] = {
	{.domain = "com.microsoft",
	 .type = "ExpandDims",
	 .since = 1,
	 .traits = OP_MOVES,
	 .in = PARAMS(IN("X", "T", TYPES_ALL_1),
		      IN("axis", NULL, TYPE_BIT(I32))),
	 .out = PARAMS(IN("Y", "T", TYPES_ALL_1)),
	 .infer = infer_expand_dims,
	 .kernels = kernels},
	{0}};
