/* SPDX-License-Identifier: Apache-2.0 */
/* ops/position.c -- see position.h. */
#include "ops/position.h"

#include <inttypes.h>

#include "ops/axes.h"

void position_start(struct position *p, const struct shape *walked,
		    const struct shape *second)
{
	*p = (struct position){.rank = walked->rank};
	for (int32_t i = 0; i < p->rank; i++) {
		p->extent[i] = walked->dim[i];
		p->limit[i] = second->dim[i];
	}
	shape_strides(second, p->stride);
}

void position_next(struct position *p)
{
	for (int32_t i = p->rank - 1; i >= 0; i--) {
		p->at += p->stride[i];
		if (++p->index[i] < p->extent[i])
			return;
		p->at -= p->extent[i] * p->stride[i];
		p->index[i] = 0;
	}
}

/* Count X from the end if negative. */
static bool wrap(int64_t x, int64_t limit, size_t i, int64_t *out,
		 struct err *e)
{
	if (x < -limit || x >= limit)
		return err_set(e, ERR_SHAPE,
			       "index %zu is %" PRId64 ", want -%" PRId64
			       "..%" PRId64,
			       i, x, limit, limit - 1);
	*out = x < 0 ? x + limit : x;
	return true;
}

bool position_along(const struct position *p, int32_t axis,
		    const struct tensor *index, size_t i, size_t *at,
		    struct err *e)
{
	int64_t x = 0;

	if (!wrap(tensor_int(index, i), p->limit[axis], i, &x, e))
		return false;
	*at = (size_t)(p->at + (x - p->index[axis]) * p->stride[axis]);
	return true;
}

bool position_of_tuple(const struct shape *s, int32_t first,
		       const struct tensor *index, size_t i, size_t *at,
		       struct err *e)
{
	size_t count = (size_t)index->shape.dim[index->shape.rank - 1];
	ptrdiff_t stride[MAX_RANK];

	shape_strides(s, stride);
	*at = 0;
	for (size_t k = 0; k < count; k++) {
		int32_t axis = first + (int32_t)k;
		int64_t x = 0;

		if (!wrap(tensor_int(index, i * count + k), s->dim[axis],
			  i * count + k, &x, e))
			return false;
		*at += (size_t)(x * stride[axis]);
	}
	return true;
}
