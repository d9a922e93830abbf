/* SPDX-License-Identifier: Apache-2.0 */
/* kern/grid.h -- what rounding to equally spaced levels costs. */
#ifndef KERN_GRID_H
#define KERN_GRID_H

#include <stddef.h>

/*
 *     sum of importance[i] (w[i] - q[i])^2,
 *     q = scale * clamp(round(w / scale), -top, top), ties to even
 *
 * where w / scale is w times the rounded 1 / scale.  IMPORTANCE NULL: all 1.
 * TOP is below 2^50.  Element I is added to sum I mod 8, and these in pairs,
 * so that all processors give the same bits.
 */
double kern_grid_error_f64(const double *w, const double *importance, size_t n,
			   double scale, double top);

#endif
