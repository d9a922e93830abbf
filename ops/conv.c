/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv.c -- Conv, and com.microsoft's FusedConv, NhwcConv, NhwcFusedConv.
 *
 *     Y = activation(conv(X, W) + B + Z)
 *
 * Nhwc: X, Z and Y have their channels last; W is as ever.
 * FusedConv names its activation by operator; activation_params are alpha and
 * beta of ops/curve.h.
 */
#include "ops/op.h"

#include "graph/element.h"
#include "ops/channels.h"
#include "ops/conv_dnnl.h"
#include "ops/conv_f32.h"
#include "ops/conv_rows.h"
#include "ops/curve.h"

struct conv {
	struct conv_rows rows;
	const struct tensor *bias, *add;
	struct tensor *y;
	struct curve curve;
	bool last; /* the channels */
};

static bool infer_conv(struct infer *c, struct err *e)
{
	struct shape x = channels_first_shape(c->node, infer_shape(c, 0)), y;

	if (!conv_shape(&y, c->node, &x, infer_shape(c, 1),
			infer_has(c, 2) ? infer_shape(c, 2) : NULL,
			&c->model->symbols, e))
		return false;
	y = channels_last_shape(c->node, &y);
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool infer_fused(struct infer *c, struct err *e)
{
	const char *name = node_string(c->node, "activation", "");
	const struct shape *z = infer_shape(c, 3), *y;
	struct curve curve;

	if (*name && !curve_find(&curve, name))
		return err_set(e, ERR_UNSUPPORTED, "activation '%s'", name);
	if (!infer_conv(c, e))
		return false;
	y = &c->out[0].shape;
	if (infer_has(c, 3) && shape_is_known(z) && shape_is_known(y) &&
	    !shape_equal(z, y))
		return err_set(e, ERR_SHAPE,
			       "Z has another shape than the result");
	return true;
}

/* Where the result lies that is element I of [N, C, spatial ...]. */
static size_t place(const struct conv *v, size_t i)
{
	return v->last ? channels_last_at(i, v->rows.channels,
					  v->rows.rows * v->rows.width)
		       : i;
}

static void emit(const struct conv_rows *r, size_t channel, size_t at, size_t n,
		 double *acc)
{
	const struct conv *v = (const struct conv *)r;
	double bias = v->bias ? tensor_double(v->bias, channel) : 0;

	for (size_t i = 0; i < n; i++)
		acc[i] += bias;
	for (size_t i = 0; i < n && v->add; i++)
		acc[i] += tensor_double(v->add, place(v, at + i));
	curve_map(&v->curve, acc, n);
	if (!v->last)
		element_store(v->y->dtype, tensor_mut(v->y), at, n, acc);
	for (size_t i = 0; i < n && v->last; i++)
		element_set_double(v->y->dtype, tensor_mut(v->y),
				   place(v, at + i), acc[i]);
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1));
}

static bool run_conv(const struct call *c, struct err *e)
{
	struct conv v = {
		.rows.emit = emit,
		.bias = call_in(c, 2),
		.add = call_in(c, 3),
		.y = call_out(c, 0),
		.last = channels_are_last(c->node),
	};
	struct shape x = channels_first_shape(c->node, &call_in(c, 0)->shape);
	struct doubles d = {0};
	const float *params = NULL;
	uint32_t nparams = 0;

	(void)e;
	if (*node_string(c->node, "activation", "")) {
		curve_find(&v.curve, node_string(c->node, "activation", ""));
		nparams = attr_floats(c->node, "activation_params", &params);
	}
	if (nparams > 0)
		v.curve.alpha = params[0];
	if (nparams > 1)
		v.curve.beta = params[1];
	conv_rows_make(&v.rows, c->node, &x, &call_in(c, 1)->shape);
	v.rows.k.x = channels_load(&d, c, 0);
	v.rows.k.w = doubles_load(&d, c, 1);
	conv_rows_run(&v.rows);
	return true;
}

static const struct kernel conv_kernels[] = {
	{"conv-ref", "reference", .scratch = scratch, .run = run_conv},
	CONV_F32_KERNELS,
	CONV_DNNL_KERNEL,
	{.name = NULL},
};

static const struct kernel fused_kernels[] = {
	{"fused-conv-ref", "reference", .scratch = scratch, .run = run_conv},
	CONV_F32_KERNELS,
	CONV_DNNL_KERNEL,
	{.name = NULL},
};

static const struct kernel nhwc_kernels[] = {
	{"nhwc-conv-ref", "reference", .scratch = scratch, .run = run_conv},
	{.name = NULL},
};

static const struct param conv_1_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{"W", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct param conv_1_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec conv_1_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"dilations", ATTR_INTS, false, NULL},
	{"group", ATTR_INT, false, "1"},
	{"kernel_shape", ATTR_INTS, false, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param fused_conv_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{"W", "T", TYPES_IEEE, 0},
	{"B", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"Z", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{NULL},
};

static const struct param fused_conv_1_out[] = {
	{"Y", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec fused_conv_1_attrs[] = {
	{"activation", ATTR_STRING, false, NULL},
	{"activation_params", ATTR_FLOATS, false, NULL},
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"dilations", ATTR_INTS, false, NULL},
	{"group", ATTR_INT, false, "1"},
	{"kernel_shape", ATTR_INTS, false, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param nhwc_conv_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{"W", "T", TYPES_IEEE, 0},
	{"B", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{NULL},
};

static const struct param nhwc_fused_conv_1_in[] = {
	{"X", "T", TYPES_F16_32, 0},
	{"W", "T", TYPES_F16_32, 0},
	{"B", "T", TYPES_F16_32, PARAM_OPTIONAL},
	{"Z", "T", TYPES_F16_32, PARAM_OPTIONAL},
	{NULL},
};

static const struct param nhwc_fused_conv_1_out[] = {
	{"Y", "T", TYPES_F16_32, 0},
	{NULL},
};

const struct op op_rows_conv[] = {
	{"", "Conv", 1, 0, conv_1_in, conv_1_out, conv_1_attrs, infer_conv,
	 conv_kernels},
	{"com.microsoft", "FusedConv", 1, 0, fused_conv_1_in, fused_conv_1_out,
	 fused_conv_1_attrs, infer_fused, fused_kernels},
	{"com.microsoft", "NhwcConv", 1, 0, nhwc_conv_1_in, fused_conv_1_out,
	 conv_1_attrs, infer_conv, nhwc_kernels},
	{"com.microsoft", "NhwcFusedConv", 1, 0, nhwc_fused_conv_1_in,
	 nhwc_fused_conv_1_out, fused_conv_1_attrs, infer_fused, nhwc_kernels},
	{.type = NULL},
};
