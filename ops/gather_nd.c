/* SPDX-License-Identifier: Apache-2.0 */
/* ops/gather_nd.c -- GatherElements and GatherND, also com.microsoft's.
 *
 *     GatherElements  y[i, j, k] = x[i, index[i, j, k], k]   along an axis
 *     GatherND        y[b, i, :] = x[b, index[b, i, 0], index[b, i, 1] ..., :]
 * Negative indices count from the end.
 */
#include <inttypes.h>

#include "ops/axes.h"
#include "ops/op.h"
#include "ops/position.h"

/* ---- GatherElements ----------------------------------------------------- */

static bool infer_elements(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *index = infer_shape(c, 1);
	int32_t axis;

	if (x->rank >= 0 && index->rank >= 0 && x->rank != index->rank)
		return err_set(e, ERR_SHAPE,
			       "'indices' has rank %d, 'data' has %d",
			       index->rank, x->rank);
	if (x->rank >= 0) {
		if (!infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
			return false;
		for (int32_t i = 0; index->rank >= 0 && i < x->rank; i++)
			if (i != axis && x->dim[i] >= 0 &&
			    index->dim[i] > x->dim[i])
				return err_set(e, ERR_SHAPE,
					       "'indices' has dim %d = %" PRId64
					       ", want at most %" PRId64,
					       i, index->dim[i], x->dim[i]);
	}
	infer_set(c, 0, infer_dtype(c, 0), index);
	return true;
}

static bool run_elements(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *index = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	struct position p;

	position_start(&p, &index->shape, &x->shape);
	for (size_t i = 0; i < tensor_count(index); i++) {
		size_t at;

		if (!position_along(&p, call_axis(c, x->shape.rank), index, i,
				    &at, e))
			return false;
		if (y)
			kern_move_block(tensor_bits(x), x->data, at,
					tensor_mut(y), i, 1);
		position_next(&p);
	}
	return true;
}

static const struct kernel elements_kernels[] = {
	{.name = "gather-elements", .engine = "reference", .run = run_elements},
	{0}};

/* ---- GatherND ----------------------------------------------------------- */

static int64_t batch_dims(const struct node *n)
{
	return n->op->since >= 12 ? attr_int(n, "batch_dims") : 0;
}

static bool check_nd(const struct shape *x, const struct shape *index,
		     int64_t batch, struct err *e)
{
	int64_t last;

	if (x->rank < 1 || index->rank < 1)
		return err_set(e, ERR_SHAPE,
			       "ranks are %d and %d, want at least 1", x->rank,
			       index->rank);
	if (batch < 0 || batch >= x->rank || batch >= index->rank)
		return err_set(e, ERR_SHAPE,
			       "batch_dims is %" PRId64 " for ranks %d and %d",
			       batch, x->rank, index->rank);
	last = index->dim[index->rank - 1];
	if (last == 0 || last > x->rank - batch)
		return err_set(e, ERR_SHAPE,
			       "'indices' has %" PRId64
			       " coordinates, want 1..%" PRId64,
			       last, x->rank - batch);
	for (int64_t i = 0; i < batch; i++)
		if (x->dim[i] >= 0 && index->dim[i] >= 0 &&
		    x->dim[i] != index->dim[i])
			return err_set(e, ERR_SHAPE,
				       "batch dim %" PRId64 " is %" PRId64
				       " and %" PRId64,
				       i, x->dim[i], index->dim[i]);
	return true;
}

static bool infer_nd(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *index = infer_shape(c, 1);
	struct shape y = {.rank = RANK_UNKNOWN};
	int64_t batch = batch_dims(c->node), last;

	if (x->rank >= 0 && index->rank >= 0) {
		if (!check_nd(x, index, batch, e))
			return false;
		last = index->dim[index->rank - 1];
		if (last >= 0) {
			int32_t tail = (int32_t)(batch + last);

			if (index->rank - 1 + x->rank - tail > MAX_RANK)
				return err_set(
					e, ERR_LIMIT, "result has rank %d",
					index->rank - 1 + x->rank - tail);
			y.rank = 0;
			for (int32_t i = 0; i < index->rank - 1; i++)
				y.dim[y.rank++] = index->dim[i];
			for (int32_t i = tail; i < x->rank; i++)
				y.dim[y.rank++] = x->dim[i];
		}
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool run_nd(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *index = call_in(c, 1);
	const struct shape *s = &index->shape;
	struct tensor *y = call_out(c, 0);
	int32_t batch = (int32_t)batch_dims(c->node);
	int32_t count = (int32_t)s->dim[s->rank - 1];
	size_t tuples = tensor_count(index) / (size_t)count;
	size_t block = shape_span(&x->shape, batch + count, x->shape.rank);
	size_t per_batch = shape_span(s, batch, s->rank - 1);
	size_t step = shape_span(&x->shape, batch, x->shape.rank);

	for (size_t i = 0; i < tuples; i++) {
		size_t at;

		if (!position_of_tuple(&x->shape, batch, index, i, &at, e))
			return false;
		if (y && tensor_count(y) > 0)
			kern_move_block(tensor_bits(x), x->data,
					i / per_batch * step + at,
					tensor_mut(y), i * block, block);
	}
	return true;
}

static const struct kernel nd_kernels[] = {
	{.name = "gather-nd", .engine = "reference", .run = run_nd}, {0}};

#define ELEMENTS(opset, set)                                            \
	{                                                               \
		.domain = "", .type = "GatherElements", .since = opset, \
		.traits = OP_MOVES,                                     \
		.in = PARAMS(IN("data", "T", set),                      \
			     IN("indices", "Tind", TYPES_INDEX)),       \
		.out = PARAMS(IN("output", "T", set)),                  \
		.attrs = ATTRS(ATTR("axis", INT, "0")),                 \
		.infer = infer_elements, .kernels = elements_kernels,   \
	}

#define ND(opset, set, attributes)                                          \
	{                                                                   \
		.domain = "", .type = "GatherND", .since = opset,           \
		.traits = OP_MOVES,                                         \
		.in = PARAMS(IN("data", "T", set),                          \
			     IN("indices", NULL, TYPES_I64)),               \
		.out = PARAMS(IN("output", "T", set)), .attrs = attributes, \
		.infer = infer_nd, .kernels = nd_kernels,                   \
	}
#define BATCH ATTRS(ATTR("batch_dims", INT, "0"))

const struct op op_rows_gather_nd[] = {
	ELEMENTS(11, TYPES_ALL_1),
	ELEMENTS(13, TYPES_ALL_13),
	ND(11, TYPES_ALL_1, NULL),
	ND(12, TYPES_ALL_1, BATCH),
	ND(13, TYPES_ALL_13, BATCH),
	{.domain = "com.microsoft",
	 .type = "GatherND",
	 .since = 1,
	 .traits = OP_MOVES,
	 .in = PARAMS(IN("data", "T", TYPES_ALL_1),
		      IN("indices", "Tind", TYPES_INDEX)),
	 .out = PARAMS(IN("output", "T", TYPES_ALL_1)),
	 .infer = infer_nd,
	 .kernels = nd_kernels},
	{0}};
