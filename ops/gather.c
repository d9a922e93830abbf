/* SPDX-License-Identifier: Apache-2.0 */
/* ops/gather.c -- Gather: y[i, j, k] = x[i, index[j], k] along an axis.
 *
 * Negative indices count from the end; before opset 11 they are refused.
 */
#include <inttypes.h>

#include "ops/axes.h"
#include "ops/op.h"

static void gather_content(struct infer *c)
{
	struct shape x, index, y;

	if (!c->out_content || !infer_ints(c, 0, &x) ||
	    !infer_exact_ints(c, 1, &index))
		return;
	y.rank = index.rank;
	for (int32_t i = 0; i < index.rank; i++) {
		int64_t k = index.dim[i] < 0 ? index.dim[i] + x.rank
					     : index.dim[i];

		if (k < 0 || k >= x.rank)
			return;
		y.dim[i] = x.dim[k];
	}
	infer_set_content(c, 0, &y);
}

static bool infer_gather(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *index = infer_shape(c, 1);
	struct shape y = {.rank = RANK_UNKNOWN};
	int32_t axis;

	if (x->rank >= 0 &&
	    !infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
		return false;
	if (x->rank >= 0 && index->rank >= 0) {
		if (x->rank - 1 + index->rank > MAX_RANK)
			return err_set(e, ERR_LIMIT,
				       "result has rank %d, the limit is %d",
				       x->rank - 1 + index->rank, MAX_RANK);
		y.rank = 0;
		for (int32_t i = 0; i < axis; i++)
			y.dim[y.rank++] = x->dim[i];
		for (int32_t i = 0; i < index->rank; i++)
			y.dim[y.rank++] = index->dim[i];
		for (int32_t i = axis + 1; i < x->rank; i++)
			y.dim[y.rank++] = x->dim[i];
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	if (x->rank == 1 && (y.rank == 0 || y.rank == 1))
		gather_content(c);
	return true;
}

/* Rows to take, counted from 0 and checked. */
static size_t scratch_gather(const struct call *c)
{
	return tensor_count(call_in(c, 1)) * sizeof(size_t);
}

static bool run_gather(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *index = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	const struct shape *s = &x->shape;
	int32_t axis = call_axis(c, s->rank);
	size_t n = tensor_count(index), *row = c->scratch;
	int64_t extent = s->dim[axis];
	bool negative = c->node->op->since >= 11;

	for (size_t i = 0; i < n; i++) {
		int64_t k = tensor_int(index, i);

		if (k < (negative ? -extent : 0) || k >= extent)
			return err_set(e, ERR_SHAPE,
				       "index %zu is %" PRId64 ", want %" PRId64
				       "..%" PRId64,
				       i, k, negative ? -extent : 0,
				       extent - 1);
		row[i] = (size_t)(k < 0 ? k + extent : k);
	}
	if (y && tensor_count(y) > 0)
		kern_move_rows(tensor_bits(x), x->data, shape_span(s, 0, axis),
			       (size_t)extent, shape_span(s, axis + 1, s->rank),
			       row, n, tensor_mut(y));
	return true;
}

static const struct kernel kernels[] = {{.name = "gather",
					 .engine = "reference",
					 .scratch = scratch_gather,
					 .run = run_gather},
					{0}};

#define GATHER(opset, set)                                                     \
	{                                                                      \
		.domain = "", .type = "Gather", .since = opset,                \
		.traits = OP_MOVES,                                            \
		.in = PARAMS(IN("data", "T", set),                             \
			     IN("indices", "Tind", TYPES_INDEX)),              \
		.out = PARAMS(IN("output", "T", set)),                         \
		.attrs = ATTRS(ATTR("axis", INT, "0")), .infer = infer_gather, \
		.kernels = kernels,                                            \
	}

const struct op op_rows_gather[] = {GATHER(1, TYPES_ALL_1),
				    GATHER(11, TYPES_ALL_1),
				    GATHER(13, TYPES_ALL_13),
				    {0}};
