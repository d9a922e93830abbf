/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ewise_f32.h -- fast kernels for element-wise operators on floats. */
#ifndef OPS_EWISE_F32_H
#define OPS_EWISE_F32_H

#include "ops/call.h"

/* Operators that kern/act.h knows by name. */
bool unary_f32_accepts(const struct call *c);
enum tensor_layout unary_f32_layouts(const struct call *c,
				     enum tensor_layout *in,
				     enum tensor_layout *out);
bool unary_f32_run(const struct call *c, struct err *e);

/* Add, Sub, Mul, Div, Max, Min of two operands that broadcast. */
bool binary_f32_accepts(const struct call *c);
enum tensor_layout binary_f32_layouts(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out);
bool binary_f32_run(const struct call *c, struct err *e);

#define UNARY_F32_KERNEL                                                       \
	{                                                                      \
		"unary-f32-simd", "blas", .accepts = unary_f32_accepts,        \
					  .layouts = unary_f32_layouts,        \
					  .run = unary_f32_run, .in_place = 1, \
	}
#define BINARY_F32_KERNEL                                                 \
	{                                                                 \
		"binary-f32-simd", "blas", .accepts = binary_f32_accepts, \
					   .layouts = binary_f32_layouts, \
					   .run = binary_f32_run,         \
					   .in_place = 1,                 \
	}

#endif
