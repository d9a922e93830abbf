/* SPDX-License-Identifier: Apache-2.0 */
/* kern/im2col.c -- what every tap of a window sees, as a matrix. */
#include <string.h>

#include "kern/conv.h"

#define T float
#define NAME(f) f##_32
#include "kern/im2col_tmpl.h"
#undef T
#undef NAME

#define T uint8_t
#define NAME(f) f##_8
#include "kern/im2col_tmpl.h"
#undef T
#undef NAME

void kern_im2col_32(const struct window2 *g, size_t channels, const float *x,
		    size_t first, size_t count, float *col)
{
	im2col_32(g, channels, x, 0, first, count, col);
}

void kern_im2col_8(const struct window2 *g, size_t channels, const uint8_t *x,
		   uint8_t zero, size_t first, size_t count, uint8_t *col)
{
	im2col_8(g, channels, x, zero, first, count, col);
}
