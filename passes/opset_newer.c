/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_newer.c -- operators in terms of older ones: the functions of
 * the standard, and what is exact without them.
 *
 * Source: ONNX's function bodies and texts, the versions named in the rows.
 */
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

static bool refuse_unknown_type(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "has an element type that is not known");
}

/* ---- activations -------------------------------------------------------- */

static bool gelu(struct node *n, struct err *e)
{
	if (!strcmp(node_string(n, "approximate", "none"), "tanh"))
		return opset_recipe(
			n,
			"s = Mul(X0, X0); c = Mul(s, X0);"
			"d = Mul(c, 0.044715); a = Add(X0, d);"
			"b = Mul(a, 0.79788456080286535588); t = Tanh(b);"
			"u = Add(t, 1); h = Mul(X0, 0.5); Y0 = Mul(h, u)",
			NULL, e);
	return opset_recipe(n,
			    "a = Mul(X0, 0.70710678118654752440); b = Erf(a);"
			    "u = Add(b, 1); h = Mul(X0, 0.5); Y0 = Mul(h, u)",
			    NULL, e);
}

static bool celu(struct node *n, struct err *e)
{
	return opset_recipe(n,
			    "a = Div(X0, $alpha=1); b = Elu<alpha=1.0>(a);"
			    "Y0 = Mul(b, $alpha=1)",
			    NULL, e);
}

/* ---- comparing ---------------------------------------------------------- */

/* The largest finite number of T; 0 where it is not known. */
static double largest(enum dtype t)
{
	switch (t) {
	case DTYPE_F16:
		return 65504;
	case DTYPE_BF16:
		return 0x1.fep127;
	case DTYPE_F32:
		return 0x1.fffffep127;
	case DTYPE_F64:
		return 0x1.fffffffffffffp1023;
	default:
		return 0;
	}
}

static bool is_inf(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {NULL}};
	enum dtype t = opset_dtype(node_in(n, 0));
	bool up = node_int(n, "detect_positive", 1);
	bool down = node_int(n, "detect_negative", 1);
	double most = largest(t);

	if (!(most > 0))
		return refuse_unknown_type(e);
	if (!up && !down)
		return err_set(e, ERR_UNSUPPORTED, "detects nothing");
	args.v[0] = opset_scalar(n, t, up ? most : -most);
	if (up && down)
		return opset_recipe(n, "a = Abs(X0); Y0 = Greater(a, %0)",
				    &args, e);
	return opset_recipe(
		n, up ? "Y0 = Greater(X0, %0)" : "Y0 = Less(X0, %0)", &args, e);
}

/* ---- making ------------------------------------------------------------- */

static bool constant_of_shape(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {NULL}};
	const struct attr *a = node_attr(n, "value");
	struct tensor t;

	if (a && (a->kind != ATTR_TENSOR || tensor_count(a->u.tensors) != 1))
		return err_set(e, ERR_UNSUPPORTED,
			       "has a value that is not one number");
	args.v[0] = opset_scalar(n, DTYPE_F32, 0);
	if (a) {
		t = *a->u.tensors;
		t.shape.rank = 0;
		t.payload = NULL;
		args.v[0] = opset_const(n, &t);
	}
	return opset_recipe(n, "Y0 = Expand(%0, X0)", &args, e);
}

static bool cast_like(struct node *n, struct err *e)
{
	if (opset_dtype(node_in(n, 1)) == DTYPE_NONE)
		return refuse_unknown_type(e);
	return opset_recipe(
		n, "Y0 = Cast<to=@X1, saturate=$, round_mode=$>(X0)", NULL, e);
}

static bool bernoulli(struct node *n, struct err *e)
{
	enum dtype t = opset_dtype(node_in(n, 0));
	struct recipe_args args = {.i = {node_int(n, "dtype", t)}};

	if (t == DTYPE_NONE)
		return refuse_unknown_type(e);
	return opset_recipe(
		n,
		"r = RandomUniformLike<dtype=@X0, high=1.0, low=0.0, seed=$>(X0);"
		"b = Less(r, X0); Y0 = Cast<to=%0>(b)",
		&args, e);
}

/* Elements k columns to the right of the diagonal and beyond stay, or those up
 * to there. */
static bool trilu(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {node_in(n, 1)}};
	bool upper = node_int(n, "upper", 1) != 0;

	if (opset_dtype(node_in(n, 0)) == DTYPE_STRING)
		return err_set(e, ERR_UNSUPPORTED, "fills with strings");
	if (!args.v[0])
		args.v[0] = opset_scalar(n, DTYPE_I64, 0);
	return opset_recipe(
		n,
		arena_printf(
			&n->graph->model->arena,
			"s = Shape(X0); h = Gather(s, -2i); w = Gather(s, -1i);"
			"r = Range(0i, h, 1i); c = Range(0i, w, 1i);"
			"l = Unsqueeze(r, [1]); d = Sub(c, l);"
			"m = %s(d, %%0); Y0 = Where(m, X0, 0)",
			upper ? "GreaterOrEqual" : "LessOrEqual"),
		&args, e);
}

/* a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n), where n is the size, less one
 * unless the window is periodic.  In double: a window ends near 0. */
static bool window(struct node *n, const char *a0, const char *a1,
		   const char *a2, struct err *e)
{
	struct recipe_args args = {
		.i = {node_int(n, "output_datatype", DTYPE_F32)}};
	const char *less = node_int(n, "periodic", 1) ? "0d" : "1d";

	return opset_recipe(
		n,
		arena_printf(&n->graph->model->arena,
			     "p = Cast<to=11>(X0); n = Sub(p, %s);"
			     "f = Div(6.28318530717958647693d, n);"
			     "r = Range(0d, p, 1d); t = Mul(r, f);"
			     "u = Mul(t, 2d); v = Cos(u); w = Mul(v, %sd);"
			     "c = Cos(t); d = Mul(c, %sd); e = Sub(%sd, d);"
			     "g = Add(e, w); Y0 = Cast<to=%%0>(g)",
			     less, a2, a1, a0),
		&args, e);
}

static bool hann(struct node *n, struct err *e)
{
	return window(n, "0.5", "0.5", "0", e);
}

static bool hamming(struct node *n, struct err *e)
{
	return window(n, "0.54347826086956521739", "0.45652173913043478261",
		      "0", e);
}

static bool blackman(struct node *n, struct err *e)
{
	return window(n, "0.42", "0.5", "0.08", e);
}

const struct opset_row opset_newer[] = {
	{"ConstantOfShape", 9, NULL, constant_of_shape, NULL},
	{"IsNaN", 9, NULL, NULL,
	 "a = Greater(X0, 0); b = Less(X0, 1); c = Or(a, b); Y0 = Not(c)"},
	{"IsInf", 10, NULL, is_inf, NULL},
	{"ThresholdedRelu", 10, NULL, NULL,
	 "m = Greater(X0, $alpha=1); Y0 = Where(m, X0, 0)"},
	{"Celu", 12, NULL, celu, NULL},
	{"GreaterOrEqual", 12, NULL, NULL,
	 "a = Greater(X0, X1); b = Equal(X0, X1); Y0 = Or(a, b)"},
	{"LessOrEqual", 12, NULL, NULL,
	 "a = Less(X0, X1); b = Equal(X0, X1); Y0 = Or(a, b)"},
	{"HardSwish", 14, NULL, NULL,
	 "a = HardSigmoid<alpha=0.16666667, beta=0.5>(X0); Y0 = Mul(X0, a)"},
	{"Trilu", 14, NULL, trilu, NULL},
	{"Bernoulli", 15, NULL, bernoulli, NULL},
	{"CastLike", 15, NULL, cast_like, NULL},
	{"BlackmanWindow", 17, NULL, blackman, NULL},
	{"HammingWindow", 17, NULL, hamming, NULL},
	{"HannWindow", 17, NULL, hann, NULL},
	{"Mish", 18, NULL, NULL,
	 "a = Softplus(X0); b = Tanh(a); Y0 = Mul(X0, b)"},
	{"Gelu", 20, NULL, gelu, NULL},
	{"Swish", 24, NULL, NULL,
	 "a = Mul(X0, $alpha=1); s = Sigmoid(a); Y0 = Mul(X0, s)"},
	{"SwiGLU", 28, NULL, NULL,
	 "a = Mul(X0, $alpha=1); s = Sigmoid(a); g = Mul(X0, s);"
	 "Y0 = Mul(g, X1)"},
	{0}};
