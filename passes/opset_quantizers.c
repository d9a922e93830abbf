/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_quantizers.c -- integers and their scales.
 *
 * Source: ONNX's operator schemas, the versions named in the rows.
 */
#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

static bool is_scalar(const struct value *v)
{
	const struct shape *s = &v->type.shape;

	return opset_rank(v) == 0 || (opset_rank(v) == 1 && s->dim[0] == 1);
}

/* The scale of one axis in the shape [1, ..., -1, ..., 1], for recipes. */
static bool along_axis(struct node *n, struct value **list, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	int64_t axis = node_int(n, "axis", 1), dims[MAX_RANK];

	if (axis < 0)
		axis += rank;
	if (rank < 1 || axis < 0 || axis >= rank ||
	    opset_rank(node_in(n, 1)) != 1)
		return err_set(e, ERR_UNSUPPORTED,
			       "has a scale for each position of an axis since "
			       "opset 13 only");
	for (int32_t i = 0; i < rank; i++)
		dims[i] = i == axis ? -1 : 1;
	*list = opset_int_list(n, dims, (size_t)rank);
	return true;
}

static bool dequantize_to_12(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {NULL}};

	if (node_in(n, 1) && is_scalar(node_in(n, 1)))
		return true;
	if (!along_axis(n, &args.v[0], e))
		return false;
	return opset_recipe(n,
			    node_in(n, 2)
				    ? "s = Reshape(X1, %0); x = Cast<to=1>(X0);"
				      "z = Cast<to=1>(X2); p = Reshape(z, %0);"
				      "d = Sub(x, p); Y0 = Mul(d, s)"
				    : "s = Reshape(X1, %0);"
				      "x = Cast<to=1>(X0); Y0 = Mul(x, s)",
			    &args, e);
}

static bool quantize_to_12(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {NULL}};
	enum dtype t = node_in(n, 2) ? opset_dtype(node_in(n, 2)) : DTYPE_U8;
	bool u8 = t == DTYPE_U8;

	if (node_in(n, 1) && is_scalar(node_in(n, 1)))
		return true;
	if (!along_axis(n, &args.v[0], e))
		return false;
	args.v[1] = opset_scalar(n, DTYPE_F32, u8 ? 0 : -128);
	args.v[2] = opset_scalar(n, DTYPE_F32, u8 ? 255 : 127);
	args.i[0] = t;
	return opset_recipe(n,
			    node_in(n, 2)
				    ? "s = Reshape(X1, %0); x = Div(X0, s);"
				      "r = Round(x); z = Cast<to=1>(X2);"
				      "p = Reshape(z, %0); q = Add(r, p);"
				      "c = Clip(q, %1, %2); Y0 = Cast<to=%0>(c)"
				    : "s = Reshape(X1, %0); x = Div(X0, s);"
				      "r = Round(x); c = Clip(r, %1, %2);"
				      "Y0 = Cast<to=%0>(c)",
			    &args, e);
}

/* The type of the result is said by a zero point of 0. */
static bool quantize_to_20(struct node *n, struct err *e)
{
	enum dtype t = dtype_from_onnx(node_int(n, "output_dtype", 0));
	struct value *in[2];

	node_drop_attr(n, "output_dtype");
	if (node_in(n, 2) || t == DTYPE_NONE || t == DTYPE_U8)
		return true;
	if (is_scalar(node_in(n, 1))) {
		opset_set_operand(n, 2, opset_scalar(n, t, 0));
		return true;
	}
	(void)e;
	in[0] = opset_scalar(n, t, 0);
	in[1] = node_in(n, 1);
	in[1] = opset_op(n, "Shape", &in[1], 1);
	opset_set_operand(n, 2, opset_op(n, "Expand", in, 2));
	return true;
}

static bool dequantize_to_22(struct node *n, struct err *e)
{
	int64_t t = node_int(n, "output_dtype", 0);

	(void)e;
	if (t && t == (int64_t)opset_dtype(node_in(n, 1)))
		node_drop_attr(n, "output_dtype");
	return true;
}

/* Zeros alone have the scale 1: QuantizeLinear need not take 0. */
static bool dynamic_quantize(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {opset_scalar(n, DTYPE_U8, 0)}};

	return opset_recipe(n,
			    "h = ReduceMax<keepdims=0>(X0); m = Max(h, 0);"
			    "l = ReduceMin<keepdims=0>(X0); k = Min(l, 0);"
			    "r = Sub(m, k); g = Greater(r, 0);"
			    "d = Div(r, 255); s = Where(g, d, 1);"
			    "Y1 = Identity(s); o = Sub(0, k);"
			    "z = QuantizeLinear(o, s, %0); Y2 = Identity(z);"
			    "Y0 = QuantizeLinear(X0, s, z)",
			    &args, e);
}

static bool dequantize(struct node *n, struct err *e)
{
	return opset_recipe(n,
			    node_in(n, 2)
				    ? "a = Cast<to=1>(X0); z = Cast<to=1>(X2);"
				      "d = Sub(a, z); Y0 = Mul(d, X1)"
				    : "a = Cast<to=1>(X0); Y0 = Mul(a, X1)",
			    NULL, e);
}

/* The zero point of A may be one for each row. */
static bool matmul_integer(struct node *n, struct err *e)
{
	int32_t a = node_in(n, 2) ? opset_rank(node_in(n, 2)) : 0;
	int32_t b = node_in(n, 3) ? opset_rank(node_in(n, 3)) : 0;

	if (a < 0 || a > 1 || b < 0 || b > 1)
		return err_set(e, ERR_UNSUPPORTED,
			       "has zero points of unknown rank");
	return opset_recipe(
		n,
		arena_printf(&n->graph->model->arena, "%s%s%s",
			     !node_in(n, 2) ? "a = Cast<to=6>(X0);"
			     : a == 1	    ? "p = Cast<to=6>(X0);"
					      "q = Unsqueeze<axes=[1]>(X2);"
					      "r = Cast<to=6>(q); a = Sub(p, r);"
					    : "p = Cast<to=6>(X0);"
					      "r = Cast<to=6>(X2); a = Sub(p, r);",
			     !node_in(n, 3) ? "b = Cast<to=6>(X1);"
					    : "s = Cast<to=6>(X1);"
					      "t = Cast<to=6>(X3);"
					      "b = Sub(s, t);",
			     "Y0 = MatMul(a, b)"),
		NULL, e);
}

const struct opset_row opset_quantizers[] = {
	{"DequantizeLinear", 10, NULL, dequantize, NULL},
	{"MatMulInteger", 10, NULL, matmul_integer, NULL},
	{"DynamicQuantizeLinear", 11, NULL, dynamic_quantize, NULL},
	{"DequantizeLinear", 13, NULL, dequantize_to_12, NULL},
	{"QuantizeLinear", 13, NULL, quantize_to_12, NULL},
	{"QuantizeLinear", 21, NULL, quantize_to_20, NULL},
	{"DequantizeLinear", 23, NULL, dequantize_to_22, NULL},
	{0}};
