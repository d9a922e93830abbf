/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reduce_f32.h -- fast kernel for ReduceSum and ReduceMean. */
#ifndef OPS_REDUCE_F32_H
#define OPS_REDUCE_F32_H

#include "ops/call.h"

/* Of floats, along constant axes that are neighbours. */
bool reduce_f32_accepts(const struct call *c);
bool reduce_f32_run(const struct call *c, struct err *e);

#define REDUCE_F32_KERNEL                                            \
	{                                                            \
		"reduce-f32", "blas", .accepts = reduce_f32_accepts, \
				      .run = reduce_f32_run,         \
	}

#endif
