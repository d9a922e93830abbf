/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qconv_u8.c -- QLinearConv as products of bytes.
 *
 *     y = requant(sum over taps of (x - x_zero) w + b)
 *       = requant(sum of x w + (b - x_zero * sum of w))
 *
 * Tasks are some pixels of one image and group, and some output channels:
 * columns are made, packed and multiplied while they are in the cache.
 */
#include "ops/qconv_u8.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "ops/op.h"

enum { COLUMN_BYTES = 128 << 10, LEAST_PIXELS = 64, LEAST_ROWS = 16 };

struct qconv {
	struct prepared base;
	struct conv2 g;
	struct qscales q;
	bool direct;
	size_t pixels, taps, width; /* width: bytes of a packed row */
	size_t pixel_step, row_step, pixel_tasks, row_tasks;
	size_t thread_bytes; /* of scratch */
	struct buf rows;     /* weights */
	int32_t *bias;	     /* per output channel */
	float *scale;
};

struct qconv_job {
	struct job job;
	const struct qconv *s;
	const uint8_t *x;
	uint8_t *y, *scratch;
};

static bool make(const struct call *c, struct conv2 *g, struct qscales *q)
{
	const struct tensor *x = call_in(c, 0), *w = call_in(c, 3);
	const struct tensor *b = call_in(c, 8);

	return w->data && (!b || b->data) &&
	       !node_int(c->node, "channels_last", 0) &&
	       conv2_make(g, c->node, &x->shape, &w->shape) &&
	       qscales_make(q, c, &qroles_conv, g->groups * g->m);
}

bool qconv_u8_accepts(const struct call *c)
{
	struct conv2 g;
	struct qscales q;

	return make(c, &g, &q) && g.c && g.w.oh && g.w.ow;
}

static void release(struct prepared *self)
{
	struct qconv *s = (struct qconv *)self;

	buf_free(&s->rows);
	free(s->bias);
	free(s->scale);
	free(s);
}

static size_t divide_up(size_t a, size_t b)
{
	return (a + b - 1) / b;
}

static void choose_steps(struct qconv *s)
{
	size_t wanted = divide_up((size_t)parallel_threads(),
				  s->g.images * s->g.groups);
	size_t step = COLUMN_BYTES / s->width;

	if (divide_up(s->pixels, step ? step : 1) < wanted)
		step = divide_up(s->pixels, wanted);
	step = divide_up(step, LEAST_PIXELS) * LEAST_PIXELS;
	if (step < LEAST_PIXELS)
		step = LEAST_PIXELS;
	if (step > 1024)
		step = 1024;
	s->pixel_step = step;
	s->pixel_tasks = divide_up(s->pixels, step);
	s->row_step = s->g.m;
	s->row_tasks = 1;
	if (s->pixel_tasks < wanted && s->g.m >= 2 * LEAST_ROWS) {
		s->row_step = divide_up(s->g.m,
					divide_up(wanted, s->pixel_tasks));
		s->row_tasks = divide_up(s->g.m, s->row_step);
	}
	/* Columns, panels, sums. */
	s->thread_bytes = (s->direct ? 0 : s->taps * step) + s->width * step +
			  4 * LEAST_ROWS * step * sizeof(int32_t);
	s->thread_bytes = divide_up(s->thread_bytes, BUF_ALIGN) * BUF_ALIGN;
}

/* Bias and multiplier of every output channel. */
static bool make_lines(struct qconv *s, const struct call *c)
{
	const struct tensor *b = call_in(c, 8);
	size_t channels = s->g.groups * s->g.m;

	s->bias = calloc(channels, sizeof(*s->bias));
	s->scale = calloc(channels, sizeof(*s->scale));
	if (!s->bias || !s->scale)
		die_oom();
	for (size_t i = 0; i < channels; i++) {
		const int8_t *w = (int8_t *)s->rows.data + i * s->width;
		int64_t sum = 0;

		for (size_t k = 0; k < s->taps; k++)
			sum += w[k];
		s->bias[i] = (int32_t)(uint32_t)((b ? tensor_int(b, i) : 0) -
						 s->q.xzero * sum);
		s->scale[i] = qscales_multiplier(&s->q, i);
	}
	return true;
}

bool qconv_u8_prepare(struct call *c, struct err *e)
{
	struct qconv *s = calloc(1, sizeof(*s));
	struct window2 *w;
	size_t channels;

	if (!s)
		die_oom();
	s->base.release = release;
	c->prepared = &s->base;
	make(c, &s->g, &s->q);
	w = &s->g.w;
	channels = s->g.groups * s->g.m;
	s->pixels = w->oh * w->ow;
	s->taps = s->g.c * w->kh * w->kw;
	s->width = u8s8_groups(s->taps) * 4;
	s->direct = w->kh == 1 && w->kw == 1 && w->sh == 1 && w->sw == 1 &&
		    w->oh == w->h && w->ow == w->w && !w->ph && !w->pw;
	if (!buf_array(&s->rows, channels, s->width, NULL, e))
		return false;
	s->base.bytes = sizeof(*s) + s->rows.bytes + 8 * channels;
	kern_u8s8_rows(call_in(c, 3)->data, channels, s->taps, s->q.wflip,
		       s->rows.data);
	choose_steps(s);
	return make_lines(s, c);
}

size_t qconv_u8_scratch(const struct call *c)
{
	const struct qconv *s = (const struct qconv *)c->prepared;

	return (size_t)parallel_threads() * s->thread_bytes;
}

/* ROWS output channels from CHANNEL on, COUNT pixels at Y. */
static void multiply(const struct qconv *s, size_t channel, size_t rows,
		     size_t count, const uint8_t *panels, int32_t *sum,
		     uint8_t *y)
{
	struct u8s8 g = {.groups = s->width / 4,
			 .npanels = u8s8_panels(count),
			 .ld = s->pixel_step,
			 .unsigned_panels = true};
	struct requant_u8 r = s->q.y;

	for (size_t i = 0; i < rows; i += g.m) {
		g.m = rows - i < 4 * LEAST_ROWS ? rows - i : 4 * LEAST_ROWS;
		kern_u8s8_sums(&g, s->rows.data + (channel + i) * s->width,
			       panels, sum);
		for (size_t k = 0; k < g.m; k++) {
			r.bias = s->bias[channel + i + k];
			r.scale = s->scale[channel + i + k];
			kern_requant_u8(&r, sum + k * g.ld,
					y + (i + k) * s->pixels, count);
		}
	}
}

static void task(const struct qconv_job *j, size_t i)
{
	const struct qconv *s = j->s;
	size_t row = i % s->row_tasks * s->row_step;
	size_t first = i / s->row_tasks % s->pixel_tasks * s->pixel_step;
	size_t plane = i / s->row_tasks / s->pixel_tasks; /* image, group */
	size_t rows = s->g.m - row < s->row_step ? s->g.m - row : s->row_step;
	size_t count = s->pixels - first < s->pixel_step ? s->pixels - first
							 : s->pixel_step;
	const uint8_t *x = j->x + plane * s->g.c * s->g.w.h * s->g.w.w;
	uint8_t *scratch = j->scratch +
			   (size_t)parallel_index() * s->thread_bytes;
	int32_t *sum = (int32_t *)scratch;
	uint8_t *panels = (uint8_t *)(sum + 4 * LEAST_ROWS * s->pixel_step);
	uint8_t *col = panels + s->width * s->pixel_step;

	if (s->direct) {
		kern_u8s8_pack(x + first, s->pixels, 1, s->taps, count,
			       s->q.xflip, panels);
	} else {
		kern_im2col_8(&s->g.w, s->g.c, x,
			      (uint8_t)(s->q.xzero ^ s->q.xflip), first, count,
			      col);
		kern_u8s8_pack(col, count, 1, s->taps, count, s->q.xflip,
			       panels);
	}
	multiply(s, plane % s->g.groups * s->g.m + row, rows, count, panels,
		 sum, j->y + (plane * s->g.m + row) * s->pixels + first);
}

static void run_tasks(struct job *self, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		task((const struct qconv_job *)self, i);
}

bool qconv_u8_run(const struct call *c, struct err *e)
{
	const struct qconv *s = (const struct qconv *)c->prepared;
	struct qconv_job j = {
		.job.run = run_tasks,
		.s = s,
		.x = call_in(c, 0)->data,
		.y = tensor_mut(call_out(c, 0)),
		.scratch = c->scratch,
	};

	(void)e;
	parallel_for(&j.job,
		     s->g.images * s->g.groups * s->pixel_tasks * s->row_tasks,
		     1);
	return true;
}
