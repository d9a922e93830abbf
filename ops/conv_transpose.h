/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_transpose.h -- fast kernel for ConvTranspose. */
#ifndef OPS_CONV_TRANSPOSE_H
#define OPS_CONV_TRANSPOSE_H

#include "ops/call.h"
#include "ops/window.h"

/* Which operand of N is the bias. */
uint32_t conv_transpose_bias(const struct node *n);

/* The window of a checked call, whose operands' data are there. */
MUST_USE bool conv_transpose_place(const struct call *c, struct window *w,
				   struct err *e);

/* Of floats, one or two spatial axes: a product for all taps of some rows of
 * the input, which are then added to where they belong. */
bool conv_transpose_f32_accepts(const struct call *c);
size_t conv_transpose_f32_scratch(const struct call *c);
bool conv_transpose_f32_run(const struct call *c, struct err *e);

#define CONV_TRANSPOSE_F32_KERNEL                              \
	{                                                      \
		"conv-transpose-f32-gemm", "blas",             \
			.accepts = conv_transpose_f32_accepts, \
			.scratch = conv_transpose_f32_scratch, \
			.run = conv_transpose_f32_run,         \
	}

#endif
