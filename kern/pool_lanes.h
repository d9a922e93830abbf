/* SPDX-License-Identifier: Apache-2.0 */
/* kern/pool_lanes.h -- windows over pixels of several channels side by side. */
#ifndef KERN_POOL_LANES_H
#define KERN_POOL_LANES_H

#include <stdbool.h>
#include <stddef.h>

/* PIXELS outputs whose windows all have ROWS x COLS taps.  Distances in
 * floats: DOWN and RIGHT between taps, STEP between windows. */
struct pool_lanes {
	const float *x; /* the first tap of the first window */
	float *y;	/* pixels of LANES floats, one after another */
	size_t lanes, pixels, rows, cols, down, right, step;
};

/* The largest tap of each lane; NaN if there is one. */
void kern_pool_lanes_max(const struct pool_lanes *p);

/* SCALE times the sum of each lane's taps. */
void kern_pool_lanes_sum(const struct pool_lanes *p, float scale);

#endif
