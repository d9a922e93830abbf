/* SPDX-License-Identifier: Apache-2.0 */
/* ops/shape.c -- Shape and Size: what is known about the operand's type. */
#include "graph/symbol.h"
#include "ops/op.h"

/* Shape-15: dims [start, end), both clamped to 0..rank after counting
 * negative ones from the end. */
static int32_t clamp_bound(int64_t x, int32_t rank)
{
	if (x < 0)
		x += rank;
	return (int32_t)(x < 0 ? 0 : x > rank ? rank : x);
}

static struct shape shape_part(const struct node *n, const struct shape *s)
{
	struct shape part = {.rank = 0};
	int32_t first = 0, end = s->rank;

	if (n->op->since >= 15) {
		first = clamp_bound(attr_int(n, "start"), s->rank);
		if (attr_given(n, "end"))
			end = clamp_bound(attr_int(n, "end"), s->rank);
	}
	for (int32_t i = first; i < end; i++)
		part.dim[part.rank++] = s->dim[i];
	return part;
}

static bool infer_shape_op(struct infer *c, struct err *e)
{
	const struct shape *s = infer_shape(c, 0);
	struct shape out = {.rank = 1, .dim = {DIM_UNKNOWN}}, dims;

	(void)e;
	if (s->rank >= 0) {
		dims = shape_part(c->node, s);
		out.dim[0] = dims.rank;
		infer_set_content(c, 0, &dims);
	}
	infer_set(c, 0, DTYPE_I64, &out);
	return true;
}

static bool run_shape(const struct call *c, struct err *e)
{
	struct shape dims = shape_part(c->node, &call_in(c, 0)->shape);
	struct tensor *y = call_out(c, 0);

	(void)e;
	for (int32_t i = 0; y && i < dims.rank; i++)
		tensor_i64_mut(y)[i] = dims.dim[i];
	return true;
}

static const struct kernel shape_kernels[] = {
	{.name = "shape", .engine = "reference", .run = run_shape}, {0}};

static bool infer_size(struct infer *c, struct err *e)
{
	const struct shape *s = infer_shape(c, 0);
	const struct shape scalar = {.rank = 0};
	struct shape count = {.rank = 1, .dim = {1}};

	(void)e;
	if (s->rank >= 0) {
		for (int32_t i = 0; i < s->rank; i++)
			count.dim[0] = dim_mul(&c->model->symbols, count.dim[0],
					       s->dim[i]);
		infer_set_content(c, 0, &count);
	}
	infer_set(c, 0, DTYPE_I64, &scalar);
	return true;
}

static bool run_size(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);

	(void)e;
	if (y)
		tensor_i64_mut(y)[0] = (int64_t)tensor_count(call_in(c, 0));
	return true;
}

static const struct kernel size_kernels[] = {
	{.name = "size", .engine = "reference", .run = run_size}, {0}};

#define BOUNDS ATTRS(ATTR("start", INT, "0"), ATTR("end", INT, NULL))

#define SHAPE_ROW(opset, set, attributes)                      \
	{                                                      \
		.domain = "", .type = "Shape", .since = opset, \
		.in = PARAMS(IN("data", "T", set)),            \
		.out = PARAMS(IN("shape", "T1", TYPES_I64)),   \
		.attrs = attributes, .infer = infer_shape_op,  \
		.kernels = shape_kernels,                      \
	}

#define SIZE_ROW(opset, set)                                  \
	{                                                     \
		.domain = "", .type = "Size", .since = opset, \
		.in = PARAMS(IN("data", "T", set)),           \
		.out = PARAMS(IN("size", "T1", TYPES_I64)),   \
		.infer = infer_size, .kernels = size_kernels, \
	}

const struct op op_rows_shape[] = {SHAPE_ROW(1, TYPES_ALL_1, NULL),
				   SHAPE_ROW(13, TYPES_ALL_13, NULL),
				   SHAPE_ROW(15, TYPES_ALL_13, BOUNDS),
				   SHAPE_ROW(19, TYPES_ALL_19, BOUNDS),
				   SHAPE_ROW(21, TYPES_ALL_21, BOUNDS),
				   SHAPE_ROW(23, TYPES_ALL_23, BOUNDS),
				   SHAPE_ROW(24, TYPES_ALL_24, BOUNDS),
				   SHAPE_ROW(25, TYPES_ALL_25, BOUNDS),
				   SIZE_ROW(1, TYPES_ALL_1),
				   SIZE_ROW(13, TYPES_ALL_13),
				   SIZE_ROW(19, TYPES_ALL_19),
				   SIZE_ROW(21, TYPES_ALL_21),
				   SIZE_ROW(23, TYPES_ALL_23),
				   SIZE_ROW(24, TYPES_ALL_24),
				   SIZE_ROW(25, TYPES_ALL_25),
				   {0}};
