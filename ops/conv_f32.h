/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_f32.h -- fast kernels for Conv and FusedConv on float. */
#ifndef OPS_CONV_F32_H
#define OPS_CONV_F32_H

#include "kern/conv.h"
#include "ops/call.h"

/* Products of packed columns (im2col), directly for 1x1. */
bool conv_gemm_accepts(const struct call *c);
bool conv_gemm_prepare(struct call *c, struct err *e);
size_t conv_gemm_scratch(const struct call *c);
bool conv_gemm_run(const struct call *c, struct err *e);

/* One plane at a time: as many groups as channels. */
bool conv_plane_accepts(const struct call *c);
bool conv_plane_prepare(struct call *c, struct err *e);
size_t conv_plane_scratch(const struct call *c);
bool conv_plane_run(const struct call *c, struct err *e);

#define CONV_F32_KERNELS                                               \
	{"conv-f32-plane",                                             \
	 "blas",                                                       \
	 .accepts = conv_plane_accepts,                                \
	 .scratch = conv_plane_scratch,                                \
	 .prepare = conv_plane_prepare,                                \
	 .run = conv_plane_run},                                       \
	{                                                              \
		"conv-f32-gemm", "blas", .accepts = conv_gemm_accepts, \
					 .scratch = conv_gemm_scratch, \
					 .prepare = conv_gemm_prepare, \
					 .run = conv_gemm_run,         \
	}

/* What a convolution of rank 3 or 4 is made of; images, groups, then input
 * and output channels of one group. */
struct conv2 {
	size_t images, groups, c, m;
	struct window2 w;
};

struct window;

/* False if the spatial rank is not 1 or 2. */
bool conv2_make(struct conv2 *g, const struct node *n, const struct shape *x,
		const struct shape *w);

/* The same for the window alone. */
bool window2_make(struct window2 *g, const struct window *w);

#endif
