/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product_u8.c -- matrix products of codes with constant weights.
 *
 * Weights are packed into panels of columns once; tasks are some rows of A,
 * or some panels where rows are few.
 */
#include "ops/product_u8.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "ops/op.h"
#include "ops/qconv_u8.h"

enum { ROW_STEP = 32, PANEL_STEP = 16 };

struct product_u8 {
	struct prepared base;
	struct qscales q;
	size_t m, n, k, width;
	size_t row_tasks, panel_tasks, thread_bytes;
	struct buf panels;
	int32_t *bias; /* per column, panels filled up */
	float *scale;
};

struct product_u8_job {
	struct job job;
	const struct product_u8 *s;
	const uint8_t *a;
	uint8_t *y, *scratch;
};

/* QGemm has its bias before the scale of the result. */
static bool is_gemm(const struct call *c)
{
	return !strcmp(c->node->type, "QGemm");
}

static bool turned(const struct call *c)
{
	return node_int(c->node, "transB", 0) != 0;
}

static size_t columns(const struct call *c)
{
	return (size_t)call_in(c, 3)->shape.dim[turned(c) ? 0 : 1];
}

static const struct tensor *bias_of(const struct call *c)
{
	return is_gemm(c) ? call_in(c, 6) : NULL;
}

bool product_u8_accepts(const struct call *c)
{
	const struct tensor *a = call_in(c, 0), *b = call_in(c, 3);
	const struct tensor *bias = bias_of(c);
	struct qscales q;

	if (b->shape.rank != 2 || !b->data || a->shape.rank < 2 ||
	    node_int(c->node, "transA", 0) ||
	    node_float(c->node, "alpha", 1) != 1 ||
	    !call_in(c, is_gemm(c) ? 7 : 6) || !call_in(c, is_gemm(c) ? 8 : 7))
		return false;
	if (bias && (!bias->data || tensor_count(bias) != columns(c)))
		return false;
	return qscales_make(&q, c, 0, 3, is_gemm(c) ? 7 : 6, columns(c));
}

static void release(struct prepared *self)
{
	struct product_u8 *s = (struct product_u8 *)self;

	buf_free(&s->panels);
	free(s->bias);
	free(s->scale);
	free(s);
}

/* Bias and multiplier of every column. */
static void make_lines(struct product_u8 *s, const struct call *c)
{
	const struct tensor *w = call_in(c, 3), *b = bias_of(c);
	size_t all = u8s8_panels(s->n) * U8S8_PANEL;
	size_t down = turned(c) ? 1 : s->n, right = turned(c) ? s->k : 1;

	s->bias = calloc(all, sizeof(*s->bias));
	s->scale = calloc(all, sizeof(*s->scale));
	if (!s->bias || !s->scale)
		die_oom();
	for (size_t j = 0; j < s->n; j++) {
		int64_t sum = 0;

		for (size_t i = 0; i < s->k; i++)
			sum += tensor_int(w, i * down + j * right) - s->q.wflip;
		s->bias[j] = (int32_t)(uint32_t)((b ? tensor_int(b, j) : 0) -
						 s->q.xzero * sum);
		s->scale[j] = qscales_multiplier(&s->q, j);
	}
}

static size_t divide_up(size_t a, size_t b)
{
	return (a + b - 1) / b;
}

bool product_u8_prepare(struct call *c, struct err *e)
{
	struct product_u8 *s = calloc(1, sizeof(*s));
	const struct tensor *a = call_in(c, 0);
	size_t panels;

	if (!s)
		die_oom();
	s->base.release = release;
	c->prepared = &s->base;
	s->n = columns(c);
	s->k = (size_t)a->shape.dim[a->shape.rank - 1];
	s->m = s->k ? tensor_count(a) / s->k : 0;
	s->width = u8s8_groups(s->k) * 4;
	qscales_make(&s->q, c, 0, 3, is_gemm(c) ? 7 : 6, s->n);
	panels = u8s8_panels(s->n);
	if (!buf_array(&s->panels, panels, u8s8_panel_bytes(s->k), NULL, e))
		return false;
	kern_u8s8_pack(call_in(c, 3)->data, turned(c) ? 1 : s->n,
		       turned(c) ? s->k : 1, s->k, s->n, s->q.wflip,
		       s->panels.data);
	make_lines(s, c);
	s->base.bytes = sizeof(*s) + s->panels.bytes + 8 * s->n;
	s->row_tasks = divide_up(s->m, ROW_STEP);
	s->panel_tasks = divide_up(panels, PANEL_STEP);
	s->thread_bytes = divide_up(ROW_STEP * (s->width +
						PANEL_STEP * U8S8_PANEL *
							sizeof(int32_t)),
				    BUF_ALIGN) *
			  BUF_ALIGN;
	return true;
}

size_t product_u8_scratch(const struct call *c)
{
	const struct product_u8 *s = (const struct product_u8 *)c->prepared;

	return (size_t)parallel_threads() * s->thread_bytes;
}

static void task(const struct product_u8_job *j, size_t i)
{
	const struct product_u8 *s = j->s;
	size_t row = i / s->panel_tasks * ROW_STEP;
	size_t panel = i % s->panel_tasks * PANEL_STEP;
	size_t left = u8s8_panels(s->n) - panel;
	size_t first = panel * U8S8_PANEL, count = PANEL_STEP * U8S8_PANEL;
	int32_t *sum = (int32_t *)(j->scratch +
				   (size_t)parallel_index() * s->thread_bytes);
	uint8_t *rows = (uint8_t *)(sum + ROW_STEP * PANEL_STEP * U8S8_PANEL);
	struct u8s8 g = {
		.m = s->m - row < ROW_STEP ? s->m - row : ROW_STEP,
		.groups = s->width / 4,
		.npanels = left < PANEL_STEP ? left : PANEL_STEP,
		.ld = PANEL_STEP * U8S8_PANEL,
	};

	if (s->n - first < count)
		count = s->n - first;
	kern_u8s8_rows(j->a + row * s->k, g.m, s->k, s->q.xflip, rows);
	kern_u8s8_sums(&g, rows,
		       s->panels.data + panel * u8s8_panel_bytes(s->k), sum);
	for (size_t r = 0; r < g.m; r++)
		kern_requant_row_u8(&s->q.y, s->scale + first, s->bias + first,
				    sum + r * g.ld,
				    j->y + (row + r) * s->n + first, count);
}

static void run_tasks(struct job *self, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		task((const struct product_u8_job *)self, i);
}

bool product_u8_run(const struct call *c, struct err *e)
{
	const struct product_u8 *s = (const struct product_u8 *)c->prepared;
	struct product_u8_job j = {
		.job.run = run_tasks,
		.s = s,
		.a = call_in(c, 0)->data,
		.y = tensor_mut(call_out(c, 0)),
		.scratch = c->scratch,
	};

	(void)e;
	parallel_for(&j.job, s->row_tasks * s->panel_tasks, 1);
	return true;
}
