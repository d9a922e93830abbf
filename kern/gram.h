/* SPDX-License-Identifier: Apache-2.0 */
/* kern/gram.h -- sums of products of columns.
 *
 *     h[i, j] += sum over s of x[s, i] * x[s, j],  s ascending
 *
 * Each sum has one accumulator and goes up in S.  Where the elements of X are
 * floats every product is exact in double, so that all variants and any
 * division of the work give the same bits.
 */
#ifndef KERN_GRAM_H
#define KERN_GRAM_H

#include <stddef.h>

enum { KERN_GRAM_TILE = 8 };

/*
 * X [SAMPLES, n], rows STRIDE elements apart; H [n, n] row-major.  Updates
 * rows FIRST .. LAST - 1 of H, columns 0 .. LAST - 1: the lower triangle when
 * the ranges cover 0 .. n, and some elements above it.  FIRST is a multiple
 * of KERN_GRAM_TILE, and so is LAST unless it is n.
 */
void kern_gram_f64(const double *x, size_t samples, size_t stride, size_t first,
		   size_t last, double *h, size_t n);

/* The same in plain C, for comparison. */
void kern_gram_f64_plain(const double *x, size_t samples, size_t stride,
			 size_t first, size_t last, double *h, size_t n);

#endif
