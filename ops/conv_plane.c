/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_plane.c -- convolution with as many groups as channels.
 *
 * Each output plane depends on one input plane: no matrix product, but sums
 * over taps (kern/plane.c), followed by bias, residual and activation.
 */
#include <stdlib.h>

#include "base/parallel.h"
#include "ops/act_of.h"
#include "ops/conv_f32.h"
#include "ops/op.h"

struct conv_plane {
	struct prepared base;
	struct conv2 g;
	struct act act;
	size_t elements;   /* of a split plane */
	uint32_t offset[]; /* of each tap */
};

struct conv_plane_job {
	struct job job;
	const struct conv_plane *s;
	const float *x, *w, *bias, *add;
	float *y, *scratch;
};

bool conv_plane_accepts(const struct call *c)
{
	struct conv2 g;

	return conv_gemm_accepts(c) &&
	       conv2_make(&g, c->node, &call_in(c, 0)->shape,
			  &call_in(c, 1)->shape) &&
	       g.groups > 1 && g.c == 1 && g.w.oh && g.w.ow &&
	       kern_plane_elements(&g.w) <= UINT32_MAX;
}

static void release(struct prepared *self)
{
	free(self);
}

bool conv_plane_prepare(struct call *c, struct err *e)
{
	struct conv_plane *s;
	struct conv2 g;
	size_t bytes;

	(void)e;
	conv2_make(&g, c->node, &call_in(c, 0)->shape, &call_in(c, 1)->shape);
	bytes = sizeof(*s) + g.w.kh * g.w.kw * sizeof(*s->offset);
	s = calloc(1, bytes);
	if (!s)
		die_oom();
	s->base.release = release;
	s->base.bytes = bytes;
	s->g = g;
	s->elements = kern_plane_elements(&g.w);
	act_of_fused(&s->act, c->node);
	kern_plane_taps(&g.w, s->offset);
	c->prepared = &s->base;
	return true;
}

size_t conv_plane_scratch(const struct call *c)
{
	const struct conv_plane *s = (const struct conv_plane *)c->prepared;

	return (size_t)parallel_threads() * s->elements * sizeof(float);
}

/* Input plane I and the output planes that it feeds. */
static void task(const struct conv_plane_job *j, size_t i)
{
	const struct conv_plane *s = j->s;
	const struct window2 *w = &s->g.w;
	size_t pixels = w->oh * w->ow, taps = w->kh * w->kw;
	float *split = j->scratch + (size_t)parallel_index() * s->elements;

	kern_plane_split_f32(w, j->x + i * w->h * w->w, 0, split);
	for (size_t m = 0; m < s->g.m; m++) {
		size_t channel = i % s->g.groups * s->g.m + m;
		size_t at = (i * s->g.m + m) * pixels;

		kern_plane_dot_f32(w, s->offset, split, j->w + channel * taps,
				   j->y + at);
		if (s->act.kind != ACT_NONE || j->bias || j->add)
			kern_epilogue_f32(
				&s->act, j->bias ? j->bias[channel] : 0,
				j->add ? j->add + at : NULL, j->y + at, pixels);
	}
}

static void run_tasks(struct job *self, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		task((const struct conv_plane_job *)self, i);
}

bool conv_plane_run(const struct call *c, struct err *e)
{
	const struct conv_plane *s = (const struct conv_plane *)c->prepared;
	struct conv_plane_job j = {
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
	parallel_for(&j.job, s->g.images * s->g.groups, 1);
	return true;
}
