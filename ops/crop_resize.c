/* SPDX-License-Identifier: Apache-2.0 */
/* ops/crop_resize.c -- com.microsoft's CropAndResize.
 *
 * Boxes [y1, x1, y2, x2], in parts of the image's height - 1 and width - 1,
 * are sampled at crop_size points, the first and last of which are the box's
 * edges; one point is its middle.  Points outside of the image give
 * extrapolation_value.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"

enum { X, ROIS, BATCH, SIZE };

static bool check_ranks(const struct infer *c, struct err *e)
{
	static const int32_t want[] = {4, 2, 1, 1};
	const struct shape *rois = infer_shape(c, ROIS);
	const struct shape *batch = infer_shape(c, BATCH);

	for (uint32_t i = 0; i < 4; i++)
		if (infer_shape(c, i)->rank >= 0 &&
		    infer_shape(c, i)->rank != want[i])
			return err_set(e, ERR_SHAPE,
				       "'%s' has rank %d, want %d",
				       c->node->op->in[i].name,
				       infer_shape(c, i)->rank, want[i]);
	if (rois->rank == 2 && rois->dim[1] >= 0 && rois->dim[1] != 4)
		return err_set(e, ERR_SHAPE,
			       "boxes have %" PRId64 " numbers, want 4",
			       rois->dim[1]);
	if (rois->rank == 2 && batch->rank == 1 && rois->dim[0] >= 0 &&
	    batch->dim[0] >= 0 && rois->dim[0] != batch->dim[0])
		return err_set(e, ERR_SHAPE,
			       "%" PRId64 " boxes and %" PRId64
			       " batch indices",
			       rois->dim[0], batch->dim[0]);
	return true;
}

static bool infer_crop(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, X);
	const struct shape *rois = infer_shape(c, ROIS);
	const char *mode = attr_string(c->node, "mode");
	struct shape size, y;

	if (strcmp(mode, "bilinear") && strcmp(mode, "nearest"))
		return err_set(e, ERR_UNSUPPORTED,
			       "mode is '%s', want bilinear or nearest", mode);
	if (!check_ranks(c, e))
		return false;
	y = SHAPE(rois->rank == 2 ? rois->dim[0] : DIM_UNKNOWN,
		  x->rank == 4 ? x->dim[1] : DIM_UNKNOWN, DIM_UNKNOWN,
		  DIM_UNKNOWN);
	if (infer_exact_ints(c, SIZE, &size)) {
		if (size.rank != 2 || size.dim[0] < 1 || size.dim[1] < 1)
			return err_set(e, ERR_SHAPE,
				       "crop_size is not two positive numbers");
		y.dim[2] = size.dim[0];
		y.dim[3] = size.dim[1];
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

struct crop {
	struct job job;
	const struct tensor *x, *rois, *batch;
	struct tensor *y;
	bool nearest;
	double outside;
};

/* Where point I of N lies on an axis of LENGTH pixels. */
static double place(double from, double to, size_t i, size_t n, double length)
{
	double last = length - 1;

	if (n == 1)
		return 0.5 * (from + to) * last;
	if (i == n - 1)
		return to * last;
	return from * last + (double)i * ((to - from) * last / (double)(n - 1));
}

static double sample(const struct crop *v, size_t plane, double y, double x)
{
	double height = (double)v->x->shape.dim[2];
	double width = (double)v->x->shape.dim[3], top, bottom;
	size_t at[2], left, right, w = (size_t)width;

	if (!(y >= 0 && y <= height - 1 && x >= 0 && x <= width - 1))
		return v->outside;
	plane *= (size_t)height * w;
	if (v->nearest)
		return tensor_double(v->x, plane + (size_t)round(y) * w +
						   (size_t)round(x));
	at[0] = plane + (size_t)floor(y) * w;
	at[1] = plane + (size_t)ceil(y) * w;
	left = (size_t)floor(x);
	right = (size_t)ceil(x);
	x -= floor(x);
	y -= floor(y);
	top = tensor_double(v->x, at[0] + left);
	top += (tensor_double(v->x, at[0] + right) - top) * x;
	bottom = tensor_double(v->x, at[1] + left);
	bottom += (tensor_double(v->x, at[1] + right) - bottom) * x;
	return top + (bottom - top) * y;
}

static void crop(struct job *job, size_t begin, size_t end)
{
	const struct crop *v = (const struct crop *)job;
	const int64_t *dim = v->y->shape.dim;
	size_t channels = (size_t)dim[1];
	size_t rows = (size_t)dim[2], cols = (size_t)dim[3];

	for (size_t i = begin; i < end; i++) {
		size_t channel = i / (rows * cols) % channels;
		size_t box = i / (rows * cols) / channels;
		double b[4], y, x;

		for (size_t k = 0; k < 4; k++)
			b[k] = tensor_double(v->rois, box * 4 + k);
		y = place(b[0], b[2], i / cols % rows, rows,
			  (double)v->x->shape.dim[2]);
		x = place(b[1], b[3], i % cols, cols,
			  (double)v->x->shape.dim[3]);
		element_set_double(
			v->y->dtype, tensor_mut(v->y), i,
			sample(v,
			       (size_t)tensor_int(v->batch, box) * channels +
				       channel,
			       y, x));
	}
}

static bool run_crop(const struct call *c, struct err *e)
{
	struct crop v = {.job.run = crop, .x = call_in(c, X)};

	v.rois = call_in(c, ROIS);
	v.batch = call_in(c, BATCH);
	v.y = call_out(c, 0);
	v.nearest = strcmp(attr_string(c->node, "mode"), "nearest") == 0;
	v.outside = attr_float(c->node, "extrapolation_value");
	for (size_t i = 0; i < tensor_count(v.batch); i++) {
		int64_t k = tensor_int(v.batch, i);

		if (k < 0 || k >= v.x->shape.dim[0])
			return err_set(e, ERR_SHAPE,
				       "batch index %zu is %" PRId64
				       ", want 0 to %" PRId64,
				       i, k, v.x->shape.dim[0] - 1);
	}
	parallel_for(&v.job, tensor_count(v.y), 512);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "crop-resize-ref", .engine = "reference", .run = run_crop},
	{0}};

const struct op op_rows_crop_resize[] = {
	{.domain = "com.microsoft",
	 .type = "CropAndResize",
	 .since = 1,
	 .in = PARAMS(IN("X", "T1", TYPES_IEEE), IN("rois", "T1", TYPES_IEEE),
		      IN("batch_indices", "T2", TYPE_BIT(I32)),
		      IN("crop_size", "T2", TYPE_BIT(I32))),
	 .out = PARAMS(IN("Y", "T1", TYPES_IEEE)),
	 .attrs = ATTRS(ATTR("extrapolation_value", FLOAT, "0"),
			ATTR("mode", STRING, "bilinear")),
	 .infer = infer_crop,
	 .kernels = kernels},
	{0}};
