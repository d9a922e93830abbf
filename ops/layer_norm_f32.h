/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layer_norm_f32.h -- fast kernel for LayerNormalization. */
#ifndef OPS_LAYER_NORM_F32_H
#define OPS_LAYER_NORM_F32_H

#include "ops/call.h"

bool layer_norm_f32_accepts(const struct call *c);
bool layer_norm_f32_run(const struct call *c, struct err *e);

#define LAYER_NORM_F32_KERNEL                                                \
	{                                                                    \
		"layer-norm-f32", "blas", .accepts = layer_norm_f32_accepts, \
					  .run = layer_norm_f32_run,         \
					  .in_place = 1,                     \
	}

#endif
