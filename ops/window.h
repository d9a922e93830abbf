/* SPDX-License-Identifier: Apache-2.0 */
/* ops/window.h -- sliding windows of convolutions and pools.
 *
 * Along each spatial axis a window of KERNEL taps, DILATION apart, starts at
 * STRIDE * i - BEFORE for output position i.  SPAN = (KERNEL - 1) * DILATION
 * + 1 is what it covers.  Source: ONNX Conv-11, MaxPool-12, AveragePool-19.
 */
#ifndef OPS_WINDOW_H
#define OPS_WINDOW_H

#include "graph/graph.h"

struct window {
	int32_t rank;
	int64_t kernel[MAX_RANK], stride[MAX_RANK], dilation[MAX_RANK];
	int64_t before[MAX_RANK], after[MAX_RANK]; /* padding */
	int64_t in[MAX_RANK], out[MAX_RANK];	   /* spatial dims */
};

/*
 * The attributes of N (kernel_shape, strides, dilations, pads, auto_pad,
 * ceil_mode; those that its schema lacks have their defaults) for an input of
 * shape X = [N, C, spatial ...] of known rank.  KERNEL: sizes where
 * kernel_shape is left out, or NULL; what the attribute says must agree.
 * Dims of X may be unknown or named (SY, else NULL: all known).
 *
 * ERR_SHAPE or ERR_FORMAT name the attribute, found, and wanted.  On success
 * every window has at least one tap inside the padded input.
 */
MUST_USE bool window_make(struct window *w, const struct node *n,
			  const struct shape *x, const int64_t *kernel,
			  struct symbols *sy, struct err *e);

/* kernel_shape, strides, dilations and explicit pads alone, checked; IN and
 * OUT are left alone (ConvTranspose). */
MUST_USE bool window_attrs(struct window *w, const struct node *n, int32_t rank,
			   const int64_t *kernel, struct err *e);

/* (KERNEL - 1) * DILATION + 1 along AXIS; window_attrs() saw that it fits. */
int64_t window_span(const struct window *w, int32_t axis);

/* The window as large as the whole input (Global pools). */
void window_global(struct window *w, const struct shape *x);

/*
 * The taps of one window that lie inside the input, in index order, as runs
 * along the innermost axis.  POSITION counts the outputs of one plane; AT is
 * an offset into one input plane.
 *
 *     window_walk(&k, w, position);
 *     while (window_next(&k))
 *             for (i = 0; i < k.count; i++)
 *                     ... plane[k.at + i * k.step] ...
 */
struct window_walk {
	const struct window *w;
	int64_t start[MAX_RANK], tap[MAX_RANK]; /* of the outer axes */
	size_t at, count, step;
	bool done;
};

void window_walk(struct window_walk *k, const struct window *w,
		 size_t position);
bool window_next(struct window_walk *k);

/* Taps of one window inside the input and its padding. */
int64_t window_padded_taps(const struct window *w, size_t position);

/* Outputs, and inputs, of one plane. */
size_t window_outputs(const struct window *w);
size_t window_inputs(const struct window *w);

#endif
