/* SPDX-License-Identifier: Apache-2.0 */
/* kern/feed.h -- what rows of weights owe to errors made before. */
#ifndef KERN_FEED_H
#define KERN_FEED_H

#include <stddef.h>

/*
 *     w[i, k] -= d[i, j] * u[j, k],  j = 0 .. depth - 1 in this order
 *
 * for ROWS rows and N columns; rows of W, D and U are W_STEP, D_STEP and
 * U_STEP elements apart.  Each product and each difference is rounded, so that
 * all processors give the same bits.
 */
void kern_feed_f64(double *w, size_t w_step, const double *d, size_t d_step,
		   const double *u, size_t u_step, size_t rows, size_t depth,
		   size_t n);

#endif
