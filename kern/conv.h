/* SPDX-License-Identifier: Apache-2.0 */
/* kern/conv.h -- windows over planes: pieces of fast convolutions and pools.
 *
 * Two spatial axes; a signal has height 1.  Output (p, q) looks at rows
 * p * sh + i * dh - ph, i < kh, and columns q * sw + j * dw - pw, j < kw.
 */
#ifndef KERN_CONV_H
#define KERN_CONV_H

#include <stddef.h>
#include <stdint.h>

struct window2 {
	size_t h, w, oh, ow; /* input and output plane */
	size_t kh, kw, sh, sw, dh, dw, ph, pw;
};

/*
 * COL[(c * kh + i) * kw + j][p - FIRST] = what tap (i, j) of channel c sees
 * for output position p (row by row), FIRST <= p < FIRST + COUNT; zero beyond
 * the edges.  X has CHANNELS planes, rows of COL are COUNT long.  Elements are
 * 4 bytes or 1; ZERO is what bytes have beyond the edges.
 */
void kern_im2col_32(const struct window2 *g, size_t channels, const float *x,
		    size_t first, size_t count, float *col);
void kern_im2col_8(const struct window2 *g, size_t channels, const uint8_t *x,
		   uint8_t zero, size_t first, size_t count, uint8_t *col);

/*
 * A plane with its border, columns sorted by q mod sw, so that neighbouring
 * outputs see neighbouring elements for every stride.
 */
size_t kern_plane_elements(const struct window2 *g);
void kern_plane_split_f32(const struct window2 *g, const float *x, float border,
			  float *split);
/* OFFSET[i * kw + j]: where tap (i, j) of output (0, 0) lies. */
void kern_plane_taps(const struct window2 *g, uint32_t *offset);

/* Y = sum of W[t] * tap t, largest tap, or sum of taps of a split plane. */
void kern_plane_dot_f32(const struct window2 *g, const uint32_t *offset,
			const float *split, const float *w, float *y);
void kern_plane_max_f32(const struct window2 *g, const uint32_t *offset,
			const float *split, float *y);
void kern_plane_sum_f32(const struct window2 *g, const uint32_t *offset,
			const float *split, float *y);

#endif
