/* SPDX-License-Identifier: Apache-2.0 */
/* passes/raise_meanings.c -- operators that changed their name, their default
 * or what they compute.
 *
 * Source: ONNX Changelog.md, the versions named in the rows.
 */
#include <string.h>

#include "graph/element.h"
#include "passes/raise_rows.h"

static bool is_used(const struct node *n, uint32_t from)
{
	for (uint32_t i = from; i < n->nout; i++)
		if (n->out[i] && n->out[i]->uses)
			return true;
	return false;
}

static void rename(struct node *n, const char *type)
{
	n->type = type;
	n->op = NULL;
}

/* ---- Resize ------------------------------------------------------------- */

static bool upsample(struct node *n, struct err *e)
{
	(void)e;
	rename(n, "Resize");
	return true;
}

/* Resize-10 maps coordinates by x / scale and rounds them down; Resize-11 has
 * both to say, and the operand roi between. */
static bool resize(struct node *n, struct err *e)
{
	struct shape none = SHAPE(0);
	struct tensor t = tensor_in_arena(&n->graph->model->arena, DTYPE_F32,
					  &none);

	(void)e;
	raise_set_operand(n, 2, node_in(n, 1));
	raise_set_operand(n, 1, graph_add_const(n->graph, NULL, &t));
	node_set_string(n, "coordinate_transformation_mode", "asymmetric");
	node_set_string(n, "nearest_mode", "floor");
	return true;
}

/* ---- BatchNormalization, Dropout ---------------------------------------- */

static const char *per_activation(const struct node *n)
{
	return node_int(n, "spatial", 1) ? NULL
					 : "normalizes single activations";
}

static bool drop_spatial(struct node *n, struct err *e)
{
	(void)e;
	node_drop_attr(n, "spatial");
	return true;
}

static const char *has_statistics(const struct node *n)
{
	return is_used(n, 1) ? "updates statistics" : NULL;
}

static bool one_result(struct node *n, struct err *e)
{
	(void)e;
	if (n->nout > 1)
		n->nout = 1;
	return true;
}

static const char *has_float_mask(const struct node *n)
{
	return is_used(n, 1) ? "has a mask of floats that is used" : NULL;
}

/* ---- Softmax ------------------------------------------------------------ */

/* Before 13 the operand is coerced to two dimensions at the axis (default 1);
 * since 13 one axis alone (default -1) is normalized. */
static bool is_one_axis(const struct shape *s, int64_t axis)
{
	for (int64_t i = axis + 1; i < s->rank; i++)
		if (s->dim[i] != 1)
			return false;
	return true;
}

static const char *has_unknown_rank(const struct node *n)
{
	const struct type *t = &node_in(n, 0)->type;

	return t->kind == TYPE_TENSOR && t->shape.rank >= 0
		       ? NULL
		       : "coerces an operand of unknown rank";
}

/* Flatten to two dimensions, normalize the last, and reshape back. */
static void coerce(struct node *n, int64_t axis)
{
	struct value *x = node_in(n, 0);
	struct node_spec spec = {.in = &x, .nin = 1, .nout = 1};
	struct node *shape, *flat, *back;
	struct value *in[2];

	spec.type = "Shape";
	shape = raise_insert(n, &spec);
	spec.type = "Flatten";
	flat = raise_insert(n, &spec);
	node_set_int(flat, "axis", axis);
	in[0] = flat->out[0];
	spec = (struct node_spec){
		.type = n->type, .in = in, .nin = 1, .nout = 1};
	in[0] = raise_insert(n, &spec)->out[0];
	node_set_int(in[0]->def, "axis", -1);
	in[1] = shape->out[0];
	spec = (struct node_spec){
		.type = "Reshape", .in = in, .nin = 2, .nout = 1};
	back = raise_insert(n, &spec);
	back->out[0]->type = n->out[0]->type;
	back->out[0]->name = n->out[0]->name;
	n->out[0]->name = "";
	value_replace(n->out[0], back->out[0]);
	node_remove(n);
}

static bool softmax(struct node *n, struct err *e)
{
	const struct shape *s = &node_in(n, 0)->type.shape;
	int64_t axis = node_int(n, "axis", 1);

	(void)e;
	if (axis < 0)
		axis += s->rank;
	if (is_one_axis(s, axis))
		node_set_int(n, "axis", axis == s->rank - 1 ? -1 : axis);
	else
		coerce(n, axis);
	return true;
}

/* ---- others ------------------------------------------------------------- */

static const char *has_batches(const struct node *n)
{
	(void)n;
	return "scans batches";
}

static bool scatter(struct node *n, struct err *e)
{
	(void)e;
	rename(n, "ScatterElements");
	return true;
}

static bool roi_align(struct node *n, struct err *e)
{
	(void)e;
	if (!node_attr(n, "coordinate_transformation_mode"))
		node_set_string(n, "coordinate_transformation_mode",
				"output_half_pixel");
	return true;
}

static bool count_parts(struct node *n, struct err *e)
{
	(void)e;
	if (!node_in(n, 1))
		node_set_int(n, "num_outputs", n->nout);
	return true;
}

static bool grid_sample(struct node *n, struct err *e)
{
	const char *mode = node_string(n, "mode", "bilinear");

	(void)e;
	if (!strcmp(mode, "bilinear"))
		node_set_string(n, "mode", "linear");
	else if (!strcmp(mode, "bicubic"))
		node_set_string(n, "mode", "cubic");
	return true;
}

/* GroupNormalization-18 has a scale and a bias for each group, 21 for each
 * channel. */
static const char *has_unknown_groups(const struct node *n)
{
	const struct type *t = &node_in(n, 0)->type;

	for (uint32_t i = 1; i < 3; i++)
		if (!node_in(n, i) || !node_in(n, i)->konst)
			return "scales groups by what is not constant";
	return t->kind == TYPE_TENSOR && t->shape.rank > 1 &&
			       t->shape.dim[1] > 0
		       ? NULL
		       : "normalizes an unknown number of channels";
}

static bool group_norm(struct node *n, struct err *e)
{
	int64_t channels = node_in(n, 0)->type.shape.dim[1];
	struct shape s = SHAPE(channels);

	(void)e;
	for (uint32_t i = 1; i < 3; i++) {
		const struct tensor *old = node_in(n, i)->konst;
		int64_t groups = (int64_t)tensor_count(old);
		struct tensor t = tensor_in_arena(&n->graph->model->arena,
						  old->dtype, &s);

		for (int64_t c = 0; c < channels; c++)
			element_set_bits(
				t.dtype, tensor_mut(&t), (size_t)c,
				element_bits(old->dtype, old->data,
					     (size_t)(c * groups / channels)));
		raise_set_operand(n, i, graph_add_const(n->graph, NULL, &t));
	}
	return true;
}

/* ImageScaler was an experimental operator: y = scale x + bias[channel]. */
static bool image_scaler(struct node *n, struct err *e)
{
	const struct attr *bias = node_attr(n, "bias");
	int64_t channels = bias ? (int64_t)bias->count : 0;
	struct shape s = SHAPE(1, channels, 1, 1);
	struct tensor t = tensor_in_arena(&n->graph->model->arena, DTYPE_F32,
					  &s);
	struct value *in[2] = {node_in(n, 0)};
	struct node *mul;

	(void)e;
	if (channels)
		memcpy(tensor_mut(&t), bias->u.floats,
		       (size_t)channels * sizeof(float));
	in[1] = graph_const_f32(n->graph, node_float(n, "scale", 1));
	mul = raise_insert(n, &(struct node_spec){
				      .type = "Mul",
				      .in = in,
				      .nin = 2,
				      .nout = 1,
			      });
	rename(n, "Add");
	raise_set_operand(n, 0, mul->out[0]);
	raise_set_operand(n, 1,
			  channels ? graph_add_const(n->graph, NULL, &t)
				   : graph_const_f32(n->graph, 0));
	node_drop_attr(n, "bias");
	node_drop_attr(n, "scale");
	return true;
}

const struct raise_row raise_meanings[] = {
	{"BatchNormalization", 7, 9, per_activation, drop_spatial},
	{"Scan", 8, 9, has_batches, NULL},
	{"Dropout", 7, 10, has_float_mask, NULL},
	{"ImageScaler", 1, 10, NULL, image_scaler},
	{"Upsample", 9, 10, NULL, upsample},
	{"Resize", 10, 11, NULL, resize},
	{"Scatter", 9, 11, NULL, scatter},
	{"Hardmax", 1, 13, has_unknown_rank, softmax},
	{"LogSoftmax", 1, 13, has_unknown_rank, softmax},
	{"Softmax", 1, 13, has_unknown_rank, softmax},
	{"BatchNormalization", 9, 14, has_statistics, one_result},
	{"RoiAlign", 10, 16, NULL, roi_align},
	{"Split", 13, 18, NULL, count_parts},
	{"GridSample", 16, 20, NULL, grid_sample},
	{"GroupNormalization", 18, 21, has_unknown_groups, group_norm},
	{0}};
