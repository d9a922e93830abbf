/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qconv_plane.c -- QLinearConv with as many groups as channels.
 *
 * Codes and weights are small integers, so that sums of up to 2^24 / (255 *
 * 128) products are exact in float: the planes of kern/conv.h compute them.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "kern/codes.h"
#include "ops/op.h"
#include "ops/qconv_u8.h"

enum { MOST_TAPS = 512 };

struct qplane {
	struct prepared base;
	struct conv2 g;
	struct qscales q;
	size_t elements, thread_bytes;
	uint32_t offset[MOST_TAPS];
	float *weight; /* per channel and tap */
	int32_t *bias;
	float *scale;
};

struct qplane_job {
	struct job job;
	const struct qplane *s;
	const uint8_t *x;
	uint8_t *y, *scratch;
};

static bool make(const struct call *c, struct conv2 *g, struct qscales *q)
{
	const struct tensor *w = call_in(c, 3);

	return conv2_make(g, c->node, &call_in(c, 0)->shape, &w->shape) &&
	       qscales_make(q, c, &qroles_conv, g->groups * g->m);
}

bool qconv_plane_accepts(const struct call *c)
{
	struct conv2 g;
	struct qscales q;

	return qconv_u8_accepts(c) && make(c, &g, &q) && g.groups > 1 &&
	       g.c == 1 && g.w.kh * g.w.kw <= MOST_TAPS &&
	       kern_plane_elements(&g.w) <= UINT32_MAX;
}

static void release(struct prepared *self)
{
	struct qplane *s = (struct qplane *)self;

	free(s->weight);
	free(s->bias);
	free(s->scale);
	free(s);
}

bool qconv_plane_prepare(struct call *c, struct err *e)
{
	struct qplane *s = calloc(1, sizeof(*s));
	const struct tensor *w = call_in(c, 3), *b = call_in(c, 8);
	size_t channels, taps, floats;

	(void)e;
	if (!s)
		die_oom();
	s->base.release = release;
	c->prepared = &s->base;
	make(c, &s->g, &s->q);
	channels = s->g.groups * s->g.m;
	taps = s->g.w.kh * s->g.w.kw;
	s->weight = calloc(channels * taps, sizeof(*s->weight));
	s->bias = calloc(channels, sizeof(*s->bias));
	s->scale = calloc(channels, sizeof(*s->scale));
	if (!s->weight || !s->bias || !s->scale)
		die_oom();
	for (size_t i = 0; i < channels * taps; i++)
		s->weight[i] = (float)(tensor_int(w, i) - s->q.wflip);
	for (size_t i = 0; i < channels; i++) {
		s->bias[i] = b ? (int32_t)tensor_int(b, i) : 0;
		s->scale[i] = qscales_multiplier(&s->q, i);
	}
	kern_plane_taps(&s->g.w, s->offset);
	s->elements = kern_plane_elements(&s->g.w);
	floats = s->elements + s->g.w.h * s->g.w.w + s->g.w.oh * s->g.w.ow;
	s->thread_bytes = (floats * sizeof(float) + BUF_ALIGN - 1) / BUF_ALIGN *
			  BUF_ALIGN;
	s->base.bytes = sizeof(*s) + channels * (taps + 2) * sizeof(float);
	return true;
}

size_t qconv_plane_scratch(const struct call *c)
{
	const struct qplane *s = (const struct qplane *)c->prepared;

	return (size_t)parallel_threads() * s->thread_bytes;
}

/* Input plane I and the output planes that it feeds. */
static void task(const struct qplane_job *j, size_t i)
{
	const struct qplane *s = j->s;
	const struct window2 *w = &s->g.w;
	size_t pixels = w->oh * w->ow, taps = w->kh * w->kw;
	const uint8_t *x = j->x + i * w->h * w->w;
	float *split = (float *)(j->scratch +
				 (size_t)parallel_index() * s->thread_bytes);
	float *plane = split + s->elements, *sum = plane + w->h * w->w;
	struct requant_u8 r = s->q.y;
	/* x - zero, not yet scaled */
	const struct codes_u8 differences = {1, s->q.xzero - s->q.xflip,
					     s->q.xflip};

	kern_codes_to_f32(&differences, x, plane, w->h * w->w);
	kern_plane_split_f32(w, plane, 0, split);
	for (size_t m = 0; m < s->g.m; m++) {
		size_t channel = i % s->g.groups * s->g.m + m;

		kern_plane_dot_f32(w, s->offset, split,
				   s->weight + channel * taps, sum);
		r.bias = s->bias[channel];
		r.scale = s->scale[channel];
		kern_requant_f32_u8(&r, sum, j->y + (i * s->g.m + m) * pixels,
				    pixels);
	}
}

static void run_tasks(struct job *self, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		task((const struct qplane_job *)self, i);
}

bool qconv_plane_run(const struct call *c, struct err *e)
{
	const struct qplane *s = (const struct qplane *)c->prepared;
	struct qplane_job j = {
		.job.run = run_tasks,
		.s = s,
		.x = call_in(c, 0)->data,
		.y = tensor_mut(call_out(c, 0)),
		.scratch = c->scratch,
	};

	(void)e;
	parallel_for(&j.job, s->g.images * s->g.groups, 1);
	return true;
}
