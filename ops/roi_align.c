/* SPDX-License-Identifier: Apache-2.0 */
/* ops/roi_align.c -- RoiAlign: regions of images, read between their points.
 *
 *     X      [N, C, H, W]
 *     rois   [R, 4]     left, top, right, bottom
 *     Y      [R, C, output_height, output_width]
 *
 * Each bin has a grid of samples, each sample four points with the weights of
 * bilinear interpolation.  The result is the mean of the samples or, as ONNX
 * has it, the largest product of a point and its weight.  Both are found one
 * axis at a time: the weights of a grid are the products of those of its rows
 * and columns, so that of all rows that read a line of points only their sum,
 * or the largest and the smallest, matter.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/op.h"
#include "ops/rois.h"

/* Samples of a region along one axis: as many as it has points, if they are
 * not given. */
enum { MAX_SAMPLES = 1 << 24 };

static bool check_names(const struct node *n, struct err *e)
{
	const char *mode = attr_string(n, "mode"), *shift = "half_pixel";

	if (n->op->since >= 16)
		shift = attr_string(n, "coordinate_transformation_mode");
	if (strcmp(mode, "avg") && strcmp(mode, "max"))
		return err_set(e, ERR_FORMAT, "mode is '%s', want avg or max",
			       mode);
	if (strcmp(shift, "half_pixel") && strcmp(shift, "output_half_pixel"))
		return err_set(e, ERR_FORMAT,
			       "coordinate_transformation_mode is '%s'", shift);
	return true;
}

static bool infer_roi_align(struct infer *c, struct err *e)
{
	int64_t height = attr_int(c->node, "output_height");
	int64_t width = attr_int(c->node, "output_width");
	const struct shape *rois = infer_shape(c, 1), *at = infer_shape(c, 2);

	if (height < 1 || width < 1 || attr_int(c->node, "sampling_ratio") < 0)
		return err_set(e, ERR_FORMAT,
			       "output_height, output_width and "
			       "sampling_ratio are %" PRId64 ", %" PRId64
			       " and %" PRId64,
			       height, width,
			       attr_int(c->node, "sampling_ratio"));
	if (at->rank >= 0 && at->rank != 1)
		return err_set(e, ERR_SHAPE, "batch_indices has rank %d",
			       at->rank);
	if (at->rank == 1 && rois->rank == 2 && at->dim[0] >= 0 &&
	    rois->dim[0] >= 0 && at->dim[0] != rois->dim[0])
		return err_set(e, ERR_SHAPE,
			       "%" PRId64 " regions have %" PRId64
			       " batch_indices",
			       rois->dim[0], at->dim[0]);
	return check_names(c->node, e) && rois_infer(c, 4, height, width, e);
}

/* What the samples of one bin weigh each point of one axis from FIRST on. */
struct profile {
	double samples; /* those outside of the image weigh nothing */
	bool outside;	/* there are some */
	int64_t first, last;
};

/* Of a point. */
struct weights {
	double sum, high, low;
};

struct axis {
	int64_t extent, bins, ratio;
	struct profile *profile; /* of each bin */
	struct weights *weights; /* of each bin: EXTENT */
};

struct roi_align {
	struct job job;
	const double *x;
	struct tensor *y;
	bool max, half_pixel;
	double scale;
	struct axis axis[2]; /* of one region: vertical, horizontal */
	/* the region at hand: its planes, and where its results begin */
	const double *planes;
	size_t result;
};

static void weigh(struct profile *p, struct weights *w, int64_t i, double x)
{
	struct weights *at = &w[i];

	if (p->first > p->last) {
		p->first = p->last = i;
		*at = (struct weights){x, x, x};
		return;
	}
	/* Samples advance by whole points at most where there are many of
	 * them; what lies between is not read. */
	for (; p->last < i; p->last++)
		w[p->last + 1] = (struct weights){0, -1, 2};
	for (; p->first > i; p->first--)
		w[p->first - 1] = (struct weights){0, -1, 2};
	at->sum += x;
	at->high = x > at->high ? x : at->high;
	at->low = x < at->low ? x : at->low;
}

static void add_sample(const struct axis *a, struct profile *p,
		       struct weights *w, double x)
{
	int64_t low;

	if (!(x >= -1 && x <= (double)a->extent)) {
		p->outside = true;
		return;
	}
	x = x > 0 ? x : 0;
	low = (int64_t)x;
	if (low >= a->extent - 1) {
		weigh(p, w, a->extent - 1, 1);
		weigh(p, w, a->extent - 1, 0);
	} else {
		weigh(p, w, low, 1 - (x - (double)low));
		weigh(p, w, low + 1, x - (double)low);
	}
}

/* The bins of a region from START to END. */
static bool profile_axis(const struct roi_align *j, struct axis *a,
			 double start, double end, struct err *e)
{
	double shift = j->half_pixel ? 0.5 : 0, step, n;
	double size;

	start = start * j->scale - shift;
	size = end * j->scale - shift - start;
	if (!j->half_pixel && !(size > 1))
		size = 1;
	step = size / (double)a->bins;
	n = a->ratio > 0 ? (double)a->ratio : ceil(step);
	if (!(n * (double)a->bins <= MAX_SAMPLES))
		return err_set(e, ERR_LIMIT,
			       "%g samples along one axis, the limit is %d",
			       n * (double)a->bins, MAX_SAMPLES);
	for (int64_t b = 0; b < a->bins; b++) {
		struct profile *p = &a->profile[b];

		*p = (struct profile){.samples = n > 0 ? n : 0, .last = -1};
		for (int64_t i = 0; (double)i < n; i++)
			add_sample(a, p, a->weights + b * a->extent,
				   start + (double)b * step +
					   ((double)i + 0.5) * step / n);
	}
	return true;
}

static double mean(const struct roi_align *j, const double *plane, int64_t row,
		   int64_t column)
{
	const struct axis *v = &j->axis[0], *h = &j->axis[1];
	const struct profile *r = &v->profile[row], *k = &h->profile[column];
	const struct weights *wy = v->weights + row * v->extent;
	const struct weights *wx = h->weights + column * h->extent;
	double n = r->samples * k->samples, sum = 0;

	for (int64_t y = r->first; y <= r->last; y++) {
		double line = 0;

		for (int64_t x = k->first; x <= k->last; x++)
			if (wx[x].high >= 0)
				line += wx[x].sum * plane[y * h->extent + x];
		if (wy[y].high >= 0)
			sum += wy[y].sum * line;
	}
	return n > 0 ? sum / n : 0;
}

static double largest(const struct roi_align *j, const double *plane,
		      int64_t row, int64_t column)
{
	const struct axis *v = &j->axis[0], *h = &j->axis[1];
	const struct profile *r = &v->profile[row], *k = &h->profile[column];
	const struct weights *wy = v->weights + row * v->extent;
	const struct weights *wx = h->weights + column * h->extent;
	double best = -INFINITY, value;

	if (!(r->samples * k->samples > 0))
		return 0;
	if (r->outside || k->outside)
		best = 0;
	for (int64_t y = r->first; y <= r->last; y++)
		for (int64_t x = k->first; x <= k->last; x++) {
			if (wy[y].high < 0 || wx[x].high < 0)
				continue;
			value = plane[y * h->extent + x];
			value *= value < 0 ? wy[y].low * wx[x].low
					   : wy[y].high * wx[x].high;
			if (value > best || isnan(value))
				best = value;
		}
	return best;
}

/* One item is one result of one channel of the region at hand. */
static void align_run(struct job *self, size_t begin, size_t end)
{
	const struct roi_align *j = (const struct roi_align *)self;
	size_t width = (size_t)j->axis[1].bins;
	size_t bins = (size_t)j->axis[0].bins * width;
	size_t points = (size_t)(j->axis[0].extent * j->axis[1].extent);

	for (size_t i = begin; i < end; i++) {
		const double *plane = j->planes + i / bins * points;
		int64_t row = (int64_t)(i % bins / width);
		int64_t column = (int64_t)(i % width);

		element_set_double(j->y->dtype, tensor_mut(j->y), j->result + i,
				   j->max ? largest(j, plane, row, column)
					  : mean(j, plane, row, column));
	}
}

/* ---- the call ----------------------------------------------------------- */

static size_t axis_doubles(const struct call *c, int i, int64_t bins)
{
	const struct shape *x = &c->in[0]->type.shape;
	size_t extent = count_in(c, 0) ? (size_t)x->dim[i + 2] : 0;
	size_t each = extent * sizeof(struct weights) + sizeof(struct profile);

	if (MUL_OVERFLOWS(each, (size_t)bins, &each))
		each = SIZE_MAX / 16; /* no plan has that */
	return each / sizeof(double);
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1)) +
	       doubles_of(
		       axis_doubles(c, 0, attr_int(c->node, "output_height"))) +
	       doubles_of(
		       axis_doubles(c, 1, attr_int(c->node, "output_width")));
}

static void make_axis(struct roi_align *j, int i, const char *bins,
		      struct doubles *d, const struct call *c)
{
	struct axis *a = &j->axis[i];
	double *room;

	a->extent = call_in(c, 0)->shape.dim[i + 2];
	a->bins = attr_int(c->node, bins);
	a->ratio = attr_int(c->node, "sampling_ratio");
	room = doubles_take(d, c, axis_doubles(c, i, a->bins));
	a->profile = (struct profile *)room;
	a->weights = (struct weights *)(a->profile + a->bins);
}

static bool align_region(struct roi_align *j, const struct call *c, size_t r,
			 const double *roi, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	size_t channels = (size_t)x->dim[1];
	size_t bins = (size_t)(j->axis[0].bins * j->axis[1].bins);
	int64_t image = tensor_int(call_in(c, 2), r);

	if (!rois_image((double)image, x->dim[0], r, e) ||
	    !profile_axis(j, &j->axis[0], roi[1], roi[3], e) ||
	    !profile_axis(j, &j->axis[1], roi[0], roi[2], e))
		return false;
	j->planes = j->x + (size_t)image * channels * (size_t)x->dim[2] *
				   (size_t)x->dim[3];
	j->result = r * channels * bins;
	parallel_for(&j->job, channels * bins, 256);
	return true;
}

static bool run_roi_align(const struct call *c, struct err *e)
{
	struct roi_align j = {.job = {align_run}, .y = call_out(c, 0)};
	const struct tensor *rois = call_in(c, 1);
	struct doubles d = {0};
	const double *roi;

	if (!j.y || tensor_count(j.y) == 0)
		return true;
	if (tensor_count(call_in(c, 0)) == 0)
		return err_set(e, ERR_SHAPE, "images of X have no elements");
	j.x = doubles_load(&d, c, 0);
	roi = doubles_load(&d, c, 1);
	make_axis(&j, 0, "output_height", &d, c);
	make_axis(&j, 1, "output_width", &d, c);
	j.scale = (double)attr_float(c->node, "spatial_scale");
	j.max = strcmp(attr_string(c->node, "mode"), "max") == 0;
	if (c->node->op->since >= 16)
		j.half_pixel = strcmp(attr_string(c->node,
						  "coordinate_transformation_"
						  "mode"),
				      "half_pixel") == 0;
	for (size_t r = 0; r < (size_t)rois->shape.dim[0]; r++)
		if (!align_region(&j, c, r, roi + 4 * r, e))
			return false;
	return true;
}

static const struct kernel kernels[] = {{.name = "roi-align",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_roi_align},
					{0}};

#define ROI_ALIGN(opset, set, shift)                                    \
	{                                                               \
		.domain = "", .type = "RoiAlign", .since = opset,       \
		.in = PARAMS(IN("X", "T1", set), IN("rois", "T1", set), \
			     IN("batch_indices", NULL, TYPES_I64)),     \
		.out = PARAMS(IN("Y", "T1", set)),                      \
		.attrs = ATTRS(shift ATTR("mode", STRING, "avg"),       \
			       ATTR("output_height", INT, "1"),         \
			       ATTR("output_width", INT, "1"),          \
			       ATTR("sampling_ratio", INT, "0"),        \
			       ATTR("spatial_scale", FLOAT, "1")),      \
		.infer = infer_roi_align, .kernels = kernels,           \
	}
#define NO_SHIFT
#define SHIFT ATTR("coordinate_transformation_mode", STRING, "half_pixel"),

const struct op op_rows_roi_align[] = {ROI_ALIGN(10, TYPES_IEEE, NO_SHIFT),
				       ROI_ALIGN(16, TYPES_IEEE, SHIFT),
				       ROI_ALIGN(22, TYPES_FLOAT, SHIFT),
				       {0}};
