/* SPDX-License-Identifier: Apache-2.0 */
/* ops/concat.c -- Concat: operands one after another along an axis. */
#include <inttypes.h>

#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

/* Y's dims joined with those of operand I; along AXIS they add up. */
static bool join_dims(struct infer *c, uint32_t i, int32_t axis,
		      struct shape *y, struct err *e)
{
	const struct shape *x = infer_shape(c, i);

	if (x->rank != y->rank)
		return err_set(e, ERR_SHAPE,
			       "operand %u has rank %d, operand 0 has %d", i,
			       x->rank, y->rank);
	for (int32_t k = 0; k < y->rank; k++) {
		if (k == axis) {
			y->dim[k] = dim_add(&c->model->symbols, y->dim[k],
					    x->dim[k]);
			continue;
		}
		if (y->dim[k] >= 0 && x->dim[k] >= 0 && y->dim[k] != x->dim[k])
			return err_set(e, ERR_SHAPE,
				       "operand %u has dim %d = %" PRId64
				       ", want %" PRId64,
				       i, k, x->dim[k], y->dim[k]);
		if (y->dim[k] < 0 && x->dim[k] != DIM_UNKNOWN &&
		    (x->dim[k] >= 0 || y->dim[k] == DIM_UNKNOWN))
			y->dim[k] = x->dim[k];
	}
	return true;
}

/* Unknown entries where only the length of a part is known. */
static bool append_content(const struct infer *c, uint32_t i, struct shape *all)
{
	const struct shape *x = infer_shape(c, i);
	struct shape part;

	if (!infer_ints(c, i, &part)) {
		if (x->rank != 1 || x->dim[0] < 0 || x->dim[0] > MAX_RANK)
			return false;
		part.rank = (int32_t)x->dim[0];
		for (int32_t k = 0; k < part.rank; k++)
			part.dim[k] = DIM_UNKNOWN;
	}
	if (all->rank + part.rank > MAX_RANK)
		return false;
	for (int32_t k = 0; k < part.rank; k++)
		all->dim[all->rank++] = part.dim[k];
	return true;
}

static void join_contents(struct infer *c)
{
	struct shape all = {.rank = 0};

	if (!c->out_content || !dtype_is_integer(infer_dtype(c, 0)))
		return;
	for (uint32_t i = 0; i < c->node->nin; i++)
		if (!append_content(c, i, &all))
			return;
	infer_set_content(c, 0, &all);
}

static bool infer_concat(struct infer *c, struct err *e)
{
	struct shape y = {.rank = RANK_UNKNOWN};
	int32_t axis = 0;

	for (uint32_t i = 0; i < c->node->nin; i++) {
		const struct shape *x = infer_shape(c, i);

		if (x->rank < 0) {
			y.rank = RANK_UNKNOWN;
			break;
		}
		if (i == 0) {
			y = *x;
			if (!infer_axis(attr_int(c->node, "axis"), y.rank,
					&axis, e))
				return false;
		} else if (!join_dims(c, i, axis, &y, e)) {
			return false;
		}
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	if (y.rank == 1)
		join_contents(c);
	return true;
}

/* The first layout of an operand in which all of them are dense. */
static enum tensor_layout concat_layouts(const struct call *c,
					 enum tensor_layout *in,
					 enum tensor_layout *out)
{
	enum tensor_layout l = LAYOUT_ROWS;

	for (uint32_t i = 0; i < c->nin && l == LAYOUT_ROWS; i++)
		l = in[i];
	for (uint32_t i = 0; i < c->nin; i++)
		if (!layout_is_dense(&call_in(c, i)->shape, l))
			l = LAYOUT_ROWS;
	for (uint32_t i = 0; i < c->nin; i++)
		in[i] = l;
	return out[0] = l;
}

static bool run_concat(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	struct strided s = {.rank = 2};
	struct shape all, part;
	int32_t axis;
	size_t inner;

	(void)e;
	if (!y || tensor_count(y) == 0)
		return true;
	axis = layout_axis(&y->shape, c->layout, call_axis(c, y->shape.rank));
	layout_shape(&y->shape, c->layout, &all);
	inner = shape_span(&all, axis + 1, all.rank);
	for (uint32_t i = 0; i < c->nin; i++) {
		const struct tensor *x = call_in(c, i);
		size_t row;

		layout_shape(&x->shape, c->layout, &part);
		row = (size_t)part.dim[axis] * inner;
		s.dim[0] = shape_span(&all, 0, axis);
		s.dim[1] = row;
		s.in[0] = (ptrdiff_t)row;
		s.out[0] = (ptrdiff_t)((size_t)all.dim[axis] * inner);
		s.in[1] = s.out[1] = 1;
		kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
		s.out_at += row;
	}
	return true;
}

static const struct kernel kernels[] = {{.name = "concat",
					 .engine = "reference",
					 .layouts = concat_layouts,
					 .run = run_concat},
					{0}};

#define CONCAT(opset, set, attributes)                                      \
	{                                                                   \
		.domain = "", .type = "Concat", .since = opset,             \
		.traits = OP_MOVES, .in = PARAMS(MANY("inputs", "T", set)), \
		.out = PARAMS(IN("concat_result", "T", set)),               \
		.attrs = attributes, .infer = infer_concat,                 \
		.kernels = kernels,                                         \
	}

#define AXIS ATTRS(ATTR_REQUIRED("axis", INT))

const struct op op_rows_concat[] = {
	/* Concat-1: "axis" is 1 where it is absent. */
	CONCAT(1, TYPES_IEEE, ATTRS(ATTR("axis", INT, "1"))),
	CONCAT(4, TYPES_ALL_1, AXIS),
	CONCAT(11, TYPES_ALL_1, AXIS),
	CONCAT(13, TYPES_ALL_13, AXIS),
	{0}};
