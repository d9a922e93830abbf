/* SPDX-License-Identifier: Apache-2.0 */
/* ops/normalize_f32.h -- fast kernels for normalization by planes. */
#ifndef OPS_NORMALIZE_F32_H
#define OPS_NORMALIZE_F32_H

#include "ops/call.h"

/* InstanceNormalization and GroupNormalization of floats. */
bool plane_norm_f32_accepts(const struct call *c);
bool plane_norm_f32_run(const struct call *c, struct err *e);

/* BatchNormalization of floats outside of training. */
bool batch_norm_f32_accepts(const struct call *c);
size_t batch_norm_f32_scratch(const struct call *c);
bool batch_norm_f32_run(const struct call *c, struct err *e);

#define PLANE_NORM_F32_KERNEL                                                \
	{                                                                    \
		"plane-norm-f32", "blas", .accepts = plane_norm_f32_accepts, \
					  .run = plane_norm_f32_run,         \
					  .in_place = 1,                     \
	}
#define BATCH_NORM_F32_KERNEL                                                \
	{                                                                    \
		"batch-norm-f32", "blas", .accepts = batch_norm_f32_accepts, \
					  .scratch = batch_norm_f32_scratch, \
					  .run = batch_norm_f32_run,         \
					  .in_place = 1,                     \
	}

#endif
