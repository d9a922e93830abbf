/* SPDX-License-Identifier: Apache-2.0 */
/* ops/scales.c -- see scales.h. */
#include "ops/scales.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

static bool is_single(const struct shape *s)
{
	return s->rank == 0 || (s->rank == 1 && s->dim[0] == 1);
}

static bool check_axis(const struct shape *x, int64_t *axis, bool single,
		       struct err *e)
{
	if (*axis < 0 && *axis >= -x->rank)
		*axis += x->rank;
	if (*axis >= 0 && *axis < x->rank)
		return true;
	/* One scale needs no axis, and exporters write the default for any
	 * rank. */
	if (single && *axis >= -MAX_RANK && *axis < MAX_RANK)
		return true;
	return err_set(e, ERR_SHAPE,
		       "axis is %" PRId64 ", the tensor has rank %d", *axis,
		       x->rank);
}

static bool check_blocks(const struct shape *x, const struct shape *scale,
			 int64_t axis, int64_t block, struct err *e)
{
	if (scale->rank != x->rank)
		return err_set(e, ERR_SHAPE,
			       "the scale of a blocked tensor has rank %d, "
			       "want %d",
			       scale->rank, x->rank);
	for (int32_t i = 0; i < x->rank; i++) {
		int64_t want = x->dim[i];

		if (want >= 0 && i == axis)
			want = want / block + (want % block != 0);
		if (want >= 0 && scale->dim[i] >= 0 && scale->dim[i] != want)
			return err_set(e, ERR_SHAPE,
				       "the scale has dim %" PRId64
				       " at axis %d, want %" PRId64,
				       scale->dim[i], i, want);
	}
	return true;
}

bool scales_check(const struct shape *x, const struct shape *scale,
		  const struct shape *zero, int64_t axis, int64_t block,
		  struct err *e)
{
	bool single = is_single(scale);

	if (block < 0)
		return err_set(e, ERR_SHAPE,
			       "block_size is %" PRId64 ", want 0 or more",
			       block);
	if (zero && shape_is_known(zero) && shape_is_known(scale) &&
	    !shape_equal(zero, scale) && !(single && is_single(zero)))
		return err_set(e, ERR_SHAPE,
			       "scale and zero point have different shapes");
	if (x->rank < 0 || scale->rank < 0)
		return true;
	if (!check_axis(x, &axis, single, e))
		return false;
	if (single)
		return true;
	if (block)
		return check_blocks(x, scale, axis, block, e);
	if (scale->rank != 1)
		return err_set(e, ERR_SHAPE,
			       "the scale has rank %d, want 0 or 1",
			       scale->rank);
	if (scale->dim[0] >= 0 && x->dim[axis] >= 0 &&
	    scale->dim[0] != x->dim[axis])
		return err_set(e, ERR_SHAPE,
			       "the scale has %" PRId64 " elements, the tensor "
			       "%" PRId64 " along axis %" PRId64,
			       scale->dim[0], x->dim[axis], axis);
	return true;
}

bool scales_check_values(const struct tensor *scale, struct err *e)
{
	size_t n = tensor_count(scale);
	double least = scale->dtype == DTYPE_F32 ? FLT_MIN : 0, x;

	for (size_t i = 0; i < n; i++) {
		x = tensor_double(scale, i);
		if (!(x > 0) || x < least || isinf(x))
			return err_set(e, ERR_FORMAT,
				       "scale[%zu] is %g, want a positive "
				       "normal number",
				       i, x);
	}
	return true;
}

void scales_make(struct scales *a, const struct shape *x,
		 const struct tensor *scale, const struct tensor *zero,
		 int64_t axis, int64_t block)
{
	*a = (struct scales){.scale = scale, .zero = zero, .inner = 1};
	if (is_single(&scale->shape))
		return;
	if (axis < 0)
		axis += x->rank;
	a->extent = (size_t)x->dim[axis];
	for (int32_t i = (int32_t)axis + 1; i < x->rank; i++)
		a->inner *= (size_t)x->dim[i];
	a->block = (size_t)block;
	if (block)
		a->blocks = (size_t)scale->shape.dim[axis];
}

size_t scales_index(const struct scales *a, size_t i)
{
	size_t line, at;

	if (!a->extent)
		return 0;
	line = i / a->inner;
	at = line % a->extent;
	if (!a->block)
		return at;
	return (line / a->extent * a->blocks + at / a->block) * a->inner +
	       i % a->inner;
}

double scales_scale(const struct scales *a, size_t i)
{
	return tensor_double(a->scale, scales_index(a, i));
}

double scales_zero(const struct scales *a, size_t i)
{
	return a->zero ? tensor_double(a->zero, scales_index(a, i)) : 0;
}
