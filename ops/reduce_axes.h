/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reduce_axes.h -- which axes a Reduce* takes away. */
#ifndef OPS_REDUCE_AXES_H
#define OPS_REDUCE_AXES_H

#include "ops/call.h"

/* GONE[i]: axis i of RANK is in the list; an empty one means all unless
 * noop_with_empty_axes is set. */
MUST_USE bool reduce_axes_mark(const struct node *n, const int64_t *axes,
			       size_t count, int32_t rank, bool *gone,
			       struct err *e);

/* The same of the attribute "axes" or of operand 1, whose data are there. */
MUST_USE bool reduce_axes_of(const struct call *c, bool *gone, struct err *e);

#endif
