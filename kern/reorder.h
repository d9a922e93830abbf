/* SPDX-License-Identifier: Apache-2.0 */
/* kern/reorder.h -- from one order of elements to another (ops/layout.h). */
#ifndef KERN_REORDER_H
#define KERN_REORDER_H

#include <stddef.h>

/*
 * Where element (channel c, pixel p) of one image lies:
 *     BLOCK 0: c * CSTEP + p * PSTEP
 *     else     c / BLOCK * BLOCK * PIXELS + p * BLOCK + c % BLOCK
 */
struct order {
	size_t block, cstep, pstep;
};

/* One image of CHANNELS planes of PIXELS elements of SIZE (1 or 4) bytes;
 * channels that fill up a block of TO become zero. */
void kern_reorder(size_t size, size_t channels, size_t pixels,
		  const struct order *from, const void *x,
		  const struct order *to, void *y);

#endif
