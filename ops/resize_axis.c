/* SPDX-License-Identifier: Apache-2.0 */
/* ops/resize_axis.c -- where a resized element comes from, axis by axis.
 *
 * Position i of the result lies at x of the operand; with scale s, extents n
 * and m (m = n * s, which may be fractional):
 *     half_pixel            (i + 0.5) / s - 0.5
 *     half_pixel_symmetric  the same, centred where m was rounded down
 *     pytorch_half_pixel    the same, 0 where m is 1
 *     align_corners         i * (n - 1) / (m - 1)
 *     asymmetric            i / s
 *     tf_crop_and_resize    align_corners within the region of interest
 * Interpolation weighs the positions around x: with f the greatest integer
 * below x and r = x - f in (0, 1], an even number of taps centred on f, f + 1.
 * Source: ONNX Resize-19 and its reference implementation.
 */
#include "ops/resize.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- attributes --------------------------------------------------------- */

static bool choose(const struct node *n, const char *attr,
		   const char *const *names, int *out, struct err *e)
{
	const char *s = attr_string(n, attr);

	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], s) == 0) {
			*out = i;
			return true;
		}
	return err_set(e, ERR_UNSUPPORTED, "%s is '%s', which is not known",
		       attr, s);
}

static bool decode_mode(const struct node *n, struct resize *r, struct err *e)
{
	static const char *const names[] = {"nearest", "linear", "cubic", NULL};
	static const char *const old[] = {"nearest", "linear", NULL};
	static const char *const oldest[] = {"nearest", "bilinear", NULL};
	bool upsample = strcmp(n->type, "Upsample") == 0;
	int mode;

	if (!choose(n, "mode",
		    upsample && n->op->since == 1 ? oldest
		    : n->op->since < 11		  ? old
						  : names,
		    &mode, e))
		return false;
	r->mode = (enum resize_mode)mode;
	return true;
}

/* Before opset 11 there are no more attributes. */
static bool decode_11(const struct node *n, struct resize *r, struct err *e)
{
	static const char *const coords[] = {"half_pixel",
					     "half_pixel_symmetric",
					     "pytorch_half_pixel",
					     "align_corners",
					     "asymmetric",
					     "tf_crop_and_resize",
					     NULL};
	static const char *const nearest[] = {"round_prefer_floor",
					      "round_prefer_ceil", "floor",
					      "ceil", NULL};
	static const char *const policies[] = {"stretch", "not_larger",
					       "not_smaller", NULL};
	int coord, near, policy = 0;

	if (strcmp(attr_string(n, "coordinate_transformation_mode"),
		   "tf_half_pixel_for_nn") == 0 &&
	    n->op->since < 13) {
		coord = COORD_TF_HALF_PIXEL;
	} else if (!choose(n, "coordinate_transformation_mode", coords, &coord,
			   e)) {
		return false;
	}
	if (!choose(n, "nearest_mode", nearest, &near, e) ||
	    (n->op->since >= 18 &&
	     !choose(n, "keep_aspect_ratio_policy", policies, &policy, e)))
		return false;
	r->coord = (enum resize_coord)coord;
	r->nearest = (enum resize_nearest)near;
	r->policy = (enum resize_policy)policy;
	r->cubic_a = (double)attr_float(n, "cubic_coeff_a");
	r->extrapolation = (double)attr_float(n, "extrapolation_value");
	r->exclude_outside = attr_int(n, "exclude_outside");
	r->antialias = n->op->since >= 18 && attr_int(n, "antialias");
	r->roi = 1;
	r->scales = 2;
	r->sizes = 3;
	return true;
}

bool resize_decode(const struct node *n, struct resize *r, struct err *e)
{
	bool upsample = strcmp(n->type, "Upsample") == 0;

	*r = (struct resize){.coord = COORD_ASYMMETRIC,
			     .nearest = NEAREST_BY_SCALE};
	if (!decode_mode(n, r, e))
		return false;
	if (!upsample && n->op->since >= 11)
		return decode_11(n, r, e);
	if (!upsample || n->op->since >= 9)
		r->scales = 1;
	return true;
}

/* ---- axes --------------------------------------------------------------- */

/* The axes that the lists speak of: "axes", or all in order. */
static bool listed_axes(const struct node *n, const struct resize *r,
			int32_t rank, int32_t *axes, uint32_t *count,
			struct err *e)
{
	const int64_t *ints = NULL;

	*count = (uint32_t)rank;
	if (r->sizes && n->op->since >= 18 && attr_given(n, "axes"))
		*count = attr_ints(n, "axes", &ints);
	if (*count > (uint32_t)rank)
		return err_set(e, ERR_SHAPE, "'axes' has %u entries, want %d",
			       *count, rank);
	for (uint32_t i = 0; i < *count; i++) {
		axes[i] = (int32_t)i;
		if (ints && !infer_axis(ints[i], rank, &axes[i], e))
			return false;
	}
	return true;
}

static bool list_length(const char *what, size_t found, size_t wanted,
			struct err *e)
{
	return found == wanted ||
	       err_set(e, ERR_SHAPE, "%s has %zu entries, want %zu", what,
		       found, wanted);
}

/* Result extents as the C++ implementations compute them: in float. */
static bool scale_axis(struct resize_axis *a, float scale, double span,
		       struct err *e)
{
	double out = floor((double)((float)a->in * (float)span * scale));

	if (!(scale > 0) || !isfinite(scale))
		return err_set(e, ERR_SHAPE,
			       "scale is %g, want a number above 0",
			       (double)scale);
	if (!(out >= 0))
		return err_set(e, ERR_SHAPE, "result extent is %g", out);
	if (out > 1e15)
		return err_set(e, ERR_LIMIT, "result extent is %g", out);
	a->out = (int64_t)out;
	a->scale = (double)scale;
	return true;
}

static bool size_axis(struct resize_axis *a, int64_t size, struct err *e)
{
	if (size < 0 || (size > 0 && a->in == 0))
		return err_set(e, ERR_SHAPE,
			       "size is %" PRId64 " for an extent of %" PRId64,
			       size, a->in);
	a->out = size;
	if (a->in > 0)
		a->scale = (double)size / (double)a->in;
	return true;
}

/* One scale for all listed axes; extents round halves up. */
static void keep_aspect(const struct resize *r, struct resize_axis *axis,
			const int32_t *axes, uint32_t count)
{
	bool least = r->policy == POLICY_NOT_LARGER;
	double scale = least ? INFINITY : 0;

	if (r->policy == POLICY_STRETCH)
		return;
	for (uint32_t i = 0; i < count; i++)
		scale = least ? fmin(scale, axis[axes[i]].scale)
			      : fmax(scale, axis[axes[i]].scale);
	for (uint32_t i = 0; i < count; i++) {
		struct resize_axis *a = &axis[axes[i]];

		a->scale = scale;
		a->out = (int64_t)floor(scale * (double)a->in + 0.5);
	}
}

/* Upsample-1 and -7: scales are attributes. */
static bool attr_scales(const struct node *n, int32_t rank,
			struct resize_axis *axis, struct err *e)
{
	const float *scales;
	uint32_t count;

	if (n->op->since == 1) {
		return (rank == 4 ||
			err_set(e, ERR_SHAPE, "operand has rank %d, want 4",
				rank)) &&
		       scale_axis(&axis[2], attr_float(n, "height_scale"), 1,
				  e) &&
		       scale_axis(&axis[3], attr_float(n, "width_scale"), 1, e);
	}
	count = attr_floats(n, "scales", &scales);
	if (!list_length("'scales'", count, (size_t)rank, e))
		return false;
	for (int32_t i = 0; i < rank; i++)
		if (!scale_axis(&axis[i], scales[i], 1, e))
			return false;
	return true;
}

static bool set_roi(const struct tensor *roi, struct resize_axis *axis,
		    const int32_t *axes, uint32_t count, struct err *e)
{
	if (!roi || !list_length("'roi'", tensor_count(roi), 2 * count, e))
		return roi ||
		       err_set(e, ERR_SHAPE, "tf_crop_and_resize needs 'roi'");
	for (uint32_t i = 0; i < count; i++) {
		axis[axes[i]].roi_begin = tensor_double(roi, i);
		axis[axes[i]].roi_end = tensor_double(roi, count + i);
	}
	return true;
}

bool resize_axes(const struct node *n, const struct resize *r,
		 const struct shape *in, const struct tensor *scales,
		 const struct tensor *sizes, const struct tensor *roi,
		 struct resize_axis *axis, struct err *e)
{
	int32_t axes[MAX_RANK];
	uint32_t count;

	for (int32_t i = 0; i < in->rank; i++)
		axis[i] = (struct resize_axis){.in = in->dim[i],
					       .out = in->dim[i],
					       .scale = 1,
					       .roi_end = 1};
	if (!r->scales)
		return attr_scales(n, in->rank, axis, e);
	if (!listed_axes(n, r, in->rank, axes, &count, e) ||
	    (r->coord == COORD_TF_CROP && !set_roi(roi, axis, axes, count, e)))
		return false;
	if (!scales == !sizes)
		return err_set(e, ERR_SHAPE,
			       "want either 'scales' or 'sizes', found %s",
			       scales ? "both" : "neither");
	if (!list_length(scales ? "'scales'" : "'sizes'",
			 tensor_count(scales ? scales : sizes), count, e))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct resize_axis *a = &axis[axes[i]];

		if (scales ? !scale_axis(a, (float)tensor_double(scales, i),
					 a->roi_end - a->roi_begin, e)
			   : !size_axis(a, tensor_int(sizes, i), e))
			return false;
		if (a->out > 0 && a->in == 0)
			return err_set(
				e, ERR_SHAPE,
				"axis %d is empty, cannot become %" PRId64,
				axes[i], a->out);
	}
	if (sizes)
		keep_aspect(r, axis, axes, count);
	return true;
}

/* ---- coordinates -------------------------------------------------------- */

static double source_of(const struct resize *r, const struct resize_axis *a,
			double i)
{
	double n = (double)a->in, m = n * a->scale, shift = 0;
	double begin = a->roi_begin * (n - 1), end = a->roi_end * (n - 1);

	switch (r->coord) {
	case COORD_ALIGN_CORNERS:
		return m == 1 || a->out == 1 ? 0 : i * (n - 1) / (m - 1);
	case COORD_ASYMMETRIC:
		return i / a->scale;
	case COORD_TF_CROP:
		if (a->out == 1)
			return (begin + end) / 2;
		return begin + i * (end - begin) / (double)(a->out - 1);
	case COORD_TF_HALF_PIXEL:
		return (i + 0.5) / a->scale;
	case COORD_PYTORCH_HALF_PIXEL:
		if (a->out == 1)
			return 0;
		break;
	case COORD_HALF_PIXEL_SYMMETRIC:
		shift = n / 2 * (1 - (double)a->out / m);
		break;
	default:
		break;
	}
	return shift + (i + 0.5) / a->scale - 0.5;
}

static double round_nearest(const struct resize *r, const struct resize_axis *a,
			    double x)
{
	switch (r->nearest) {
	case NEAREST_PREFER_FLOOR:
		return ceil(x - 0.5);
	case NEAREST_PREFER_CEIL:
		return floor(x + 0.5);
	case NEAREST_CEIL:
		return ceil(x);
	case NEAREST_BY_SCALE:
		return a->scale < 1 ? ceil(x) : floor(x);
	default:
		return floor(x);
	}
}

/* ---- weights ------------------------------------------------------------ */

/* How far the filter is stretched: more than 1 only when it antialiases. */
static double stretch_of(const struct resize *r, const struct resize_axis *a)
{
	return r->antialias && a->scale < 1 ? 1 / a->scale : 1;
}

uint32_t resize_taps(const struct resize *r, const struct resize_axis *a)
{
	double reach = stretch_of(r, a);

	if (r->mode == RESIZE_NEAREST)
		return 1;
	if (r->mode == RESIZE_CUBIC)
		reach *= 2;
	return (uint32_t)(2 * ceil(reach));
}

/* Keys' cubic, eq. (4) of "Cubic convolution interpolation" (1981). */
static double cubic(double x, double a)
{
	x = fabs(x);
	if (x <= 1)
		return ((a + 2) * x - (a + 3)) * x * x + 1;
	if (x < 2)
		return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
	return 0;
}

static double weight_at(const struct resize *r, double x)
{
	if (r->mode == RESIZE_CUBIC)
		return cubic(x, r->cubic_a);
	x = fabs(x);
	return x < 1 ? 1 - x : 0;
}

static size_t clamp(double x, int64_t n)
{
	return (size_t)(x < 0 ? 0 : x > (double)(n - 1) ? (double)(n - 1) : x);
}

bool resize_tap(const struct resize *r, const struct resize_axis *a,
		int64_t out, double *weight, size_t *position)
{
	double x = source_of(r, a, (double)out), sum = 0;
	double stretch = stretch_of(r, a);
	uint32_t taps = resize_taps(r, a);
	double first = ceil(x) - (double)(taps / 2);

	if (r->mode == RESIZE_NEAREST) {
		weight[0] = 1;
		position[0] = clamp(round_nearest(r, a, x), a->in);
	}
	for (uint32_t i = 0; r->mode != RESIZE_NEAREST && i < taps; i++) {
		double at = first + i;

		weight[i] = weight_at(r, (at - x) / stretch);
		if (r->exclude_outside && (at < 0 || at > (double)(a->in - 1)))
			weight[i] = 0;
		position[i] = clamp(at, a->in);
		sum += weight[i];
	}
	if (r->mode != RESIZE_NEAREST && sum != 0 &&
	    (r->exclude_outside || stretch > 1))
		for (uint32_t i = 0; i < taps; i++)
			weight[i] /= sum;
	return r->coord != COORD_TF_CROP ||
	       (x >= 0 && x <= (double)(a->in - 1));
}
