/* SPDX-License-Identifier: Apache-2.0 */
/* kern/col2im.h -- taps added to where they look: im2col the other way. */
#ifndef KERN_COL2IM_H
#define KERN_COL2IM_H

#include "kern/conv.h"

/*
 * X[row p * sh + i * dh - ph, column q * sw + j * dw - pw]
 *     += COL[i * kw + j][(p - first) * ow + q]
 *
 * for each tap (i, j) and position (p, q), FIRST <= p < FIRST + ROWS; what is
 * beyond the edges of X is dropped.  X is one plane, rows of COL are ROWS * ow
 * long.
 */
void kern_col2im_f32(const struct window2 *g, size_t first, size_t rows,
		     const float *col, float *x);

#endif
