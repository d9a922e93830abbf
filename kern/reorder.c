/* SPDX-License-Identifier: Apache-2.0 */
/* kern/reorder.c -- from one order of elements to another. */
#include <stdbool.h>
#include <stdint.h>

#include "kern/reorder.h"
#include "kern/turn.h"

/* Pixel 0 of channel C. */
static size_t place(const struct order *o, size_t pixels, size_t c)
{
	if (!o->block)
		return c * o->cstep;
	return c / o->block * o->block * pixels + c % o->block;
}

static size_t fill_up(size_t channels, size_t block)
{
	return block ? (channels + block - 1) / block * block : channels;
}

#define T uint8_t
#define NAME(f) f##_8
#include "kern/reorder_tmpl.h"
#undef T
#undef NAME

#define T uint32_t
#define NAME(f) f##_32
#include "kern/reorder_tmpl.h"
#undef T
#undef NAME

/* Bytes of three planes side by side: images. */
static void interleave_3(size_t pixels, const uint8_t *x, size_t step,
			 uint8_t *y)
{
	const uint8_t *a = x, *b = x + step, *c = x + 2 * step;

	for (size_t i = 0; i < pixels; i++, y += 3) {
		y[0] = a[i];
		y[1] = b[i];
		y[2] = c[i];
	}
}

/* Rows of elements that lie side by side turn into columns. */
static bool turn(size_t size, size_t channels, size_t pixels,
		 const struct order *from, const void *x,
		 const struct order *to, void *y)
{
	bool opens = from->pstep == 1 && to->cstep == 1; /* rows to pixels */
	size_t in = size * (opens ? from->cstep : from->pstep);
	size_t out = size * (opens ? to->pstep : to->cstep);
	size_t rows = opens ? pixels : channels;
	size_t cols = opens ? channels : pixels;

	if (from->block || to->block ||
	    (!opens && (from->cstep != 1 || to->pstep != 1)))
		return false;
	if (size == 1 && opens && channels == 3 && to->pstep == 3) {
		interleave_3(pixels, x, from->cstep, y);
		return true;
	}
	(size == 1 ? kern_turn_8 : kern_turn_32)(x, (ptrdiff_t)in, y,
						 (ptrdiff_t)out, rows, cols);
	return true;
}

void kern_reorder(size_t size, size_t channels, size_t pixels,
		  const struct order *from, const void *x,
		  const struct order *to, void *y)
{
	if (turn(size, channels, pixels, from, x, to, y))
		return;
	if (size == 1)
		reorder_8(channels, pixels, from, x, to, y);
	else
		reorder_32(channels, pixels, from, x, to, y);
}
