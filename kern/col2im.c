/* SPDX-License-Identifier: Apache-2.0 */
/* kern/col2im.c -- taps added to where they look: im2col the other way. */
#include "kern/col2im.h"

/* One row of positions by tap column J; X is the row that it looks at. */
static void add_row(const struct window2 *g, size_t j, const float *col,
		    float *x)
{
	ptrdiff_t at = (ptrdiff_t)(j * g->dw) - (ptrdiff_t)g->pw;
	size_t q = 0, end;

	if (at < 0)
		q = ((size_t)-at + g->sw - 1) / g->sw;
	at += (ptrdiff_t)(q * g->sw);
	if (q >= g->ow || (size_t)at >= g->w)
		return;
	end = q + (g->w - 1 - (size_t)at) / g->sw + 1;
	end = end < g->ow ? end : g->ow;
	x += at;
	if (g->sw == 1)
		for (; q < end; q++)
			*x++ += col[q];
	else
		for (; q < end; q++, x += g->sw)
			*x += col[q];
}

void kern_col2im_f32(const struct window2 *g, size_t first, size_t rows,
		     const float *col, float *x)
{
	for (size_t i = 0; i < g->kh; i++)
		for (size_t j = 0; j < g->kw; j++)
			for (size_t p = first; p < first + rows; p++) {
				ptrdiff_t y = (ptrdiff_t)(p * g->sh +
							  i * g->dh) -
					      (ptrdiff_t)g->ph;

				if (y >= 0 && (size_t)y < g->h)
					add_row(g, j, col,
						x + (size_t)y * g->w);
				col += g->ow;
			}
}
