/* SPDX-License-Identifier: Apache-2.0 */
/* kern/plane.c -- windows over one plane whose columns are sorted by phase. */
#include <math.h>
#include <string.h>

#include "kern/conv.h"
#include "kern/vec.h"

enum plane_op { PLANE_DOT, PLANE_MAX, PLANE_SUM };

struct taps {
	const uint32_t *offset;
	const float *w;
	size_t count;
	float start; /* of the sum or maximum */
};

/* Vectors read this far beyond the last column; nothing uses it. */
enum { SLACK = 16 };

/* Columns of one phase, rows of the bordered plane. */
static size_t split_width(const struct window2 *g)
{
	return g->ow + (g->kw - 1) * g->dw / g->sw + SLACK;
}

static size_t split_height(const struct window2 *g)
{
	return (g->oh - 1) * g->sh + (g->kh - 1) * g->dh + 1;
}

size_t kern_plane_elements(const struct window2 *g)
{
	return g->sw * split_height(g) * split_width(g);
}

static void fill(float *p, float x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = x;
}

/* Columns PHASE, PHASE + sw, ... of one bordered row. */
static void split_row(const struct window2 *g, const float *row, size_t phase,
		      float border, float *out)
{
	ptrdiff_t at = (ptrdiff_t)phase - (ptrdiff_t)g->pw;
	size_t n = split_width(g) - SLACK, i = 0;

	for (; i < n && at < 0; i++, at += (ptrdiff_t)g->sw)
		out[i] = border;
	if (g->sw == 1 && i < n && (size_t)at < g->w) {
		size_t count = g->w - (size_t)at;

		count = count < n - i ? count : n - i;
		memcpy(out + i, row + at, count * sizeof(*out));
		i += count;
	}
	for (; g->sw != 1 && i < n && (size_t)at < g->w;
	     i++, at += (ptrdiff_t)g->sw)
		out[i] = row[at];
	fill(out + i, border, n - i);
}

void kern_plane_split_f32(const struct window2 *g, const float *x, float border,
			  float *split)
{
	size_t rows = split_height(g), width = split_width(g);

	for (size_t phase = 0; phase < g->sw; phase++)
		for (size_t r = 0; r < rows; r++, split += width) {
			ptrdiff_t y = (ptrdiff_t)r - (ptrdiff_t)g->ph;

			if (y < 0 || (size_t)y >= g->h)
				fill(split, border, width - SLACK);
			else
				split_row(g, x + (size_t)y * g->w, phase,
					  border, split);
		}
}

void kern_plane_taps(const struct window2 *g, uint32_t *offset)
{
	size_t width = split_width(g), plane = split_height(g) * width;

	for (size_t i = 0; i < g->kh; i++)
		for (size_t j = 0; j < g->kw; j++)
			*offset++ = (uint32_t)(j * g->dw % g->sw * plane +
					       i * g->dh * width +
					       j * g->dw / g->sw);
}

#include "kern/isa_base.h"
#include "kern/plane_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/plane_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/plane_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_plane_dot_f32(const struct window2 *g, const uint32_t *offset,
			const float *split, const float *w, float *y)
{
	DISPATCH(dot, g, offset, split, w, y);
}

void kern_plane_max_f32(const struct window2 *g, const uint32_t *offset,
			const float *split, float *y)
{
	DISPATCH(max, g, offset, split, y);
}

void kern_plane_sum_f32(const struct window2 *g, const uint32_t *offset,
			const float *split, float *y)
{
	DISPATCH(sum, g, offset, split, y);
}
