/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reduce_axes.c -- see reduce_axes.h. */
#include "ops/reduce_axes.h"

#include "ops/op.h"

bool reduce_axes_mark(const struct node *n, const int64_t *axes, size_t count,
		      int32_t rank, bool *gone, struct err *e)
{
	int32_t axis;
	bool all = count == 0 && !node_int(n, "noop_with_empty_axes", 0);

	for (int32_t i = 0; i < rank; i++)
		gone[i] = all;
	for (size_t i = 0; i < count; i++) {
		if (!infer_axis(axes[i], rank, &axis, e))
			return false;
		gone[axis] = true;
	}
	return true;
}

bool reduce_axes_of(const struct call *c, bool *gone, struct err *e)
{
	const struct tensor *t = call_in(c, 1);
	int64_t axes[MAX_RANK];
	const int64_t *list = axes;
	uint32_t count = 0;

	if (node_attr(c->node, "axes"))
		list = node_ints(c->node, "axes", &count);
	else if (t)
		count = (uint32_t)tensor_count(t);
	if (t && count > MAX_RANK)
		return err_set(e, ERR_SHAPE, "%u axes, want at most %d", count,
			       MAX_RANK);
	for (uint32_t i = 0; t && i < count; i++)
		axes[i] = tensor_int(t, i);
	return reduce_axes_mark(c->node, list, count, call_in(c, 0)->shape.rank,
				gone, e);
}
