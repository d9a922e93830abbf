/* SPDX-License-Identifier: Apache-2.0 */
/* ops/nonzero.c -- NonZero, Compress: as many results as the contents say. */
#include <inttypes.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

/* ---- NonZero: y[k, j] = coordinate k of the j-th element that is not 0 --- */

static bool infer_nonzero(struct infer *c, struct err *e)
{
	struct shape y = {.rank = 2, .dim = {DIM_UNKNOWN, DIM_UNKNOWN}};

	(void)e;
	if (infer_shape(c, 0)->rank >= 0)
		y.dim[0] = infer_shape(c, 0)->rank;
	infer_set(c, 0, DTYPE_I64, &y);
	return true;
}

static bool is_set(const struct tensor *t, size_t i)
{
	const struct text *text;
	double part[2];

	switch (dtype_info[t->dtype].class) {
	case CLASS_STRING:
		text = t->data;
		return text[i].len > 0;
	case CLASS_COMPLEX:
		if (t->dtype == DTYPE_C64)
			element_load(DTYPE_F32, t->data, 2 * i, 2, part);
		else
			element_load(DTYPE_F64, t->data, 2 * i, 2, part);
		return part[0] != 0 || part[1] != 0;
	case CLASS_FLOAT:
		return tensor_double(t, i) != 0;
	default:
		return tensor_int(t, i) != 0;
	}
}

static bool run_nonzero(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	size_t n = tensor_count(x), found = 0, at = 0;
	int32_t rank = x->shape.rank;
	ptrdiff_t stride[MAX_RANK];
	struct shape s;

	if (!y)
		return true;
	for (size_t i = 0; i < n; i++)
		found += is_set(x, i);
	s = SHAPE(rank, (int64_t)found);
	if (!call_alloc(c, 0, DTYPE_I64, &s, e))
		return false;
	shape_strides(&x->shape, stride);
	for (size_t i = 0; i < n && rank; i++) {
		size_t rest = i;

		if (!is_set(x, i))
			continue;
		for (int32_t k = 0; k < rank; k++) {
			tensor_i64_mut(y)[(size_t)k * found + at] =
				(int64_t)(rest / (size_t)stride[k]);
			rest %= (size_t)stride[k];
		}
		at++;
	}
	return true;
}

static const struct kernel nonzero_kernels[] = {
	{.name = "nonzero", .engine = "reference", .run = run_nonzero}, {0}};

/* ---- Compress: the slices along an axis whose condition holds ------------ */

static bool infer_compress(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape y = *x;
	int32_t axis;

	if (infer_shape(c, 1)->rank > 1 || infer_shape(c, 1)->rank == 0)
		return err_set(e, ERR_SHAPE, "'condition' has rank %d, want 1",
			       infer_shape(c, 1)->rank);
	if (!attr_given(c->node, "axis")) {
		y.rank = 1;
		y.dim[0] = DIM_UNKNOWN;
	} else if (x->rank >= 0) {
		if (!infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
			return false;
		y.dim[axis] = DIM_UNKNOWN;
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static size_t scratch_compress(const struct call *c)
{
	return tensor_count(call_in(c, 1)) * sizeof(size_t);
}

static bool run_compress(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *cond = call_in(c, 1);
	size_t n = tensor_count(cond), extent = tensor_count(x), found = 0;
	size_t outer = 1, inner = 1, *row = c->scratch;
	struct shape y = {.rank = 1};
	int32_t axis = 0;

	if (attr_given(c->node, "axis")) {
		y = x->shape;
		axis = call_axis(c, y.rank);
		extent = (size_t)y.dim[axis];
		outer = shape_span(&y, 0, axis);
		inner = shape_span(&y, axis + 1, y.rank);
	}
	if (n > extent)
		return err_set(e, ERR_SHAPE,
			       "'condition' has %zu entries for %zu slices", n,
			       extent);
	for (size_t i = 0; i < n; i++)
		if (((const bool *)cond->data)[i])
			row[found++] = i;
	y.dim[axis] = (int64_t)found;
	if (!call_alloc(c, 0, x->dtype, &y, e))
		return false;
	if (call_out(c, 0) && tensor_count(call_out(c, 0)) > 0)
		kern_move_rows(tensor_bits(x), x->data, outer, extent, inner,
			       row, found, tensor_mut(call_out(c, 0)));
	return true;
}

static const struct kernel compress_kernels[] = {{.name = "compress",
						  .engine = "reference",
						  .scratch = scratch_compress,
						  .run = run_compress},
						 {0}};

#define NONZERO(opset, set)                                               \
	{                                                                 \
		.domain = "", .type = "NonZero", .since = opset,          \
		.traits = OP_DATA_SHAPE, .in = PARAMS(IN("X", "T", set)), \
		.out = PARAMS(IN("Y", NULL, TYPES_I64)),                  \
		.infer = infer_nonzero, .kernels = nonzero_kernels,       \
	}

#define COMPRESS(opset, set)                                          \
	{                                                             \
		.domain = "", .type = "Compress", .since = opset,     \
		.traits = OP_DATA_SHAPE,                              \
		.in = PARAMS(IN("input", "T", set),                   \
			     IN("condition", "T1", TYPES_BOOL)),      \
		.out = PARAMS(IN("output", "T", set)),                \
		.attrs = ATTRS(ATTR("axis", INT, NULL)),              \
		.infer = infer_compress, .kernels = compress_kernels, \
	}

const struct op op_rows_nonzero[] = {
	NONZERO(9, TYPES_ALL_1),    NONZERO(13, TYPES_ALL_13),
	COMPRESS(9, TYPES_ALL_1),   COMPRESS(11, TYPES_ALL_1),
	COMPRESS(28, TYPES_ALL_13), {0}};
