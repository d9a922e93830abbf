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

enum { ROW_STEP = 32, PANEL_STEP = 16 };

struct product_u8 {
	struct prepared base;
	struct product_lines l; /* columns fill panels up */
	size_t width, row_tasks, panel_tasks, thread_bytes;
	struct buf panels;
};

struct product_u8_job {
	struct job job;
	const struct product_u8 *s;
	const uint8_t *a;
	char *y;
	uint8_t *scratch;
};

static void release(struct prepared *self)
{
	struct product_u8 *s = (struct product_u8 *)self;

	buf_free(&s->panels);
	product_lines_release(&s->l);
	free(s);
}

static size_t divide_up(size_t a, size_t b)
{
	return (a + b - 1) / b;
}

bool product_u8_prepare(struct call *c, struct err *e)
{
	struct product_u8 *s = calloc(1, sizeof(*s));
	struct product_lines *l;
	size_t panels;

	if (!s)
		die_oom();
	s->base.release = release;
	c->prepared = &s->base;
	l = &s->l;
	product_lines_make(l, c, true);
	s->width = u8s8_groups(l->k) * 4;
	panels = u8s8_panels(l->n);
	if (!buf_array(&s->panels, panels, u8s8_panel_bytes(l->k), NULL, e))
		return false;
	kern_u8s8_pack(l->w, l->turned ? 1 : l->n, l->turned ? l->k : 1, l->k,
		       l->n, l->q.wflip, s->panels.data);
	s->base.bytes = sizeof(*s) + s->panels.bytes + 12 * l->n;
	s->row_tasks = divide_up(l->m, ROW_STEP);
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

/* COUNT results of row ROW from column FIRST on. */
static void finish(const struct product_u8_job *j, size_t row, size_t first,
		   const int32_t *sum, size_t count)
{
	const struct product_lines *l = &j->s->l;
	size_t at = row * l->n + first;

	if (l->q.ys)
		kern_requant_row_u8(&l->q.y, l->scale + first, l->bias + first,
				    sum, (uint8_t *)j->y + at, count);
	else
		kern_scale_row_f32(l->scale + first, l->bias + first,
				   l->shift + first, sum, (float *)j->y + at,
				   count);
}

static void task(const struct product_u8_job *j, size_t i)
{
	const struct product_u8 *s = j->s;
	const struct product_lines *l = &s->l;
	size_t row = i / s->panel_tasks * ROW_STEP;
	size_t panel = i % s->panel_tasks * PANEL_STEP;
	size_t left = u8s8_panels(l->n) - panel;
	size_t first = panel * U8S8_PANEL, count = PANEL_STEP * U8S8_PANEL;
	int32_t *sum = (int32_t *)(j->scratch +
				   (size_t)parallel_index() * s->thread_bytes);
	uint8_t *rows = (uint8_t *)(sum + ROW_STEP * PANEL_STEP * U8S8_PANEL);
	struct u8s8 g = {
		.m = l->m - row < ROW_STEP ? l->m - row : ROW_STEP,
		.groups = s->width / 4,
		.npanels = left < PANEL_STEP ? left : PANEL_STEP,
		.ld = PANEL_STEP * U8S8_PANEL,
	};

	if (l->n - first < count)
		count = l->n - first;
	kern_u8s8_rows(j->a + row * l->k, g.m, l->k, l->q.xflip, rows);
	kern_u8s8_sums(&g, rows,
		       s->panels.data + panel * u8s8_panel_bytes(l->k), sum);
	for (size_t r = 0; r < g.m; r++)
		finish(j, row + r, first, sum + r * g.ld, count);
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
