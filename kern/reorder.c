/* SPDX-License-Identifier: Apache-2.0 */
/* kern/reorder.c -- from one order of elements to another. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kern/reorder.h"
#include "kern/turn.h"

/* Some channels of a tensor: bytes to the first one, and bytes from channel to
 * channel and from pixel to pixel. */
struct lanes {
	size_t at, cstep, pstep;
};

static struct lanes lanes_from(const struct order *o, size_t size,
			       size_t pixels, size_t c)
{
	size_t block = o->block;

	if (!block)
		return (struct lanes){c * o->cstep * size, o->cstep * size,
				      o->pstep * size};
	return (struct lanes){(c / block * block * pixels + c % block) * size,
			      size, block * size};
}

static size_t fill_up(size_t channels, size_t block)
{
	return block ? (channels + block - 1) / block * block : channels;
}

/* Channels that neither order tears apart, of FILLED. */
static size_t together(const struct order *from, const struct order *to,
		       size_t filled)
{
	size_t a = from->block ? from->block : filled;
	size_t b = to->block ? to->block : filled;

	return a < b ? a : b;
}

/* ---- movements ---------------------------------------------------------- */

/* BYTES is a constant in most calls. */
static inline void copy_pixels(const char *x, size_t in, char *y, size_t out,
			       size_t bytes, size_t pixels)
{
	for (size_t i = 0; i < pixels; i++)
		memcpy(y + i * out, x + i * in, bytes);
}

/* The channels of a pixel lie side by side in both. */
static void copy(const char *x, size_t in, char *y, size_t out, size_t bytes,
		 size_t pixels)
{
	switch (bytes) {
	case 64:
		copy_pixels(x, in, y, out, 64, pixels);
		break;
	case 32:
		copy_pixels(x, in, y, out, 32, pixels);
		break;
	case 16:
		copy_pixels(x, in, y, out, 16, pixels);
		break;
	default:
		copy_pixels(x, in, y, out, bytes, pixels);
	}
}

static void one_by_one(size_t size, size_t channels, size_t pixels,
		       const struct lanes *from, const char *x,
		       const struct lanes *to, char *y)
{
	for (size_t c = 0; c < channels; c++)
		for (size_t i = 0; i < pixels; i++)
			memcpy(y + c * to->cstep + i * to->pstep,
			       x + c * from->cstep + i * from->pstep, size);
}

static void move(size_t size, size_t channels, size_t pixels,
		 const struct lanes *from, const char *x,
		 const struct lanes *to, char *y)
{
	void (*turn)(const char *, ptrdiff_t, char *, ptrdiff_t, size_t,
		     size_t) = size == 1 ? kern_turn_8 : kern_turn_32;

	if (from->cstep == size && to->cstep == size)
		copy(x, from->pstep, y, to->pstep, channels * size, pixels);
	else if (from->pstep == size && to->cstep == size)
		turn(x, (ptrdiff_t)from->cstep, y, (ptrdiff_t)to->pstep, pixels,
		     channels);
	else if (from->cstep == size && to->pstep == size)
		turn(x, (ptrdiff_t)from->pstep, y, (ptrdiff_t)to->cstep,
		     channels, pixels);
	else
		one_by_one(size, channels, pixels, from, x, to, y);
}

void kern_reorder(size_t size, size_t channels, size_t pixels,
		  const struct order *from, const void *x,
		  const struct order *to, void *y)
{
	size_t filled = fill_up(channels, to->block);
	size_t step = together(from, to, filled);

	for (size_t c = 0; c < filled; c += step) {
		struct lanes in = lanes_from(from, size, pixels, c);
		struct lanes out = lanes_from(to, size, pixels, c);
		size_t n = c < channels ? channels - c : 0;
		char *q = (char *)y + out.at;

		if (n < step)
			for (size_t i = 0; to->block && i < pixels; i++)
				memset(q + i * out.pstep + n * size, 0,
				       (step - n) * size);
		else
			n = step;
		if (n)
			move(size, n, pixels, &in, (const char *)x + in.at,
			     &out, q);
	}
}
