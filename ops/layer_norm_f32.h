/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layer_norm_f32.h -- fast kernels for LayerNormalization and its kin. */
#ifndef OPS_LAYER_NORM_F32_H
#define OPS_LAYER_NORM_F32_H

#include "ops/call.h"

/* LayerNormalization, RMSNormalization, SimplifiedLayerNormalization of floats
 * with one scale (and bias) for each element of a line. */
bool layer_norm_f32_accepts(const struct call *c);
bool layer_norm_f32_run(const struct call *c, struct err *e);

/* The same of input + skip + bias, where skip may repeat along outer axes. */
bool skip_norm_f32_accepts(const struct call *c);
bool skip_norm_f32_run(const struct call *c, struct err *e);

#define LAYER_NORM_F32_KERNEL                                                \
	{                                                                    \
		"layer-norm-f32", "blas", .accepts = layer_norm_f32_accepts, \
					  .run = layer_norm_f32_run,         \
					  .in_place = 1,                     \
	}
#define SKIP_NORM_F32_KERNEL                                               \
	{                                                                  \
		"skip-norm-f32", "blas", .accepts = skip_norm_f32_accepts, \
					 .run = skip_norm_f32_run,         \
	}

#endif
