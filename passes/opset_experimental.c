/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_experimental.c -- what was experimental and left the standard
 * with ONNX 1.5, opset 10: on the way up it becomes operators that stayed.
 */
#include <string.h>

#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

static bool affine(struct node *n, struct err *e)
{
	return opset_recipe(n, "a = Mul(X0, $alpha=1); Y0 = Add(a, $beta=0)",
			    NULL, e);
}

static bool parametric_softplus(struct node *n, struct err *e)
{
	return opset_recipe(n,
			    "a = Mul(X0, $beta=1); b = Softplus(a);"
			    "Y0 = Mul(b, $alpha=1)",
			    NULL, e);
}

static bool scaled_tanh(struct node *n, struct err *e)
{
	return opset_recipe(n,
			    "a = Mul(X0, $beta=1); b = Tanh(a);"
			    "Y0 = Mul(b, $alpha=1)",
			    NULL, e);
}

static bool scale(struct node *n, struct err *e)
{
	return opset_recipe(n, "Y0 = Mul(X0, $scale=1)", NULL, e);
}

/* border: left, top, right, bottom; scale: the height and the width kept. */
static bool crop(struct node *n, struct err *e)
{
	static const int64_t axes[2] = {2, 3};
	const struct attr *b = node_attr(n, "border");
	const struct attr *s = node_attr(n, "scale");
	int64_t starts[2], ends[2];
	struct recipe_args args;

	if (!b || b->kind != ATTR_INTS || b->count != 4 ||
	    (s && (s->kind != ATTR_INTS || s->count != 2)))
		return err_set(e, ERR_UNSUPPORTED,
			       "needs 4 entries in 'border', 2 in 'scale'");
	for (int i = 0; i < 2; i++) {
		int64_t behind = b->u.ints[3 - i];

		starts[i] = b->u.ints[1 - i];
		ends[i] = behind ? -behind : INT64_MAX;
		if (s)
			ends[i] = starts[i] + s->u.ints[i];
	}
	args = (struct recipe_args){.v = {opset_int_list(n, starts, 2),
					  opset_int_list(n, ends, 2),
					  opset_int_list(n, axes, 2)}};
	return opset_recipe(n, "Y0 = Slice(X0, %0, %1, %2)", &args, e);
}

/* y = scale x + bias[channel] */
static bool image_scaler(struct node *n, struct err *e)
{
	const struct attr *bias = node_attr(n, "bias");
	int64_t channels = bias && bias->kind == ATTR_FLOATS
				   ? (int64_t)bias->count
				   : 0;
	struct shape s = SHAPE(1, channels, 1, 1);
	struct tensor t = tensor_in_arena(&n->graph->model->arena, DTYPE_F32,
					  &s);
	struct value *in[2] = {node_in(n, 0)};

	(void)e;
	if (channels)
		memcpy(tensor_mut(&t), bias->u.floats,
		       (size_t)channels * sizeof(float));
	in[1] = opset_scalar(n, DTYPE_F32, (double)node_float(n, "scale", 1));
	opset_set_operand(n, 0, opset_op(n, "Mul", in, 2));
	opset_set_operand(n, 1,
			  channels ? opset_const(n, &t)
				   : opset_scalar(n, DTYPE_F32, 0));
	opset_rename(n, "Add");
	node_drop_attr(n, "bias");
	node_drop_attr(n, "scale");
	return true;
}

const struct opset_row opset_experimental[] = {
	{"Affine", 10, affine, NULL, NULL},
	{"Crop", 10, crop, NULL, NULL},
	{"ImageScaler", 10, image_scaler, NULL, NULL},
	{"ParametricSoftplus", 10, parametric_softplus, NULL, NULL},
	{"Scale", 10, scale, NULL, NULL},
	{"ScaledTanh", 10, scaled_tanh, NULL, NULL},
	{0}};
