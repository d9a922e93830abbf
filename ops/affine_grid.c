/* SPDX-License-Identifier: Apache-2.0 */
/* ops/affine_grid.c -- AffineGrid: where a batch of affine maps takes the
 * points of a regular grid.
 *
 *     theta   [N, r, r + 1]      r = 2 or 3
 *     size    N, C, and the r extents of the grid
 *     grid    [N, extents ..., r]
 *
 *     grid[n, p, i] = sum_k theta[n, i, k] * x[k] + theta[n, i, r]
 *
 * x are the coordinates of point p, the innermost axis first, evenly spaced
 * over [-1, 1]: with align_corners the first and the last are its ends.
 * Alone on its axis a point then lies in the middle.
 */
#include <inttypes.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/op.h"

static bool check_theta(const struct shape *t, struct err *e)
{
	if (t->rank < 0)
		return true;
	if (t->rank != 3)
		return err_set(e, ERR_SHAPE, "theta has rank %d, want 3",
			       t->rank);
	if ((t->dim[1] >= 0 && t->dim[1] != 2 && t->dim[1] != 3) ||
	    (t->dim[1] >= 0 && t->dim[2] >= 0 && t->dim[2] != t->dim[1] + 1))
		return err_set(e, ERR_SHAPE,
			       "theta has matrices of %" PRId64 " by %" PRId64
			       ", want 2 by 3 or 3 by 4",
			       t->dim[1], t->dim[2]);
	return true;
}

/* The number of spatial dimensions, 0 if it is not known. */
static int32_t spatial(const struct shape *theta, const struct shape *size)
{
	if (size->rank >= 0)
		return size->rank - 2;
	if (theta->rank < 0)
		return 0;
	if (theta->dim[1] >= 0)
		return (int32_t)theta->dim[1];
	return theta->dim[2] >= 0 ? (int32_t)theta->dim[2] - 1 : 0;
}

static bool check_size(const struct shape *theta, const struct shape *size,
		       struct err *e)
{
	int64_t r = size->rank - 2, x;

	if (size->rank < 0)
		return true;
	if (r != 2 && r != 3)
		return err_set(e, ERR_SHAPE, "size has %d entries, want 4 or 5",
			       size->rank);
	if (theta->rank == 3 && theta->dim[1] >= 0 && theta->dim[1] != r)
		return err_set(e, ERR_SHAPE,
			       "size has %d entries, theta wants %" PRId64,
			       size->rank, theta->dim[1] + 2);
	if (theta->rank == 3 && theta->dim[0] >= 0 && size->dim[0] >= 0 &&
	    theta->dim[0] != size->dim[0])
		return err_set(e, ERR_SHAPE,
			       "size[0] is %" PRId64 ", theta has %" PRId64
			       " maps",
			       size->dim[0], theta->dim[0]);
	for (int32_t i = 0; i < size->rank; i++)
		if (content_int(size->dim[i], &x) && x < 0)
			return err_set(e, ERR_SHAPE, "size[%d] is %" PRId64, i,
				       x);
	return true;
}

static bool infer_affine_grid(struct infer *c, struct err *e)
{
	const struct shape *theta = infer_shape(c, 0);
	struct shape size, y = {.rank = RANK_UNKNOWN};
	int32_t r;

	if (!infer_dims(c, 1, &size, e) || !check_theta(theta, e) ||
	    !check_size(theta, &size, e))
		return false;
	r = spatial(theta, &size);
	if (r) {
		y.rank = r + 2;
		y.dim[0] = theta->rank == 3 ? theta->dim[0] : DIM_UNKNOWN;
		if (size.rank >= 0 && y.dim[0] < 0 &&
		    size.dim[0] != DIM_UNKNOWN)
			y.dim[0] = size.dim[0];
		for (int32_t i = 0; i < r; i++)
			y.dim[1 + i] = size.rank >= 0 ? size.dim[2 + i]
						      : DIM_UNKNOWN;
		y.dim[r + 1] = r;
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* One item is one point of one map. */
struct grid_job {
	struct job job;
	const double *theta;
	struct tensor *y;
	int32_t r;
	size_t points; /* of one map */
	bool align;
};

static double coordinate(size_t i, int64_t extent, bool align)
{
	if (!align)
		return (2.0 * (double)i + 1) / (double)extent - 1;
	return extent == 1 ? 0 : 2.0 * (double)i / (double)(extent - 1) - 1;
}

static void grid_run(struct job *self, size_t begin, size_t end)
{
	const struct grid_job *j = (const struct grid_job *)self;
	size_t r = (size_t)j->r;

	for (size_t p = begin; p < end; p++) {
		const double *t = j->theta + p / j->points * r * (r + 1);
		size_t rest = p % j->points;
		double x[3];

		for (size_t k = 0; k < r; k++) {
			int64_t extent = j->y->shape.dim[r - k];

			x[k] = coordinate(rest % (size_t)extent, extent,
					  j->align);
			rest /= (size_t)extent;
		}
		for (size_t i = 0; i < r; i++) {
			double sum = 0;

			for (size_t k = 0; k < r; k++)
				sum += t[i * (r + 1) + k] * x[k];
			element_set_double(j->y->dtype, tensor_mut(j->y),
					   p * r + i, sum + t[i * (r + 1) + r]);
		}
	}
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0));
}

static bool run_affine_grid(const struct call *c, struct err *e)
{
	struct grid_job j = {.job = {grid_run}, .y = call_out(c, 0)};
	const struct tensor *size = call_in(c, 1);
	struct doubles d = {0};

	if (!j.y)
		return true;
	j.r = j.y->shape.rank - 2;
	if (tensor_count(size) != (size_t)j.r + 2)
		return err_set(e, ERR_SHAPE, "size has %zu entries, want %d",
			       tensor_count(size), j.r + 2);
	for (int32_t i = 0; i < j.r + 2; i++) {
		int64_t want = j.y->shape.dim[i ? i - 1 : 0];

		if (i != 1 && tensor_int(size, (size_t)i) != want)
			return err_set(e, ERR_SHAPE,
				       "size[%d] is %" PRId64
				       ", the result has %" PRId64,
				       i, tensor_int(size, (size_t)i), want);
	}
	if (tensor_count(j.y) == 0)
		return true;
	j.theta = doubles_load(&d, c, 0);
	j.points = shape_span(&j.y->shape, 1, j.r + 1);
	j.align = attr_int(c->node, "align_corners");
	parallel_for(&j.job, tensor_count(j.y) / (size_t)j.r, 1024);
	return true;
}

static const struct kernel kernels[] = {{.name = "affine-grid",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_affine_grid},
					{0}};

const struct op op_rows_affine_grid[] = {
	{.domain = "",
	 .type = "AffineGrid",
	 .since = 20,
	 .in = PARAMS(IN("theta", "T1", TYPES_FLOAT),
		      IN("size", NULL, TYPES_I64)),
	 .out = PARAMS(IN("grid", "T1", TYPES_FLOAT)),
	 .attrs = ATTRS(ATTR("align_corners", INT, "0")),
	 .infer = infer_affine_grid,
	 .kernels = kernels},
	{0}};
