/* SPDX-License-Identifier: Apache-2.0 */
/* ops/softmax_f32.c -- Softmax of floats along the innermost axes. */
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "kern/act.h"
#include "kern/binary.h"
#include "ops/op.h"
#include "ops/pool_f32.h"

struct softmax_f32 {
	struct job job;
	const float *x;
	float *y;
	size_t extent; /* elements that share a sum */
};

/* Elements of one line; 0 if the axis is not the innermost one. */
static size_t line_of(const struct call *c)
{
	const struct shape *s = &call_in(c, 0)->shape;
	int64_t axis = attr_int(c->node, "axis");
	size_t extent = 1;

	axis += axis < 0 ? s->rank : 0;
	if (axis < 0 || axis >= s->rank)
		return 0;
	/* Before opset 13 all axes from this one on are one. */
	if (c->node->op->since >= 13 && axis != s->rank - 1)
		return 0;
	for (int32_t i = (int32_t)axis; i < s->rank; i++)
		extent *= (size_t)s->dim[i];
	return extent;
}

bool softmax_f32_accepts(const struct call *c)
{
	return !strcmp(c->node->type, "Softmax") && !*c->node->domain &&
	       call_in(c, 0)->dtype == DTYPE_F32 && line_of(c) > 0;
}

/* Y[i] = X[i] op B. */
static void with_scalar(enum binary_kind op, const float *x, float b, float *y,
			size_t n)
{
	struct binary_rows r = {
		.a = x, .b = &b, .y = y, .astep = 1, .n = n, .rows = 1};

	kern_binary_f32(op, &r);
}

static void run_lines(struct job *self, size_t begin, size_t end)
{
	const struct softmax_f32 *s = (const struct softmax_f32 *)self;
	const struct act exponential = {ACT_EXP, 0, 0};

	for (size_t i = begin; i < end; i++) {
		const float *x = s->x + i * s->extent;
		float *y = s->y + i * s->extent;
		float most = x[0], factor;
		double sum = 0;

		for (size_t k = 1; k < s->extent; k++)
			most = x[k] > most ? x[k] : most;
		with_scalar(BINARY_SUB, x, most, y, s->extent);
		kern_act_f32(&exponential, y, y, s->extent);
		for (size_t k = 0; k < s->extent; k++)
			sum += y[k];
		factor = (float)(1 / sum);
		with_scalar(BINARY_MUL, y, factor, y, s->extent);
	}
}

bool softmax_f32_run(const struct call *c, struct err *e)
{
	struct softmax_f32 s = {
		.job.run = run_lines,
		.x = tensor_f32(call_in(c, 0)),
		.y = tensor_f32_mut(call_out(c, 0)),
		.extent = line_of(c),
	};
	size_t count = tensor_count(call_in(c, 0));

	(void)e;
	parallel_for(&s.job, count / s.extent, 1 + 4096 / s.extent);
	return true;
}
