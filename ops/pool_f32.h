/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pool_f32.h -- fast kernels for pools and Softmax. */
#ifndef OPS_POOL_F32_H
#define OPS_POOL_F32_H

#include "ops/pool_lanes.h"

/* MaxPool and averages of floats or 8-bit codes; one or two spatial axes, by
 * planes (kern/conv.h). */
bool pool_plane_accepts(const struct call *c);
size_t pool_plane_scratch(const struct call *c);
bool pool_plane_run(const struct call *c, struct err *e);

/* GlobalAveragePool and GlobalMaxPool of floats. */
bool pool_global_accepts(const struct call *c);
bool pool_global_run(const struct call *c, struct err *e);

/* Softmax of floats along the innermost axes. */
bool softmax_f32_accepts(const struct call *c);
bool softmax_f32_run(const struct call *c, struct err *e);

#define POOL_PLANE_KERNEL                                            \
	{                                                            \
		"pool-plane", "blas", .accepts = pool_plane_accepts, \
				      .scratch = pool_plane_scratch, \
				      .layouts = pool_lanes_layouts, \
				      .run = pool_plane_run,         \
	}
#define POOL_GLOBAL_KERNEL                                                 \
	{                                                                  \
		"pool-global-f32", "blas", .accepts = pool_global_accepts, \
					   .layouts = pool_lanes_layouts,  \
					   .run = pool_global_run,         \
	}
#define SOFTMAX_F32_KERNEL                                                  \
	{                                                                   \
		"softmax-f32-simd", "blas", .accepts = softmax_f32_accepts, \
					    .run = softmax_f32_run,         \
					    .in_place = 1,                  \
	}

#endif
