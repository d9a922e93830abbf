/* SPDX-License-Identifier: Apache-2.0 */
/* ops/expand.c -- Expand and Tile: elements repeated. */
#include <inttypes.h>
#include <math.h>

#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

/* ---- Expand ------------------------------------------------------------- */

static bool infer_expand(struct infer *c, struct err *e)
{
	struct shape dims, y = {.rank = RANK_UNKNOWN};

	if (!infer_dims(c, 1, &dims, e))
		return false;
	for (int32_t i = 0; i < dims.rank; i++)
		if (dims.dim[i] < INT64_MIN / 2)
			return err_set(
				e, ERR_SHAPE,
				"shape entry %d is negative, want 1 or more",
				i);
	if (dims.rank >= 0 && !shape_broadcast(&y, infer_shape(c, 0), &dims, e))
		return false;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* The plan may have known the result before the data: its entries are a
 * result's dims, or 1 where the operand has them. */
static bool shape_is_as_told(const struct call *c, struct err *e)
{
	const struct tensor *told = call_in(c, 1);
	const struct shape *y = &call_out(c, 0)->shape;
	int32_t n = (int32_t)tensor_count(told);

	for (int32_t i = 0; i < n; i++) {
		int64_t want = tensor_int(told, (size_t)i);
		int32_t k = y->rank - n + i;

		if (want != 1 && (k < 0 || want != y->dim[k]))
			return err_set(e, ERR_SHAPE,
				       "shape entry %d is %" PRId64
				       ", cannot expand to it",
				       i, want);
	}
	return true;
}

static bool run_expand(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	struct strided s;

	if (!y)
		return true;
	if (!shape_is_as_told(c, e))
		return false;
	s = strided_over(&y->shape);
	strides_broadcast(&x->shape, &y->shape, s.in);
	kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
	return true;
}

static const struct kernel expand_kernels[] = {
	{.name = "expand", .engine = "reference", .run = run_expand}, {0}};

/* ---- Tile --------------------------------------------------------------- */

/* How often axis I repeats, as a content entry; Tile-1 has one count and one
 * axis, both in the type of the data. */
static bool repeats_of(const struct infer *c, struct shape *repeats,
		       int32_t rank, struct err *e)
{
	double count, axis;

	if (c->node->op->since >= 6)
		return infer_dims(c, 1, repeats, e);
	repeats->rank = RANK_UNKNOWN;
	if (rank < 0 || !infer_scalar(c, 1, &count) ||
	    !infer_scalar(c, 2, &axis))
		return true;
	if (!(axis >= 0 && axis < rank) || !(count >= 0 && count < 1e15))
		return err_set(e, ERR_SHAPE,
			       "%g tiles along axis %g, want an axis below %d",
			       count, axis, rank);
	repeats->rank = rank;
	for (int32_t i = 0; i < rank; i++)
		repeats->dim[i] = i == (int32_t)axis ? (int64_t)count : 1;
	return true;
}

static bool infer_tile(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape y = *x, repeats;

	if (!repeats_of(c, &repeats, x->rank, e))
		return false;
	if (repeats.rank < 0) {
		for (int32_t i = 0; i < y.rank; i++)
			y.dim[i] = DIM_UNKNOWN;
	} else if (x->rank >= 0 && repeats.rank != x->rank) {
		return err_set(e, ERR_SHAPE,
			       "'repeats' has %d entries, want %d",
			       repeats.rank, x->rank);
	}
	for (int32_t i = 0; repeats.rank >= 0 && i < y.rank; i++) {
		if (repeats.dim[i] < INT64_MIN / 2)
			return err_set(e, ERR_SHAPE, "repeats[%d] is negative",
				       i);
		y.dim[i] = dim_mul(&c->model->symbols, y.dim[i],
				   repeats.dim[i]);
		if (x->dim[i] >= 0 && repeats.dim[i] >= 0 && y.dim[i] < 0)
			return err_set(e, ERR_LIMIT, "result dim %d overflows",
				       i);
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* Each axis is walked as (repeat, position). */
static bool run_tile(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	ptrdiff_t in[MAX_RANK], out[MAX_RANK];
	struct strided s = {.rank = 2 * x->shape.rank};

	(void)e;
	if (!y || tensor_count(y) == 0)
		return true;
	shape_strides(&x->shape, in);
	shape_strides(&y->shape, out);
	for (int32_t i = 0; i < x->shape.rank; i++) {
		int64_t n = x->shape.dim[i];

		s.dim[2 * i] = (size_t)(y->shape.dim[i] / n);
		s.out[2 * i] = out[i] * n;
		s.dim[2 * i + 1] = (size_t)n;
		s.in[2 * i + 1] = in[i];
		s.out[2 * i + 1] = out[i];
	}
	kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
	return true;
}

static const struct kernel tile_kernels[] = {
	{.name = "tile", .engine = "reference", .run = run_tile}, {0}};

#define EXPAND(opset, set)                                                    \
	{                                                                     \
		.domain = "", .type = "Expand", .since = opset,               \
		.traits = OP_MOVES,                                           \
		.in = PARAMS(IN("input", "T", set),                           \
			     IN("shape", NULL, TYPES_I64)),                   \
		.out = PARAMS(IN("output", "T", set)), .infer = infer_expand, \
		.kernels = expand_kernels,                                    \
	}

#define TILE(opset, set)                                                    \
	{                                                                   \
		.domain = "", .type = "Tile", .since = opset,               \
		.traits = OP_MOVES,                                         \
		.in = PARAMS(IN("input", "T", set),                         \
			     IN("repeats", "T1", TYPES_I64)),               \
		.out = PARAMS(IN("output", "T", set)), .infer = infer_tile, \
		.kernels = tile_kernels,                                    \
	}

const struct op op_rows_expand[] = {
	EXPAND(8, TYPES_ALL_1),
	EXPAND(13, TYPES_ALL_13),
	{.domain = "",
	 .type = "Tile",
	 .since = 1,
	 .traits = OP_MOVES,
	 .in = PARAMS(IN("input", "T", TYPES_IEEE),
		      IN("tiles", "T", TYPES_IEEE),
		      IN("axis", "T", TYPES_IEEE)),
	 .out = PARAMS(IN("output", "T", TYPES_IEEE)),
	 .infer = infer_tile,
	 .kernels = tile_kernels},
	TILE(6, TYPES_ALL_1),
	TILE(13, TYPES_ALL_13),
	{0}};
