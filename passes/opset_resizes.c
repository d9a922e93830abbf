/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_resizes.c -- Upsample and Resize.
 *
 * Upsample, and Resize-10, map coordinates by x / scale and take the nearest
 * element below, above where the axis shrinks.  Resize-11 says which it wants.
 *
 * Source: ONNX's operator schemas, the versions named in the rows.
 */
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "passes/opset_row.h"

/* The scales of operand I if they are constant, else false. */
static bool scales_of(const struct node *n, uint32_t i, float x[MAX_RANK],
		      uint32_t *count)
{
	const struct tensor *t = opset_constant(node_in(n, i));

	if (!t || t->dtype != DTYPE_F32 || t->shape.rank != 1 ||
	    t->shape.dim[0] > MAX_RANK)
		return false;
	*count = (uint32_t)t->shape.dim[0];
	for (uint32_t k = 0; k < *count; k++)
		x[k] = (float)tensor_double(t, k);
	return true;
}

/* ---- Upsample ----------------------------------------------------------- */

static bool refuse_rank(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "scales an operand that is not four-dimensional");
}

/* Upsample-1 scales images by two attributes. */
static bool upsample_7(struct node *n, struct err *e)
{
	float x[4] = {1, 1, node_float(n, "height_scale", 1),
		      node_float(n, "width_scale", 1)};
	struct attr a = {.name = "scales",
			 .kind = ATTR_FLOATS,
			 .count = 4,
			 .u.floats = x};

	(void)e;
	if (!strcmp(node_string(n, "mode", "nearest"), "bilinear"))
		node_set_string(n, "mode", "linear");
	node_set_attr(n, &a);
	node_drop_attr(n, "height_scale");
	node_drop_attr(n, "width_scale");
	return true;
}

static bool upsample_to_6(struct node *n, struct err *e)
{
	const struct attr *a = node_attr(n, "scales");
	float x[4];

	if (!a || a->kind != ATTR_FLOATS || a->count != 4)
		return refuse_rank(e);
	memcpy(x, a->u.floats, sizeof(x));
	if (x[0] < 1 || x[0] > 1 || x[1] < 1 || x[1] > 1)
		return err_set(e, ERR_UNSUPPORTED, "scales more than images");
	if (!strcmp(node_string(n, "mode", "nearest"), "linear"))
		node_set_string(n, "mode", "bilinear");
	node_set_float(n, "height_scale", x[2]);
	node_set_float(n, "width_scale", x[3]);
	node_drop_attr(n, "scales");
	return true;
}

static bool upsample_9(struct node *n, struct err *e)
{
	const struct attr *a = node_attr(n, "scales");

	(void)e;
	if (!a || a->kind != ATTR_FLOATS)
		return true;
	opset_set_operand(n, 1, opset_float_list(n, a->u.floats, a->count));
	node_drop_attr(n, "scales");
	return true;
}

static bool upsample_to_8(struct node *n, struct err *e)
{
	float x[MAX_RANK];
	struct attr a = {.name = "scales", .kind = ATTR_FLOATS, .u.floats = x};

	if (!scales_of(n, 1, x, &a.count))
		return opset_not_constant("scales", e);
	node_set_attr(n, &a);
	opset_set_operand(n, 1, NULL);
	return true;
}

static bool upsample_10(struct node *n, struct err *e)
{
	(void)e;
	opset_rename(n, "Resize");
	return true;
}

/* ---- Resize-10 ---------------------------------------------------------- */

/* Upsample never shrinks. */
static bool resize_to_9(struct node *n, struct err *e)
{
	float x[MAX_RANK];
	uint32_t count;

	if (!scales_of(n, 1, x, &count))
		return opset_not_constant("scales", e);
	for (uint32_t i = 0; i < count; i++)
		if (!(x[i] >= 1))
			return err_set(e, ERR_UNSUPPORTED,
				       "shrinks since opset 10 only");
	opset_rename(n, "Upsample");
	return true;
}

/* Whether X[COUNT] has scales below and above 1. */
static void directions(const float *x, uint32_t count, bool *down, bool *up)
{
	*down = *up = false;
	for (uint32_t i = 0; i < count; i++) {
		*down = *down || x[i] < 1;
		*up = *up || x[i] > 1;
	}
}

static void set_11(struct node *n, struct value *scales, bool down)
{
	opset_set_operand(n, 2, scales);
	opset_set_operand(n, 1, opset_float_list(n, NULL, 0));
	node_set_string(n, "coordinate_transformation_mode", "asymmetric");
	node_set_string(n, "nearest_mode", down ? "ceil" : "floor");
}

/* Scales in both directions: first those that shrink, then the others. */
static void shrink_first(struct node *n, const float *x, uint32_t count)
{
	float less[MAX_RANK], more[MAX_RANK];
	struct value *in[1] = {node_in(n, 0)};
	struct node *first;

	for (uint32_t i = 0; i < count; i++) {
		less[i] = x[i] < 1 ? x[i] : 1;
		more[i] = x[i] < 1 ? 1 : x[i];
	}
	first = opset_op(n, "Resize", in, 1)->def;
	node_set_string(first, "mode", "nearest");
	set_11(first, opset_float_list(n, less, count), true);
	opset_set_operand(n, 0, first->out[0]);
	set_11(n, opset_float_list(n, more, count), false);
}

static bool resize_11(struct node *n, struct err *e)
{
	bool nearest = !strcmp(node_string(n, "mode", "nearest"), "nearest");
	bool down = false, up = true;
	float x[MAX_RANK];
	uint32_t count;

	if (nearest && !scales_of(n, 1, x, &count))
		return err_set(e, ERR_UNSUPPORTED,
			       "has scales that are not constant, which decide "
			       "how it rounds");
	if (nearest)
		directions(x, count, &down, &up);
	if (down && up)
		shrink_first(n, x, count);
	else
		set_11(n, node_in(n, 1), down);
	return true;
}

/* ---- Resize-11 and later ------------------------------------------------ */

/* Operand 3 of static extents as scales of the same effect: out = floor(in *
 * scale). */
static bool scales_from_sizes(const struct node *n, float x[MAX_RANK],
			      uint32_t *count)
{
	const int64_t *sizes = opset_ints(n, 3, count);

	if (!sizes || *count > MAX_RANK)
		return false;
	for (uint32_t i = 0; i < *count; i++) {
		int64_t in = opset_dim(node_in(n, 0), (int32_t)i);

		if (in < 1 || sizes[i] < 1)
			return false;
		x[i] = (float)sizes[i] / (float)in;
		if ((int64_t)((float)in * x[i]) != sizes[i])
			return false;
	}
	return true;
}

static bool scales_for_10(const struct node *n, float x[MAX_RANK],
			  uint32_t *count)
{
	return node_in(n, 3) ? scales_from_sizes(n, x, count)
			     : scales_of(n, 2, x, count);
}

static bool whole(const float *x, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (floorf(x[i]) < x[i])
			return false;
	return true;
}

/* By whole scales, half_pixel with either preference rounds like x / scale
 * downwards. */
static bool rounds_as_10(const struct node *n, const float *x, uint32_t count)
{
	const char *coord = node_string(n, "coordinate_transformation_mode",
					"half_pixel");
	const char *round = node_string(n, "nearest_mode",
					"round_prefer_floor");
	bool down, up;

	directions(x, count, &down, &up);
	if (!strcmp(coord, "asymmetric"))
		return (!down && !strcmp(round, "floor")) ||
		       (!up && !strcmp(round, "ceil"));
	return !strncmp(coord, "half_pixel", 10) && !down && whole(x, count) &&
	       !strncmp(round, "round_prefer", 12);
}

static bool resize_to_10(struct node *n, struct err *e)
{
	static const char *const later[] = {
		"coordinate_transformation_mode", "cubic_coeff_a",
		"exclude_outside", "extrapolation_value", "nearest_mode"};
	const char *mode = node_string(n, "mode", "nearest");
	const char *coord = node_string(n, later[0], "half_pixel");
	float x[MAX_RANK];
	uint32_t count;

	if (!scales_for_10(n, x, &count))
		return opset_not_constant(node_in(n, 3) ? "sizes" : "scales",
					  e);
	if (!strcmp(mode, "nearest")
		    ? !rounds_as_10(n, x, count)
		    : strcmp(mode, "linear") || strcmp(coord, "asymmetric"))
		return err_set(e, ERR_UNSUPPORTED,
			       "has mode '%s' with '%s' coordinates since "
			       "opset 11 only",
			       mode, coord);
	opset_set_operand(n, 3, NULL);
	opset_set_operand(n, 2, NULL);
	opset_set_operand(n, 1, opset_float_list(n, x, count));
	for (size_t i = 0; i < COUNT_OF(later); i++)
		node_drop_attr(n, later[i]);
	return true;
}

/* Resize-11 wants all of its lists, empty ones too. */
static bool resize_to_12(struct node *n, struct err *e)
{
	(void)e;
	for (uint32_t i = 1; i < 3; i++)
		if (!node_in(n, i))
			opset_set_operand(n, i, opset_float_list(n, NULL, 0));
	return true;
}

/* LIST of operand I, one for each of AXES, becomes one for each dim. */
static bool spread_scales(struct node *n, const int64_t *axes, uint32_t naxes,
			  int32_t rank, struct err *e)
{
	float x[MAX_RANK], all[MAX_RANK];
	uint32_t count;

	if (!scales_of(n, 2, x, &count) || count != naxes)
		return opset_not_constant("scales", e);
	for (int32_t i = 0; i < rank; i++)
		all[i] = 1;
	for (uint32_t i = 0; i < naxes; i++)
		all[axes[i] < 0 ? axes[i] + rank : axes[i]] = x[i];
	opset_set_operand(n, 2, opset_float_list(n, all, (size_t)rank));
	return true;
}

static bool spread_sizes(struct node *n, const int64_t *axes, uint32_t naxes,
			 int32_t rank, struct err *e)
{
	int64_t all[MAX_RANK];
	uint32_t count;
	const int64_t *x = opset_ints(n, 3, &count);

	if (!x || count != naxes)
		return opset_not_constant("sizes", e);
	for (int32_t i = 0; i < rank; i++)
		all[i] = opset_dim(node_in(n, 0), i);
	for (uint32_t i = 0; i < naxes; i++)
		all[axes[i] < 0 ? axes[i] + rank : axes[i]] = x[i];
	for (int32_t i = 0; i < rank; i++)
		if (all[i] < 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "has sizes for some axes since opset "
				       "18 only");
	opset_set_operand(n, 3, opset_int_list(n, all, (size_t)rank));
	return true;
}

static bool resize_to_17(struct node *n, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	uint32_t naxes;
	const int64_t *axes = node_ints(n, "axes", &naxes);

	if (!axes)
		return true;
	for (uint32_t i = 0; i < naxes; i++)
		if (rank < 0 || axes[i] < -rank || axes[i] >= rank)
			return err_set(e, ERR_UNSUPPORTED,
				       "resizes axes of an unknown rank");
	if (!strcmp(node_string(n, "coordinate_transformation_mode", ""),
		    "tf_crop_and_resize"))
		return err_set(e, ERR_UNSUPPORTED,
			       "crops some axes since opset 18 only");
	if (node_in(n, 2) && !spread_scales(n, axes, naxes, rank, e))
		return false;
	if (node_in(n, 3) && !spread_sizes(n, axes, naxes, rank, e))
		return false;
	node_drop_attr(n, "axes");
	return true;
}

static bool resize_to_18(struct node *n, struct err *e)
{
	if (!strcmp(node_string(n, "coordinate_transformation_mode", ""),
		    "half_pixel_symmetric"))
		return err_set(e, ERR_UNSUPPORTED,
			       "has 'half_pixel_symmetric' coordinates since "
			       "opset 19 only");
	return true;
}

/* Names that mean the same. */
static bool resize_13(struct node *n, struct err *e)
{
	if (!strcmp(node_string(n, "coordinate_transformation_mode", ""),
		    "tf_half_pixel_for_nn"))
		return err_set(e, ERR_UNSUPPORTED,
			       "has 'tf_half_pixel_for_nn' coordinates until "
			       "opset 12 only");
	return true;
}

const struct opset_row opset_resizes[] = {
	{"Upsample", 7, upsample_7, upsample_to_6, NULL},
	{"Upsample", 9, upsample_9, upsample_to_8, NULL},
	{"Upsample", 10, upsample_10, NULL, NULL},
	{"Resize", 10, NULL, resize_to_9, NULL},
	{"Resize", 11, resize_11, resize_to_10, NULL},
	{"Resize", 13, resize_13, resize_to_12, NULL},
	{"Resize", 18, NULL, resize_to_17, NULL},
	{"Resize", 19, NULL, resize_to_18, NULL},
	{0}};
