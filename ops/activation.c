/* SPDX-License-Identifier: Apache-2.0 */
/* ops/activation.c -- functions of one element with parameters.
 *
 * Parameters are attributes; Clip takes its bounds as operands since opset
 * 11.  Gelu is x * Phi(x), or its tanh approximation.
 */
#include "ops/op.h"

#include <math.h>
#include <string.h>

#include "ops/curve.h"
#include "ops/ewise.h"
#include "ops/ewise_f32.h"

struct activation {
	struct ewise ewise;
	struct curve curve;
	int64_t low, high; /* Clip of integers */
};

static void map(const struct ewise *w, double *y, size_t n)
{
	curve_map(&((const struct activation *)w)->curve, y, n);
}

/* Shrink is also defined on integers, with float parameters. */
static void map_ints(const struct ewise *w, int64_t *y, size_t n)
{
	const struct curve *c = &((const struct activation *)w)->curve;

	for (size_t i = 0; i < n; i++)
		y[i] = (int64_t)curve_at(c, (double)y[i]);
}

static bool less(enum dtype t, int64_t a, int64_t b)
{
	return t == DTYPE_U64 ? (uint64_t)a < (uint64_t)b : a < b;
}

static void clip_ints(const struct ewise *w, int64_t *y, size_t n)
{
	const struct activation *a = (const struct activation *)w;

	for (size_t i = 0; i < n; i++) {
		if (less(w->type, y[i], a->low))
			y[i] = a->low;
		if (less(w->type, a->high, y[i]))
			y[i] = a->high;
	}
}

/* Operators whose parameters are not alpha alone. */
static const struct {
	const char *type, *alpha, *beta;
} parameters[] = {
	{"Selu", "alpha", "gamma"},
	{"Shrink", "lambd", "bias"},
	{"HardSigmoid", "alpha", "beta"},
	{"Affine", "alpha", "beta"},
	{"ParametricSoftplus", "alpha", "beta"},
	{"Scale", "scale", NULL},
	{"ScaledTanh", "alpha", "beta"},
};

static bool run_activation(const struct call *c, struct err *e)
{
	struct activation a = {
		.ewise = {.finish = map, .finish_ints = map_ints}};
	const struct node *n = c->node;
	const char *alpha = "alpha", *beta = NULL;

	(void)e;
	for (size_t i = 0; i < COUNT_OF(parameters); i++)
		if (strcmp(parameters[i].type, n->type) == 0) {
			alpha = parameters[i].alpha;
			beta = parameters[i].beta;
		}
	if (!curve_find(&a.curve, n->type))
		bug("activation: no function for %s", n->type);
	a.curve.alpha = attr_float(n, alpha);
	if (beta)
		a.curve.beta = attr_float(n, beta);
	ewise_run(&a.ewise, c);
	return true;
}

static bool run_gelu(const struct call *c, struct err *e)
{
	struct activation a = {.ewise.finish = map};
	const char *how = node_string(c->node, "approximate", "none");

	(void)e;
	curve_find(&a.curve, strcmp(how, "tanh") ? "Gelu" : "GeluTanh");
	ewise_run(&a.ewise, c);
	return true;
}

static bool infer_gelu(struct infer *c, struct err *e)
{
	const char *how = attr_string(c->node, "approximate");

	if (strcmp(how, "none") && strcmp(how, "tanh"))
		return err_set(e, ERR_FORMAT,
			       "approximate is '%s', want 'none' or 'tanh'",
			       how);
	return infer_same_as_first(c, e);
}

/* Clip of integers; a bound that is left out is the type's own. */
static void clip_whole(const struct call *c)
{
	struct activation a = {.ewise.finish_ints = clip_ints};
	const struct tensor *low = call_in(c, 1), *high = call_in(c, 2);
	bool is_unsigned = call_in(c, 0)->dtype == DTYPE_U64;

	a.low = is_unsigned ? 0 : INT64_MIN;
	a.high = is_unsigned ? (int64_t)UINT64_MAX : INT64_MAX;
	if (low && tensor_count(low))
		a.low = tensor_int(low, 0);
	if (high && tensor_count(high))
		a.high = tensor_int(high, 0);
	a.ewise.count = 1;
	ewise_run(&a.ewise, c);
}

static bool run_clip(const struct call *c, struct err *e)
{
	struct activation a = {.ewise.finish = map};

	(void)e;
	if (!dtype_is_float(call_in(c, 0)->dtype)) {
		clip_whole(c);
		return true;
	}
	curve_find(&a.curve, "Clip");
	a.ewise.count = 1;
	if (c->node->op->since < 11) {
		a.curve.alpha = node_float(c->node, "min", -INFINITY);
		a.curve.beta = node_float(c->node, "max", INFINITY);
	} else {
		a.curve.alpha = call_scalar(c, 1, -INFINITY);
		a.curve.beta = call_scalar(c, 2, INFINITY);
	}
	ewise_run(&a.ewise, c);
	return true;
}

static bool infer_clip(struct infer *c, struct err *e)
{
	for (uint32_t i = 1; i < 3; i++) {
		const struct shape *s = infer_shape(c, i);

		if (infer_has(c, i) && s->rank > 1)
			return err_set(e, ERR_SHAPE,
				       "'%s' has rank %d, want a scalar",
				       i == 1 ? "min" : "max", s->rank);
	}
	return infer_same_as_first(c, e);
}

static const struct kernel activation_kernels[] = {
	{"activation-ref", "reference", .run = run_activation, .in_place = 1},
	UNARY_F32_KERNEL,
	{.name = NULL},
};

static const struct kernel gelu_kernels[] = {
	{"gelu-ref", "reference", .run = run_gelu, .in_place = 1},
	UNARY_F32_KERNEL,
	{.name = NULL},
};

static const struct kernel clip_kernels[] = {
	{"clip-ref", "reference", .run = run_clip, .in_place = 1},
	UNARY_F32_KERNEL,
	{.name = NULL},
};

static const struct param celu_12_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param celu_12_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec celu_12_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1"},
	{NULL},
};

static const struct param clip_1_in[] = {
	{"input", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param clip_1_out[] = {
	{"output", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec clip_1_attrs[] = {
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{"max", ATTR_FLOAT, false, NULL},
	{"min", ATTR_FLOAT, false, NULL},
	{NULL},
};

static const struct attr_spec clip_6_attrs[] = {
	{"max", ATTR_FLOAT, false, "3.4028235e+38"},
	{"min", ATTR_FLOAT, false, "-3.4028235e+38"},
	{NULL},
};

static const struct param clip_11_in[] = {
	{"input", "T", TYPES_NUMERIC, 0},
	{"min", "T", TYPES_NUMERIC, PARAM_OPTIONAL},
	{"max", "T", TYPES_NUMERIC, PARAM_OPTIONAL},
	{NULL},
};

static const struct param clip_11_out[] = {
	{"output", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct param elu_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param elu_1_out[] = {
	{"Y", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec elu_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1"},
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct attr_spec gelu_20_attrs[] = {
	{"approximate", ATTR_STRING, false, "none"},
	{NULL},
};

static const struct attr_spec hard_sigmoid_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "0.2"},
	{"beta", ATTR_FLOAT, false, "0.5"},
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct attr_spec hard_sigmoid_6_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "0.2"},
	{"beta", ATTR_FLOAT, false, "0.5"},
	{NULL},
};

static const struct attr_spec leaky_relu_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "0.01"},
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct attr_spec leaky_relu_6_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "0.01"},
	{NULL},
};

static const struct attr_spec selu_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1.6732"},
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{"gamma", ATTR_FLOAT, false, "1.0507"},
	{NULL},
};

static const struct attr_spec selu_6_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1.6732632"},
	{"gamma", ATTR_FLOAT, false, "1.050701"},
	{NULL},
};

static const struct param shrink_9_in[] = {
	{"input", "T", TYPES_NUMERIC_1, 0},
	{NULL},
};

static const struct param shrink_9_out[] = {
	{"output", "T", TYPES_NUMERIC_1, 0},
	{NULL},
};

static const struct attr_spec shrink_9_attrs[] = {
	{"bias", ATTR_FLOAT, false, "0"},
	{"lambd", ATTR_FLOAT, false, "0.5"},
	{NULL},
};

static const struct attr_spec quick_gelu_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1.702"},
	{NULL},
};

static const struct attr_spec affine_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1"},
	{"beta", ATTR_FLOAT, false, "0"},
	{NULL},
};

static const struct attr_spec scale_attrs[] = {
	{"scale", ATTR_FLOAT, false, "1"},
	{NULL},
};

static const struct attr_spec alpha_beta_attrs[] = {
	{"alpha", ATTR_FLOAT, true, NULL},
	{"beta", ATTR_FLOAT, true, NULL},
	{NULL},
};

const struct op op_rows_activation[] = {
	{"", "Celu", 12, OP_ELEMENTWISE, celu_12_in, celu_12_out, celu_12_attrs,
	 infer_same_as_first, activation_kernels},
	{"", "Clip", 1, OP_ELEMENTWISE, clip_1_in, clip_1_out, clip_1_attrs,
	 infer_clip, clip_kernels},
	{"", "Clip", 6, OP_ELEMENTWISE, clip_1_in, clip_1_out, clip_6_attrs,
	 infer_clip, clip_kernels},
	{"", "Clip", 11, OP_ELEMENTWISE, clip_11_in, clip_11_out, NULL,
	 infer_clip, clip_kernels},
	{"", "Elu", 1, OP_ELEMENTWISE, elu_1_in, elu_1_out, elu_1_attrs,
	 infer_same_as_first, activation_kernels},
	{"", "Elu", 6, OP_ELEMENTWISE, celu_12_in, celu_12_out, celu_12_attrs,
	 infer_same_as_first, activation_kernels},
	{"", "Gelu", 20, OP_ELEMENTWISE, celu_12_in, celu_12_out, gelu_20_attrs,
	 infer_gelu, gelu_kernels},
	{"", "HardSigmoid", 1, OP_ELEMENTWISE, elu_1_in, elu_1_out,
	 hard_sigmoid_1_attrs, infer_same_as_first, activation_kernels},
	{"", "HardSigmoid", 6, OP_ELEMENTWISE, celu_12_in, celu_12_out,
	 hard_sigmoid_6_attrs, infer_same_as_first, activation_kernels},
	{"", "LeakyRelu", 1, OP_ELEMENTWISE, elu_1_in, elu_1_out,
	 leaky_relu_1_attrs, infer_same_as_first, activation_kernels},
	{"", "LeakyRelu", 6, OP_ELEMENTWISE, celu_12_in, celu_12_out,
	 leaky_relu_6_attrs, infer_same_as_first, activation_kernels},
	{"", "Selu", 1, OP_ELEMENTWISE, elu_1_in, elu_1_out, selu_1_attrs,
	 infer_same_as_first, activation_kernels},
	{"", "Selu", 6, OP_ELEMENTWISE, celu_12_in, celu_12_out, selu_6_attrs,
	 infer_same_as_first, activation_kernels},
	{"", "Shrink", 9, OP_ELEMENTWISE, shrink_9_in, shrink_9_out,
	 shrink_9_attrs, infer_same_as_first, activation_kernels},
	{"", "Swish", 24, OP_ELEMENTWISE, celu_12_in, celu_12_out,
	 celu_12_attrs, infer_same_as_first, activation_kernels},
	{"", "ThresholdedRelu", 10, OP_ELEMENTWISE, celu_12_in, celu_12_out,
	 celu_12_attrs, infer_same_as_first, activation_kernels},
	/* Experimental, gone with ONNX 1.5. */
	{"", "Affine", 1, OP_ELEMENTWISE, elu_1_in, elu_1_out, affine_attrs,
	 infer_same_as_first, activation_kernels},
	{"", "ParametricSoftplus", 1, OP_ELEMENTWISE, elu_1_in, elu_1_out,
	 alpha_beta_attrs, infer_same_as_first, activation_kernels},
	{"", "Scale", 1, OP_ELEMENTWISE, elu_1_in, elu_1_out, scale_attrs,
	 infer_same_as_first, activation_kernels},
	{"", "ScaledTanh", 1, OP_ELEMENTWISE, elu_1_in, elu_1_out,
	 alpha_beta_attrs, infer_same_as_first, activation_kernels},
	{"com.microsoft", "Gelu", 1, OP_ELEMENTWISE, celu_12_in, celu_12_out,
	 NULL, infer_same_as_first, gelu_kernels},
	{"com.microsoft", "QuickGelu", 1, OP_ELEMENTWISE, celu_12_in,
	 celu_12_out, quick_gelu_1_attrs, infer_same_as_first,
	 activation_kernels},
	{.type = NULL},
};
