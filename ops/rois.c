/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rois.c -- see rois.h. */
#include "ops/rois.h"

#include <inttypes.h>
#include <math.h>

bool rois_infer(struct infer *c, int64_t numbers, int64_t height, int64_t width,
		struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *rois = infer_shape(c, 1);
	struct shape y = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN, height, width);

	if (x->rank >= 0 && x->rank != 4)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 4", x->rank);
	if (rois->rank >= 0 && rois->rank != 2)
		return err_set(e, ERR_SHAPE, "rois has rank %d, want 2",
			       rois->rank);
	if (rois->rank == 2 && rois->dim[1] >= 0 && rois->dim[1] != numbers)
		return err_set(e, ERR_SHAPE,
			       "regions have %" PRId64
			       " numbers, want %" PRId64,
			       rois->dim[1], numbers);
	if (rois->rank == 2)
		y.dim[0] = rois->dim[0];
	if (x->rank == 4)
		y.dim[1] = x->dim[1];
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

bool rois_image(double image, int64_t n, size_t i, struct err *e)
{
	if (image >= 0 && image < (double)n)
		return true;
	return err_set(e, ERR_SHAPE,
		       "region %zu is of image %g, there are %" PRId64, i,
		       image, n);
}

double rois_round(double x)
{
	return isnan(x) ? 0 : round(x);
}
