/* SPDX-License-Identifier: Apache-2.0 */
/* kern/panel.h -- few rows times a matrix that is packed once.
 *
 * A recurrent step multiplies one row, or a few, with the same matrix again and
 * again: there is nothing to share between rows, and no time to wake other
 * threads.  The matrix lies in panels of PANEL columns, each of which is read
 * from its beginning to its end.
 */
#ifndef KERN_PANEL_H
#define KERN_PANEL_H

#include <stddef.h>

/* Floats of a packed matrix [n, k]. */
size_t kern_panel_floats(size_t n, size_t k);

/* PACKED [ceil(n / PANEL)][k][PANEL] = M [n, k], the last panel filled up with
 * zeros.  M may lie at any address. */
void kern_panel_pack(const void *m, size_t n, size_t k, float *packed);

/* Y[i * LDY + j] += sum over l < K of X[i * K + l] M[j, l], i < ROWS, j < N. */
void kern_panel_times_f32(const float *x, size_t rows, size_t k,
			  const float *packed, size_t n, float *y, size_t ldy);

#endif
