/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_transpose_f32.c -- fast kernel for ConvTranspose.
 *
 *     COL [M taps, positions] = W [C, M taps] turned, times X [C, positions]
 *
 * for a tile of whole rows of the input; then each tap of each of the M planes
 * is added to where it belongs.
 */
#include "ops/conv_transpose.h"

#include "base/parallel.h"
#include "kern/col2im.h"
#include "kern/gemm.h"
#include "ops/axes.h"
#include "ops/op.h"

enum { TILE = 1 << 18 }; /* floats of COL */

struct planes {
	struct job job;
	struct window2 g;
	size_t first, rows; /* of the tile */
	const float *col;
	float *y;
};

bool conv_transpose_f32_accepts(const struct call *c)
{
	const struct tensor *x = call_in(c, 0), *w = call_in(c, 1);

	return x->dtype == DTYPE_F32 && w->dtype == DTYPE_F32 &&
	       (x->shape.rank == 3 || x->shape.rank == 4) &&
	       shape_is_known(&x->shape) && shape_is_known(&w->shape);
}

/* Floats of COL for one row of the input: all taps of one group. */
static size_t row_floats(const struct call *c)
{
	const struct shape *x = &call_in(c, 0)->shape;
	const struct shape *w = &call_in(c, 1)->shape;

	return shape_span(w, 1, w->rank) * (size_t)x->dim[x->rank - 1];
}

/* Rows of the input at a time. */
static size_t tile_rows(const struct call *c)
{
	const struct shape *x = &call_in(c, 0)->shape;
	size_t rows = x->rank == 3 ? 1 : (size_t)x->dim[2];
	size_t most = TILE / (row_floats(c) + 1) + 1;

	return rows < most ? rows : most;
}

size_t conv_transpose_f32_scratch(const struct call *c)
{
	return tile_rows(c) * row_floats(c) * sizeof(float);
}

/* Positions are the input's, the plane is the result's; a signal is a plane
 * of one row. */
static struct window2 window2_of(const struct window *w)
{
	int32_t last = w->rank - 1;
	struct window2 g = {.h = 1, .oh = 1, .kh = 1, .sh = 1, .dh = 1};

	if (last) {
		g.h = (size_t)w->out[0];
		g.oh = (size_t)w->in[0];
		g.kh = (size_t)w->kernel[0];
		g.sh = (size_t)w->stride[0];
		g.dh = (size_t)w->dilation[0];
		g.ph = (size_t)w->before[0];
	}
	g.w = (size_t)w->out[last];
	g.ow = (size_t)w->in[last];
	g.kw = (size_t)w->kernel[last];
	g.sw = (size_t)w->stride[last];
	g.dw = (size_t)w->dilation[last];
	g.pw = (size_t)w->before[last];
	return g;
}

static void add_planes(struct job *self, size_t begin, size_t end)
{
	const struct planes *s = (const struct planes *)self;
	size_t taps = s->g.kh * s->g.kw * s->rows * s->g.ow;

	for (size_t m = begin; m < end; m++)
		kern_col2im_f32(&s->g, s->first, s->rows, s->col + m * taps,
				s->y + m * s->g.h * s->g.w);
}

/* The planes of one group of one image. */
static void run_group(const struct call *c, struct planes *s, const float *x,
		      const float *w)
{
	size_t groups = (size_t)attr_int(c->node, "group");
	size_t tile = tile_rows(c), m = (size_t)call_in(c, 1)->shape.dim[1];
	struct gemm g = {
		.m = m * s->g.kh * s->g.kw,
		.k = (size_t)call_in(c, 1)->shape.dim[0] / groups,
		.ta = true,
		.lda = m * s->g.kh * s->g.kw,
		.ldb = s->g.oh * s->g.ow,
		.alpha = 1,
	};

	for (s->first = 0; s->first < s->g.oh; s->first += s->rows) {
		size_t left = s->g.oh - s->first;

		s->rows = left < tile ? left : tile;
		g.n = g.ldy = s->rows * s->g.ow;
		kern_gemm_f32(&g, w, x + s->first * s->g.ow, c->scratch);
		parallel_for(&s->job, m, 1 + 16384 / (g.m / m * g.n + 1));
	}
}

static void spread_bias(const float *bias, size_t channels, size_t plane,
			size_t planes, float *y)
{
	for (size_t i = 0; i < planes; i++)
		for (size_t k = 0; k < plane; k++)
			*y++ = bias ? bias[i % channels] : 0;
}

bool conv_transpose_f32_run(const struct call *c, struct err *e)
{
	size_t groups = (size_t)attr_int(c->node, "group"), channels, plane;
	const struct shape *x = &call_in(c, 0)->shape;
	const struct shape *w = &call_in(c, 1)->shape;
	struct planes s = {.job.run = add_planes, .col = c->scratch};
	float *y = tensor_f32_mut(call_out(c, 0));
	size_t in, m = (size_t)w->dim[1], k = (size_t)w->dim[0] / groups;
	struct window window;

	if (!conv_transpose_place(c, &window, e))
		return false;
	s.g = window2_of(&window);
	in = s.g.oh * s.g.ow;
	plane = s.g.h * s.g.w;
	channels = m * groups;
	spread_bias(call_f32(c, conv_transpose_bias(c->node)), channels, plane,
		    (size_t)x->dim[0] * channels, y);
	if (!in || !k || !m || !plane)
		return true;
	for (size_t i = 0; i < (size_t)x->dim[0] * groups; i++) {
		s.y = y + i * m * plane;
		run_group(c, &s, call_f32(c, 0) + i * k * in,
			  call_f32(c, 1) +
				  i % groups * k * shape_span(w, 1, w->rank));
	}
	return true;
}
