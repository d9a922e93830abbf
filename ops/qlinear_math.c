/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qlinear_math.c -- com.microsoft's QLinearAdd, QLinearMul, QLinearSigmoid
 * and QLinearLeakyRelu: on real = (code - zero) * scale, in double.
 *
 * ONNX Runtime computes in float; results differ by one step at most.
 */
#include "ops/op.h"

#include <math.h>
#include <string.h>

#include "ops/curve.h"
#include "ops/ewise.h"
#include "ops/qlinear.h"
#include "ops/codes_u8.h"

struct qlinear_math {
	struct ewise ewise;
	double scale[2], zero[2], y_scale, y_zero;
	struct curve curve;
};

static void enter(const struct ewise *w, uint32_t k, double *x, size_t n)
{
	const struct qlinear_math *q = (const struct qlinear_math *)w;

	for (size_t i = 0; i < n; i++)
		x[i] = (x[i] - q->zero[k]) * q->scale[k];
}

static void add(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

static void mul(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] *= x[i];
}

static void finish(const struct ewise *w, double *y, size_t n)
{
	const struct qlinear_math *q = (const struct qlinear_math *)w;

	curve_map(&q->curve, y, n);
	for (size_t i = 0; i < n; i++)
		y[i] = nearbyint(y[i] / q->y_scale) + q->y_zero;
}

static bool run_binary(const struct call *c, struct err *e)
{
	struct qlinear_math q = {
		.ewise = {.enter = enter,
			  .fold = add,
			  .finish = finish,
			  .count = 2,
			  .operand = {0, 3}},
		.zero = {call_scalar(c, 2, 0), call_scalar(c, 5, 0)},
		.y_zero = call_scalar(c, 7, 0),
	};

	if (!qlinear_scale(c, 1, &q.scale[0], e) ||
	    !qlinear_scale(c, 4, &q.scale[1], e) ||
	    !qlinear_scale(c, 6, &q.y_scale, e))
		return false;
	if (strcmp(c->node->type, "QLinearMul") == 0)
		q.ewise.fold = mul;
	ewise_run(&q.ewise, c);
	return true;
}

static bool run_unary(const struct call *c, struct err *e)
{
	struct qlinear_math q = {
		.ewise = {.enter = enter, .finish = finish, .count = 1},
		.zero = {call_scalar(c, 2, 0)},
		.y_zero = call_scalar(c, 4, 0),
	};

	if (!qlinear_scale(c, 1, &q.scale[0], e) ||
	    !qlinear_scale(c, 3, &q.y_scale, e))
		return false;
	if (strcmp(c->node->type, "QLinearLeakyRelu") == 0) {
		curve_find(&q.curve, "LeakyRelu");
		q.curve.alpha = attr_float(c->node, "alpha");
	} else {
		curve_find(&q.curve, "Sigmoid");
	}
	ewise_run(&q.ewise, c);
	return true;
}

static bool infer_binary(struct infer *c, struct err *e)
{
	struct shape y;

	if (!qlinear_check(c, 1, e) || !qlinear_check(c, 4, e) ||
	    !qlinear_check(c, 6, e) ||
	    !shape_broadcast(&y, infer_shape(c, 0), infer_shape(c, 3), e))
		return false;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool infer_unary(struct infer *c, struct err *e)
{
	return qlinear_check(c, 1, e) && qlinear_check(c, 3, e) &&
	       infer_same_as_first(c, e);
}

static const struct kernel binary_kernels[] = {
	{"qlinear-binary-ref", "reference", .run = run_binary},
	CODES_KERNEL("qlinear-binary-u8-simd", qbinary, qbinary_u8_layouts),
	{.name = NULL},
};

static const struct kernel unary_kernels[] = {
	{"qlinear-unary-ref", "reference", .run = run_unary},
	{.name = NULL},
};

static const struct param qlinear_add_1_in[] = {
	{"A", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"A_scale", NULL, TYPE_BIT(F32), 0},
	{"A_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{"B", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"B_scale", NULL, TYPE_BIT(F32), 0},
	{"B_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{"C_scale", NULL, TYPE_BIT(F32), 0},
	{"C_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{NULL},
};

static const struct param qlinear_add_1_out[] = {
	{"C", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct param qlinear_leaky_relu_1_in[] = {
	{"X", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"X_scale", NULL, TYPE_BIT(F32), 0},
	{"X_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{"Y_scale", NULL, TYPE_BIT(F32), 0},
	{"Y_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{NULL},
};

static const struct param qlinear_leaky_relu_1_out[] = {
	{"Y", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct attr_spec qlinear_leaky_relu_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "0.01"},
	{NULL},
};

const struct op op_rows_qlinear_math[] = {
	{"com.microsoft", "QLinearAdd", 1, 0, qlinear_add_1_in,
	 qlinear_add_1_out, NULL, infer_binary, binary_kernels},
	{"com.microsoft", "QLinearLeakyRelu", 1, 0, qlinear_leaky_relu_1_in,
	 qlinear_leaky_relu_1_out, qlinear_leaky_relu_1_attrs, infer_unary,
	 unary_kernels},
	{"com.microsoft", "QLinearMul", 1, 0, qlinear_add_1_in,
	 qlinear_add_1_out, NULL, infer_binary, binary_kernels},
	{"com.microsoft", "QLinearSigmoid", 1, 0, qlinear_leaky_relu_1_in,
	 qlinear_leaky_relu_1_out, NULL, infer_unary, unary_kernels},
	{.type = NULL},
};
