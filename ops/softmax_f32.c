/* SPDX-License-Identifier: Apache-2.0 */
/* ops/softmax_f32.c -- Softmax and LogSoftmax of floats along the innermost
 * axes. */
#include <string.h>

#include "base/parallel.h"
#include "kern/soft.h"
#include "ops/op.h"
#include "ops/pool_f32.h"

struct softmax_f32 {
	struct job job;
	const float *x;
	float *y;
	size_t extent; /* elements that share a sum */
	bool log;
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
	return strcmp(c->node->type, "Hardmax") && !*c->node->domain &&
	       call_in(c, 0)->dtype == DTYPE_F32 && line_of(c) > 0;
}

static void run_lines(struct job *self, size_t begin, size_t end)
{
	const struct softmax_f32 *s = (const struct softmax_f32 *)self;
	const float *x = s->x + begin * s->extent;
	float *y = s->y + begin * s->extent;

	if (s->log)
		kern_log_softmax_f32(x, y, end - begin, s->extent);
	else
		kern_softmax_f32(x, y, end - begin, s->extent);
}

bool softmax_f32_run(const struct call *c, struct err *e)
{
	struct softmax_f32 s = {
		.job.run = run_lines,
		.x = tensor_f32(call_in(c, 0)),
		.y = tensor_f32_mut(call_out(c, 0)),
		.extent = line_of(c),
		.log = !strcmp(c->node->type, "LogSoftmax"),
	};
	size_t count = tensor_count(call_in(c, 0));

	(void)e;
	parallel_for(&s.job, count / s.extent, 1 + 4096 / s.extent);
	return true;
}
