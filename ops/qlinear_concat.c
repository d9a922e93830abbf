/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qlinear_concat.c -- com.microsoft's QLinearConcat.
 *
 * Operands are Y_scale, Y_zero_point, then a tensor, its scale and its zero
 * point for each part.  Codes whose scale and zero point are those of Y move
 * unchanged; the others become
 *
 *     saturate(round((x - x_zero) * x_scale / y_scale) + y_zero)
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "ops/codes_u8.h"
#include "ops/qlinear.h"

enum { FIRST = 2, PART = 3 };

static bool check_count(const struct node *n, struct err *e)
{
	if (n->nin >= FIRST + PART && (n->nin - FIRST) % PART == 0)
		return true;
	return err_set(e, ERR_FORMAT,
		       "has %u operands, want 2 and 3 for each part", n->nin);
}

static bool join(struct shape *y, const struct shape *x, int32_t axis,
		 struct err *e)
{
	if (x->rank != y->rank)
		return err_set(e, ERR_SHAPE, "parts have ranks %d and %d",
			       y->rank, x->rank);
	for (int32_t d = 0; d < x->rank; d++) {
		if (d == axis) {
			if (x->dim[d] < 0 || y->dim[d] < 0)
				y->dim[d] = DIM_UNKNOWN;
			else if (__builtin_add_overflow(y->dim[d], x->dim[d],
							&y->dim[d]))
				return err_set(e, ERR_LIMIT,
					       "the result is too large");
		} else if (x->dim[d] >= 0 && y->dim[d] >= 0 &&
			   x->dim[d] != y->dim[d]) {
			return err_set(e, ERR_SHAPE,
				       "parts have dims %" PRId64
				       " and %" PRId64 " at axis %d",
				       y->dim[d], x->dim[d], d);
		}
	}
	return true;
}

static bool infer_concat(struct infer *c, struct err *e)
{
	const struct node *n = c->node;
	struct shape y = {.rank = RANK_UNKNOWN};
	int32_t axis;

	if (!check_count(n, e) || !qlinear_check(c, 0, e))
		return false;
	for (uint32_t i = FIRST; i < n->nin; i += PART) {
		const struct shape *x = infer_shape(c, i);

		if (infer_dtype(c, i + 1) != DTYPE_F32 ||
		    infer_dtype(c, i) != infer_dtype(c, 1) ||
		    infer_dtype(c, i + 2) != infer_dtype(c, 1))
			return err_set(e, ERR_TYPE,
				       "part %u is not codes, float scale and "
				       "zero point of the result's type",
				       (i - FIRST) / PART);
		if (!qlinear_check(c, i + 1, e))
			return false;
		if (x->rank < 0) {
			y.rank = RANK_UNKNOWN;
			break;
		}
		if (!infer_axis(attr_int(n, "axis"), x->rank, &axis, e))
			return false;
		if (i == FIRST)
			y = *x;
		else if (!join(&y, x, axis, e))
			return false;
	}
	infer_set(c, 0, infer_dtype(c, 1), &y);
	return true;
}

/* Part I to its place; AT is where it starts along the axis. */
static bool place(const struct call *c, uint32_t i, int32_t axis, size_t *at,
		  double y_scale, struct err *e)
{
	const struct tensor *x = call_in(c, i);
	struct tensor *y = call_out(c, 0);
	double zero = call_scalar(c, i + 2, 0), y_zero = call_scalar(c, 1, 0);
	size_t inner = 1, extent, total, to, n = tensor_count(x);
	double scale, v;

	if (!qlinear_scale(c, i + 1, &scale, e))
		return false;
	for (int32_t d = axis + 1; d < x->shape.rank; d++)
		inner *= (size_t)x->shape.dim[d];
	extent = (size_t)x->shape.dim[axis] * inner;
	total = (size_t)y->shape.dim[axis] * inner;
	for (size_t k = 0; k < n; k++) {
		to = k / extent * total + *at * inner + k % extent;
		v = nearbyint((tensor_double(x, k) - zero) * scale / y_scale);
		element_set_double(y->dtype, tensor_mut(y), to, v + y_zero);
	}
	*at += (size_t)x->shape.dim[axis];
	return true;
}

static bool run_concat(const struct call *c, struct err *e)
{
	double y_scale;
	int32_t axis;
	size_t at = 0;

	if (!qlinear_scale(c, 0, &y_scale, e) ||
	    !infer_axis(attr_int(c->node, "axis"), call_out(c, 0)->shape.rank,
			&axis, e))
		return false;
	for (uint32_t i = FIRST; i < c->nin; i += PART)
		if (!place(c, i, axis, &at, y_scale, e))
			return false;
	return true;
}

static const struct kernel concat_kernels[] = {
	{"qlinear-concat-ref", "reference", .run = run_concat},
	CODES_KERNEL("qlinear-concat-u8-simd", qconcat, qconcat_u8_layouts),
	{.name = NULL},
};

static const struct param qlinear_concat_1_in[] = {
	{"Y_scale", NULL, TYPE_BIT(F32), 0},
	{"Y_zero_point", "T8", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"inputs", NULL, TYPE_BIT(F32) | TYPE_BIT(I8) | TYPE_BIT(U8),
	 PARAM_VARIADIC},
	{NULL},
};

static const struct param qlinear_concat_1_out[] = {
	{"Y", "T8", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct attr_spec qlinear_concat_1_attrs[] = {
	{"axis", ATTR_INT, true, NULL},
	{NULL},
};

const struct op op_rows_qlinear_concat[] = {
	{"com.microsoft", "QLinearConcat", 1, 0, qlinear_concat_1_in,
	 qlinear_concat_1_out, qlinear_concat_1_attrs, infer_concat,
	 concat_kernels},
	{.type = NULL},
};
