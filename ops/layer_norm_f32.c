/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layer_norm_f32.c -- LayerNormalization and its kin of floats, by lines.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * scale + bias
 */
#include <string.h>

#include "base/parallel.h"
#include "kern/binary.h"
#include "kern/norm.h"
#include "ops/axes.h"
#include "ops/layer_norm_f32.h"
#include "ops/op.h"

struct lines {
	struct job job;
	struct norm norm;
	const float *x;
	float *y, *mean, *inverse; /* the last two may be NULL */
	size_t n;		   /* elements of a line */
	/* Skip: NULL, NULL, 0 without. */
	const float *skip, *skip_bias;
	size_t skip_lines;
	float *sum; /* NULL: not wanted */
};

static bool all_f32(const struct call *c)
{
	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] && c->in[i]->type.dtype != DTYPE_F32)
			return false;
	for (uint32_t i = 0; i < c->nout; i++)
		if (c->out[i] && c->out[i]->type.dtype != DTYPE_F32)
			return false;
	return true;
}

static bool is_left_out(const struct call *c, uint32_t i)
{
	return !call_in(c, i);
}

/* Operand I has one element for each of a line of N. */
static bool is_line(const struct call *c, uint32_t i, size_t n)
{
	return tensor_count(call_in(c, i)) == n;
}

static void add(const float *a, const float *b, float *y, size_t n)
{
	const struct binary_rows r = {.a = a,
				      .b = b,
				      .y = y,
				      .astep = 1,
				      .bstep = 1,
				      .n = n,
				      .rows = 1};

	kern_binary_f32(BINARY_ADD, &r);
}

static void run_lines(struct job *self, size_t begin, size_t end)
{
	const struct lines *s = (const struct lines *)self;
	struct norm_moments found;

	for (size_t i = begin; i < end; i++) {
		const float *x = s->x + i * s->n;
		float *y = s->y + i * s->n, *sum = s->sum ? s->sum : s->y;

		if (s->skip) {
			sum += i * s->n;
			add(x, s->skip + i % s->skip_lines * s->n, sum, s->n);
			if (s->skip_bias)
				add(sum, s->skip_bias, sum, s->n);
			x = sum;
		}
		kern_norm_f32(&s->norm, x, y, s->n, &found);
		if (s->mean)
			s->mean[i] = found.mean;
		if (s->inverse)
			s->inverse[i] = found.inverse;
	}
}

static const float *floats_in(const struct call *c, uint32_t i)
{
	return is_left_out(c, i) ? NULL : tensor_f32(call_in(c, i));
}

static float *floats_out(const struct call *c, uint32_t i)
{
	struct tensor *t = call_out(c, i);

	return t ? tensor_f32_mut(t) : NULL;
}

static void run(struct lines *s, const struct call *c)
{
	s->job.run = run_lines;
	s->x = floats_in(c, 0);
	s->y = floats_out(c, 0);
	parallel_for(&s->job, tensor_count(call_in(c, 0)) / s->n,
		     1 + 8192 / s->n);
}

/* ---- LayerNormalization, RMSNormalization ------------------------------- */

/* Elements of a line; 0: the axis is none. */
static size_t line_of(const struct call *c)
{
	const struct shape *s = &call_in(c, 0)->shape;
	int64_t axis = attr_int(c->node, "axis");

	axis += axis < 0 ? s->rank : 0;
	if (axis < 0 || axis >= s->rank)
		return 0;
	return shape_span(s, (int32_t)axis, s->rank);
}

bool layer_norm_f32_accepts(const struct call *c)
{
	size_t n = line_of(c);

	return n && all_f32(c) && is_line(c, 1, n) &&
	       (is_left_out(c, 2) || is_line(c, 2, n));
}

bool layer_norm_f32_run(const struct call *c, struct err *e)
{
	bool centred = !strcmp(c->node->type, "LayerNormalization");
	struct lines s = {
		.norm.scale = floats_in(c, 1),
		.norm.bias = floats_in(c, 2),
		.norm.epsilon = attr_float(c->node, "epsilon"),
		.norm.centred = centred,
		.mean = centred ? floats_out(c, 1) : NULL,
		.inverse = floats_out(c, centred ? 2 : 1),
		.n = line_of(c),
	};

	(void)e;
	run(&s, c);
	return true;
}

/* ---- com.microsoft's SkipLayerNormalization ----------------------------- */

static bool is_simple(const struct call *c)
{
	return strcmp(c->node->type, "SkipLayerNormalization") != 0;
}

/* Walking X, S repeats as a whole. */
static bool repeats(const struct shape *s, const struct shape *x)
{
	int32_t axis = 0, shift = x->rank - s->rank;

	while (axis < s->rank && s->dim[axis] == 1)
		axis++;
	for (; axis < s->rank; axis++)
		if (shift < 0 || s->dim[axis] != x->dim[axis + shift])
			return false;
	return true;
}

bool skip_norm_f32_accepts(const struct call *c)
{
	const struct shape *x = &call_in(c, 0)->shape;
	uint32_t last = is_simple(c) ? 3 : 4;
	size_t n = x->rank ? (size_t)x->dim[x->rank - 1] : 0;

	if (!n || !all_f32(c) || !repeats(&call_in(c, 1)->shape, x) ||
	    tensor_count(call_in(c, 1)) % n)
		return false;
	for (uint32_t i = 2; i <= last; i++)
		if (!is_left_out(c, i) && !is_line(c, i, n))
			return false;
	return true;
}

bool skip_norm_f32_run(const struct call *c, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	bool simple = is_simple(c);
	size_t n = (size_t)x->dim[x->rank - 1];
	struct lines s = {
		.norm.scale = floats_in(c, 2),
		.norm.bias = simple ? NULL : floats_in(c, 3),
		.norm.epsilon = attr_float(c->node, "epsilon"),
		.norm.centred = !simple,
		.mean = floats_out(c, 1),
		.inverse = floats_out(c, 2),
		.sum = floats_out(c, 3),
		.n = n,
		.skip = floats_in(c, 1),
		.skip_bias = floats_in(c, simple ? 3 : 4),
		.skip_lines = tensor_count(call_in(c, 1)) / n,
	};

	(void)e;
	run(&s, c);
	return true;
}
