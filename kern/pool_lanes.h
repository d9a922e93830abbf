/* SPDX-License-Identifier: Apache-2.0 */
/* kern/pool_lanes.h -- windows over pixels of several channels side by side. */
#ifndef KERN_POOL_LANES_H
#define KERN_POOL_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "kern/codes.h"

/* PIXELS outputs whose windows all have ROWS x COLS taps.  Distances in
 * elements: DOWN and RIGHT between taps, STEP between windows. */
struct pool_lanes {
	const void *x; /* the first tap of the first window */
	void *y;       /* pixels of LANES elements, one after another */
	size_t lanes, pixels, rows, cols, down, right, step;
};

/* The largest float of each lane; NaN if there is one. */
void kern_pool_lanes_max(const struct pool_lanes *p);

/* SCALE times the sum of each lane's floats. */
void kern_pool_lanes_sum(const struct pool_lanes *p, float scale);

/* The largest code of each lane, and the sum of the reals that X's codes stand
 * for, divided by TAPS, as a code of Y. */
void kern_pool_codes_max(const struct pool_lanes *p, uint8_t flip);
void kern_pool_codes_mean(const struct pool_lanes *p, const struct codes_u8 *cx,
			  const struct codes_u8 *cy, size_t taps);

#endif
