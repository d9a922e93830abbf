/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pool_lanes.h -- pools of tensors whose channels lie side by side. */
#ifndef OPS_POOL_LANES_H
#define OPS_POOL_LANES_H

#include "kern/conv.h"
#include "ops/call.h"

/* Pools follow the layout of their operand if it is dense; the result of a
 * global pool has one pixel and is row-major. */
enum tensor_layout pool_lanes_layouts(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out);

/* MaxPool, or an average that COUNTS_BORDER or not, over windows G, in
 * call.layout; ERR_FORMAT if a scale is none. */
MUST_USE bool pool_lanes_run(const struct call *c, const struct window2 *g,
			     bool counts_border, struct err *e);

/* The mean, or the LARGEST, of each channel. */
MUST_USE bool pool_lanes_global(const struct call *c, bool largest,
				struct err *e);

#endif
