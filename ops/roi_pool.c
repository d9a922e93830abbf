/* SPDX-License-Identifier: Apache-2.0 */
/* ops/roi_pool.c -- MaxRoiPool: the maxima of regions' bins.
 *
 *     X      [N, C, H, W]
 *     rois   [R, 5]     image, left, top, right, bottom
 *     Y      [R, C, pooled ...]
 *
 * Corners are scaled and rounded to points that the region includes; bins may
 * overlap by a point.  The maximum of an empty bin is 0.  Source: ONNX
 * MaxRoiPool-1, and Fast R-CNN, which it comes from.
 */
#include <inttypes.h>
#include <math.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/op.h"
#include "ops/rois.h"

static bool read_shape(const struct node *n, const int64_t **pooled,
		       struct err *e)
{
	uint32_t count = attr_ints(n, "pooled_shape", pooled);

	if (count != 2 || (*pooled)[0] < 1 || (*pooled)[1] < 1)
		return err_set(e, ERR_FORMAT,
			       "pooled_shape is not two numbers from 1 on");
	return true;
}

static bool infer_roi_pool(struct infer *c, struct err *e)
{
	const int64_t *pooled;

	return read_shape(c->node, &pooled, e) &&
	       rois_infer(c, 5, pooled[0], pooled[1], e);
}

/* One item is one region's channel. */
struct roi_pool {
	struct job job;
	const double *x, *rois;
	struct tensor *y;
	double scale;
	int64_t channels, extent[2], pooled[2];
};

/* Bin I of one axis as points [*FROM, *TO) inside the image. */
static void find_bin(const struct roi_pool *j, int axis, const double *roi,
		     int64_t i, int64_t *from, int64_t *to)
{
	double first = rois_round(roi[2 - axis] * j->scale);
	double last = rois_round(roi[4 - axis] * j->scale);
	double size = last - first + 1, end = (double)j->extent[axis];
	double step = (size > 1 ? size : 1) / (double)j->pooled[axis];
	double a = floor((double)i * step) + first;
	double b = ceil((double)(i + 1) * step) + first;

	*from = (int64_t)(!(a > 0) ? 0 : a > end ? end : a);
	*to = (int64_t)(!(b > 0) ? 0 : b > end ? end : b);
}

static double bin_max(const struct roi_pool *j, const double *plane,
		      const double *roi, int64_t row, int64_t column)
{
	int64_t top, bottom, left, right;
	double best = -INFINITY;

	find_bin(j, 0, roi, row, &top, &bottom);
	find_bin(j, 1, roi, column, &left, &right);
	if (top >= bottom || left >= right)
		return 0;
	for (int64_t y = top; y < bottom; y++)
		for (int64_t x = left; x < right; x++) {
			double v = plane[y * j->extent[1] + x];

			if (v > best || isnan(v))
				best = v;
		}
	return best;
}

static void pool_channel(const struct roi_pool *j, size_t k)
{
	const double *roi = j->rois + k / (size_t)j->channels * 5, *plane;
	int64_t area = j->pooled[0] * j->pooled[1];
	size_t image = (size_t)roi[0], channel = k % (size_t)j->channels;

	plane = j->x + (image * (size_t)j->channels + channel) *
			       (size_t)(j->extent[0] * j->extent[1]);
	for (int64_t i = 0; i < area; i++)
		element_set_double(j->y->dtype, tensor_mut(j->y),
				   k * (size_t)area + (size_t)i,
				   bin_max(j, plane, roi, i / j->pooled[1],
					   i % j->pooled[1]));
}

static void roi_pool_run(struct job *self, size_t begin, size_t end)
{
	for (size_t k = begin; k < end; k++)
		pool_channel((const struct roi_pool *)self, k);
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1));
}

static bool run_roi_pool(const struct call *c, struct err *e)
{
	struct roi_pool j = {.job = {roi_pool_run}, .y = call_out(c, 0)};
	const struct tensor *x = call_in(c, 0);
	size_t regions = (size_t)call_in(c, 1)->shape.dim[0];
	struct doubles d = {0};
	const int64_t *pooled;

	if (!j.y || tensor_count(j.y) == 0)
		return true;
	if (!read_shape(c->node, &pooled, e))
		return false;
	j.x = doubles_load(&d, c, 0);
	j.rois = doubles_load(&d, c, 1);
	j.scale = (double)attr_float(c->node, "spatial_scale");
	j.channels = x->shape.dim[1];
	for (int i = 0; i < 2; i++) {
		j.extent[i] = x->shape.dim[i + 2];
		j.pooled[i] = pooled[i];
	}
	for (size_t i = 0; i < regions; i++)
		if (!rois_image(j.rois[i * 5], x->shape.dim[0], i, e))
			return false;
	parallel_for(&j.job, regions * (size_t)j.channels, 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "max-roi-pool",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_roi_pool},
					{0}};

#define MAX_ROI_POOL(opset, set)                                       \
	{                                                              \
		.domain = "", .type = "MaxRoiPool", .since = opset,    \
		.in = PARAMS(IN("X", "T", set), IN("rois", "T", set)), \
		.out = PARAMS(IN("Y", "T", set)),                      \
		.attrs = ATTRS(ATTR_REQUIRED("pooled_shape", INTS),    \
			       ATTR("spatial_scale", FLOAT, "1")),     \
		.infer = infer_roi_pool, .kernels = kernels,           \
	}

const struct op op_rows_roi_pool[] = {
	MAX_ROI_POOL(1, TYPES_IEEE), MAX_ROI_POOL(22, TYPES_FLOAT), {0}};
