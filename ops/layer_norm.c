/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layer_norm.c -- LayerNormalization, RMSNormalization, and
 * com.microsoft's SkipLayerNormalization.  ONNX Runtime has had
 * LayerNormalization and SimplifiedLayerNormalization in the default domain
 * since version 1, and models use them below opset 17.
 *
 *     Y = (X - mean) / sqrt(var + epsilon) * Scale + B
 *
 * over all axes from "axis" on; RMS: mean is 0 and var the mean square.  Skip:
 * X is input + skip + bias.  Everything is computed in double, whatever
 * stash_type asks for at least.
 */
#include "ops/op.h"

#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/layer_norm_f32.h"
#include "ops/moments.h"

struct norm {
	struct job job;
	double *x; /* [lines, extent] */
	size_t extent;
	double epsilon;
	bool centred; /* false: RMS */
	const struct tensor *scale, *shift;
	const struct shape *shape; /* of X */
	struct tensor *y, *mean, *inverse;
};

static void put(struct tensor *t, size_t i, double x)
{
	if (t)
		element_set_double(t->dtype, tensor_mut(t), i, x);
}

static void normalize(struct job *job, size_t begin, size_t end)
{
	const struct norm *v = (const struct norm *)job;
	double mean, inverse;

	for (size_t line = begin; line < end; line++) {
		const double *x = v->x + line * v->extent;

		moments_of(x, v->extent, v->epsilon, v->centred, &mean,
			   &inverse);
		put(v->mean, line, mean);
		put(v->inverse, line, inverse);
		for (size_t i = 0; i < v->extent; i++) {
			size_t at = line * v->extent + i;
			double y = (x[i] - mean) * inverse;

			if (v->scale)
				y *= tensor_double(
					v->scale,
					broadcast_at(v->shape, &v->scale->shape,
						     at));
			if (v->shift)
				y += tensor_double(
					v->shift,
					broadcast_at(v->shape, &v->shift->shape,
						     at));
			put(v->y, at, y);
		}
	}
}

static void run_lines(struct norm *v, int32_t axis)
{
	size_t lines = 1;

	v->extent = 1;
	for (int32_t i = 0; i < v->shape->rank; i++)
		if (i < axis)
			lines *= (size_t)v->shape->dim[i];
		else
			v->extent *= (size_t)v->shape->dim[i];
	v->job.run = normalize;
	parallel_for(&v->job, lines, 1 + 2000 / (v->extent + 1));
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0));
}

static bool run_layer_norm(const struct call *c, struct err *e)
{
	bool centred = strcmp(c->node->type, "LayerNormalization") == 0;
	struct norm v = {
		.epsilon = attr_float(c->node, "epsilon"),
		.centred = centred,
		.scale = call_in(c, 1),
		.shift = call_in(c, 2),
		.shape = &call_in(c, 0)->shape,
		.y = call_out(c, 0),
		.mean = centred ? call_out(c, 1) : NULL,
		.inverse = call_out(c, centred ? 2 : 1),
	};
	struct doubles d = {0};
	int32_t axis;

	if (!infer_axis(attr_int(c->node, "axis"), v.shape->rank, &axis, e))
		return false;
	v.x = doubles_load(&d, c, 0);
	run_lines(&v, axis);
	return true;
}

static bool run_skip(const struct call *c, struct err *e)
{
	bool simple = strcmp(c->node->type, "SkipLayerNormalization") != 0;
	const struct tensor *skip = call_in(c, 1);
	const struct tensor *bias = call_in(c, simple ? 3 : 4);
	struct norm v = {
		.epsilon = attr_float(c->node, "epsilon"),
		.centred = !simple,
		.scale = call_in(c, 2),
		.shift = simple ? NULL : call_in(c, 3),
		.shape = &call_in(c, 0)->shape,
		.y = call_out(c, 0),
		.mean = call_out(c, 1),
		.inverse = call_out(c, 2),
	};
	struct doubles d = {0};

	(void)e;
	v.x = doubles_load(&d, c, 0);
	for (size_t i = 0; i < tensor_count(call_in(c, 0)); i++) {
		v.x[i] += tensor_double(skip,
					broadcast_at(v.shape, &skip->shape, i));
		if (bias)
			v.x[i] += tensor_double(
				bias, broadcast_at(v.shape, &bias->shape, i));
		put(call_out(c, 3), i, v.x[i]);
	}
	run_lines(&v, v.shape->rank - 1);
	return true;
}

/* Operand I broadcasts to X without changing it. */
static bool check_broadcast(const struct infer *c, uint32_t i, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *s = infer_shape(c, i);
	struct shape y;

	if (!infer_has(c, i) || x->rank < 0 || s->rank < 0)
		return true;
	if (s->rank > x->rank)
		return err_set(e, ERR_SHAPE,
			       "operand %u has rank %d, want at most %d", i,
			       s->rank, x->rank);
	if (!shape_broadcast(&y, x, s, e))
		return err_context(e, "operand %u", i);
	for (int32_t k = 0; k < y.rank; k++)
		if (x->dim[k] >= 0 && y.dim[k] != x->dim[k])
			return err_set(e, ERR_SHAPE,
				       "operand %u does not broadcast to X "
				       "at axis %d",
				       i, k);
	return true;
}

static bool infer_layer_norm(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	bool by_scale = strcmp(c->node->op->out[0].var, "V") == 0;
	struct shape stats = *x;
	int32_t axis = 0;

	if (x->rank >= 0 &&
	    !infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
		return false;
	for (uint32_t i = 1; i < c->node->nin; i++)
		if (!check_broadcast(c, i, e))
			return false;
	infer_set(c, 0, infer_dtype(c, by_scale ? 1 : 0), x);
	for (int32_t i = axis; i < stats.rank; i++)
		stats.dim[i] = 1;
	for (uint32_t i = 1; i < c->node->nout; i++)
		infer_set(c, i,
			  attr_int(c->node, "stash_type") == DTYPE_BF16
				  ? DTYPE_BF16
				  : DTYPE_F32,
			  &stats);
	return true;
}

static bool infer_skip(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape stats = *x;

	if (x->rank == 0)
		return err_set(e, ERR_SHAPE, "input is a scalar");
	for (uint32_t i = 1; i < c->node->nin; i++)
		if (!check_broadcast(c, i, e))
			return false;
	infer_set(c, 0, infer_dtype(c, 0), x);
	if (stats.rank > 0)
		stats.dim[stats.rank - 1] = 1;
	for (uint32_t i = 1; i < c->node->nout && i < 3; i++)
		infer_set(c, i, DTYPE_F32, &stats);
	if (c->node->nout > 3)
		infer_set(c, 3, infer_dtype(c, 0), x);
	return true;
}

static const struct kernel layer_norm_kernels[] = {
	{"layer-norm-ref", "reference", .scratch = scratch,
	 .run = run_layer_norm},
	LAYER_NORM_F32_KERNEL,
	{.name = NULL},
};

static const struct kernel skip_kernels[] = {
	{"skip-layer-norm-ref", "reference", .scratch = scratch,
	 .run = run_skip},
	SKIP_NORM_F32_KERNEL,
	{.name = NULL},
};

static const struct param layer_normalization_17_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{"Scale", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct param layer_normalization_17_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{"Mean", "U", TYPE_BIT(BF16) | TYPE_BIT(F32), PARAM_OPTIONAL},
	{"InvStdDev", "U", TYPE_BIT(BF16) | TYPE_BIT(F32), PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec layer_normalization_17_attrs[] = {
	{"axis", ATTR_INT, false, "-1"},
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{"stash_type", ATTR_INT, false, "1"},
	{NULL},
};

static const struct param rms_normalization_23_in[] = {
	{"X", NULL, TYPES_FLOAT, 0},
	{"scale", "V", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param rms_normalization_23_out[] = {
	{"Y", "V", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param skip_layer_normalization_1_in[] = {
	{"input", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"skip", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"gamma", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"beta", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32),
	 PARAM_OPTIONAL},
	{"bias", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param skip_layer_normalization_1_out[] = {
	{"output", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"mean", "U", TYPE_BIT(F32), PARAM_OPTIONAL},
	{"inv_std_var", "U", TYPE_BIT(F32), PARAM_OPTIONAL},
	{"input_skip_bias_sum", "T",
	 TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec skip_layer_normalization_1_attrs[] = {
	{"epsilon", ATTR_FLOAT, false, "1e-12"},
	{NULL},
};

static const struct param skip_simplified_layer_normalization_1_in[] = {
	{"input", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"skip", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"gamma", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"bias", "T", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param layer_normalization_1_in[] = {
	{"X", NULL, TYPES_FLOAT, 0},
	{"Scale", "V", TYPES_FLOAT, 0},
	{"B", "V", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct param layer_normalization_1_out[] = {
	{"Y", "V", TYPES_FLOAT, 0},
	{"Mean", "U", TYPE_BIT(BF16) | TYPE_BIT(F32), PARAM_OPTIONAL},
	{"InvStdDev", "U", TYPE_BIT(BF16) | TYPE_BIT(F32), PARAM_OPTIONAL},
	{NULL},
};

static const struct param simplified_layer_normalization_1_out[] = {
	{"Y", "V", TYPES_FLOAT, 0},
	{"inv_std_var", "U", TYPE_BIT(BF16) | TYPE_BIT(F32), PARAM_OPTIONAL},
	{NULL},
};

const struct op op_rows_layer_norm[] = {
	{"", "LayerNormalization", 1, OP_ANY_ATTRS, layer_normalization_1_in,
	 layer_normalization_1_out, layer_normalization_17_attrs,
	 infer_layer_norm, layer_norm_kernels},
	{"", "LayerNormalization", 17, 0, layer_normalization_17_in,
	 layer_normalization_17_out, layer_normalization_17_attrs,
	 infer_layer_norm, layer_norm_kernels},
	{"", "RMSNormalization", 23, 0, rms_normalization_23_in,
	 rms_normalization_23_out, layer_normalization_17_attrs,
	 infer_layer_norm, layer_norm_kernels},
	{"", "SimplifiedLayerNormalization", 1, OP_ANY_ATTRS,
	 rms_normalization_23_in, simplified_layer_normalization_1_out,
	 layer_normalization_17_attrs, infer_layer_norm, layer_norm_kernels},
	{"com.microsoft", "SkipLayerNormalization", 1, 0,
	 skip_layer_normalization_1_in, skip_layer_normalization_1_out,
	 skip_layer_normalization_1_attrs, infer_skip, skip_kernels},
	{"com.microsoft", "SkipSimplifiedLayerNormalization", 1, 0,
	 skip_simplified_layer_normalization_1_in,
	 skip_layer_normalization_1_out, skip_layer_normalization_1_attrs,
	 infer_skip, skip_kernels},
	{.type = NULL},
};
