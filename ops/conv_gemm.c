/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_gemm.c -- convolution as products of matrices.
 *
 *     Y[m, pixels] = W[m, taps] * COL[taps, pixels]
 *
 * in tasks of some output channels and some pixels, small enough that the
 * columns stay in the cache of the core that made them; bias, residual and
 * activation follow while the result is there too.  The columns of a 1x1
 * convolution are the input itself.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "kern/gemm.h"
#include "ops/act_of.h"
#include "ops/conv_f32.h"
#include "ops/op.h"

/* Bytes of columns that one task makes: most of a second-level cache. */
enum { COLUMN_BYTES = 768 << 10, LEAST_PIXELS = 32, LEAST_ROWS = 16 };

struct conv_gemm {
	struct prepared base;
	struct conv2 g;
	struct act act;
	bool direct; /* no columns needed */
	size_t pixels, taps;
	size_t pixel_step, row_step; /* of one task */
	size_t pixel_tasks, row_tasks;
};

struct conv_gemm_job {
	struct job job;
	const struct conv_gemm *s;
	const float *x, *w, *bias, *add;
	float *y, *scratch;
};

static bool is_f32(const struct call *c, uint32_t i)
{
	return i >= c->nin || !c->in[i] || c->in[i]->type.dtype == DTYPE_F32;
}

static bool accepts(const struct call *c, struct conv2 *g)
{
	struct act act;

	for (uint32_t i = 0; i < 4; i++)
		if (!is_f32(c, i))
			return false;
	return act_of_fused(&act, c->node) &&
	       conv2_make(g, c->node, &call_in(c, 0)->shape,
			  &call_in(c, 1)->shape);
}

bool conv_gemm_accepts(const struct call *c)
{
	struct conv2 g;

	return accepts(c, &g);
}

static size_t divide_up(size_t a, size_t b)
{
	return (a + b - 1) / b;
}

/* As large as the cache allows, as many as there are threads. */
static void choose_steps(struct conv_gemm *s)
{
	size_t threads = (size_t)parallel_threads();
	size_t whole = s->g.images * s->g.groups, step, wanted;

	step = s->direct ? 4096 : COLUMN_BYTES / sizeof(float) / s->taps;
	if (step < LEAST_PIXELS)
		step = LEAST_PIXELS;
	s->row_step = s->g.m;
	s->row_tasks = 1;
	wanted = divide_up(threads, whole);
	if (divide_up(s->pixels, step) < wanted)
		step = divide_up(s->pixels, wanted);
	step = divide_up(step, 16) * 16;
	if (step < LEAST_PIXELS)
		step = LEAST_PIXELS;
	if (step > s->pixels)
		step = s->pixels;
	s->pixel_step = step;
	s->pixel_tasks = divide_up(s->pixels, step);
	if (s->pixel_tasks >= wanted || s->g.m < 2 * LEAST_ROWS)
		return;
	s->row_step = divide_up(s->g.m, divide_up(wanted, s->pixel_tasks));
	if (s->row_step < LEAST_ROWS)
		s->row_step = LEAST_ROWS;
	s->row_tasks = divide_up(s->g.m, s->row_step);
}

static void release(struct prepared *self)
{
	free(self);
}

bool conv_gemm_prepare(struct call *c, struct err *e)
{
	struct conv_gemm *s = calloc(1, sizeof(*s));
	struct window2 *w;

	(void)e;
	if (!s)
		die_oom();
	s->base.release = release;
	s->base.bytes = sizeof(*s);
	conv2_make(&s->g, c->node, &call_in(c, 0)->shape,
		   &call_in(c, 1)->shape);
	act_of_fused(&s->act, c->node);
	w = &s->g.w;
	s->pixels = w->oh * w->ow;
	s->taps = s->g.c * w->kh * w->kw;
	s->direct = w->kh == 1 && w->kw == 1 && w->sh == 1 && w->sw == 1 &&
		    w->oh == w->h && w->ow == w->w && !w->ph && !w->pw;
	if (s->pixels && s->taps)
		choose_steps(s);
	c->prepared = &s->base;
	return true;
}

size_t conv_gemm_scratch(const struct call *c)
{
	const struct conv_gemm *s = (const struct conv_gemm *)c->prepared;

	if (s->direct)
		return 0;
	return (size_t)parallel_threads() * s->taps * s->pixel_step *
	       sizeof(float);
}

/* Bias, residual and activation of ROWS rows of COUNT pixels. */
static void finish(const struct conv_gemm_job *j, size_t channel, size_t at,
		   size_t rows, size_t count)
{
	const struct conv_gemm *s = j->s;

	if (s->act.kind == ACT_NONE && !j->bias && !j->add)
		return;
	for (size_t r = 0; r < rows; r++, at += s->pixels)
		kern_epilogue_f32(&s->act, j->bias ? j->bias[channel + r] : 0,
				  j->add ? j->add + at : NULL, j->y + at,
				  count);
}

static void task(const struct conv_gemm_job *j, size_t i)
{
	const struct conv_gemm *s = j->s;
	size_t row = i % s->row_tasks * s->row_step;
	size_t first = i / s->row_tasks % s->pixel_tasks * s->pixel_step;
	size_t plane = i / s->row_tasks / s->pixel_tasks; /* image, group */
	size_t group = plane % s->g.groups, channel = group * s->g.m + row;
	size_t rows = s->g.m - row < s->row_step ? s->g.m - row : s->row_step;
	size_t count = s->pixels - first < s->pixel_step ? s->pixels - first
							 : s->pixel_step;
	const float *x = j->x + plane * s->g.c * s->g.w.h * s->g.w.w;
	size_t at = (plane * s->g.m + row) * s->pixels + first;
	struct gemm g = {.m = rows,
			 .n = count,
			 .k = s->taps,
			 .lda = s->taps,
			 .ldb = s->pixels,
			 .ldy = s->pixels,
			 .alpha = 1};
	const float *col = x + first;

	if (!s->direct) {
		float *made = j->scratch + (size_t)parallel_index() * s->taps *
						   s->pixel_step;

		kern_im2col_32(&s->g.w, s->g.c, x, first, count, made);
		col = made;
		g.ldb = count;
	}
	kern_gemm_f32(&g, j->w + channel * s->taps, col, j->y + at);
	finish(j, channel, at, rows, count);
}

static void run_tasks(struct job *self, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		task((const struct conv_gemm_job *)self, i);
}

bool conv_gemm_run(const struct call *c, struct err *e)
{
	const struct conv_gemm *s = (const struct conv_gemm *)c->prepared;
	struct conv_gemm_job j = {
		.job.run = run_tasks,
		.s = s,
		.x = call_f32(c, 0),
		.w = call_f32(c, 1),
		.bias = call_f32(c, 2),
		.add = call_f32(c, 3),
		.y = tensor_f32_mut(call_out(c, 0)),
		.scratch = c->scratch,
	};

	(void)e;
	parallel_for(&j.job,
		     s->g.images * s->g.groups * s->pixel_tasks * s->row_tasks,
		     1);
	return true;
}
