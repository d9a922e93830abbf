/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layer_norm_f32.c -- LayerNormalization of floats over inner axes.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * scale + bias
 *
 * Sums are doubles, four at a time.
 */
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "ops/layer_norm_f32.h"
#include "ops/op.h"

struct layer_norm {
	struct job job;
	const float *x, *scale, *bias;
	float *y;
	size_t n; /* elements of a line */
	double epsilon;
};

static size_t line_of(const struct call *c)
{
	const struct shape *s = &call_in(c, 0)->shape;
	int64_t axis = attr_int(c->node, "axis");
	size_t n = 1;

	axis += axis < 0 ? s->rank : 0;
	if (axis < 0 || axis >= s->rank)
		return 0;
	for (int32_t i = (int32_t)axis; i < s->rank; i++)
		n *= (size_t)s->dim[i];
	return n;
}

bool layer_norm_f32_accepts(const struct call *c)
{
	const struct tensor *bias = call_in(c, 2);
	size_t n;

	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] && c->in[i]->type.dtype != DTYPE_F32)
			return false;
	for (uint32_t i = 1; i < c->nout; i++)
		if (c->out[i])
			return false;
	n = strcmp(c->node->type, "LayerNormalization") ? 0 : line_of(c);
	return n && tensor_count(call_in(c, 1)) == n &&
	       (!bias || tensor_count(bias) == n);
}

static double sum_of(const float *x, double mean, bool squares, size_t n)
{
	double sum[4] = {0, 0, 0, 0};

	for (size_t i = 0; i < n; i++) {
		double d = x[i] - mean;

		sum[i % 4] += squares ? d * d : d;
	}
	return sum[0] + sum[1] + (sum[2] + sum[3]);
}

static void run_lines(struct job *self, size_t begin, size_t end)
{
	const struct layer_norm *s = (const struct layer_norm *)self;
	double n = (double)s->n;

	for (size_t i = begin; i < end; i++) {
		const float *x = s->x + i * s->n;
		float *y = s->y + i * s->n;
		double mean = sum_of(x, 0, false, s->n) / n;
		double var = sum_of(x, mean, true, s->n) / n;
		float m = (float)mean;
		float factor = (float)(1 / sqrt(var + s->epsilon));

		for (size_t k = 0; k < s->n; k++)
			y[k] = (x[k] - m) * factor * s->scale[k] +
			       (s->bias ? s->bias[k] : 0);
	}
}

bool layer_norm_f32_run(const struct call *c, struct err *e)
{
	const struct tensor *bias = call_in(c, 2);
	struct layer_norm s = {
		.job.run = run_lines,
		.x = tensor_f32(call_in(c, 0)),
		.scale = tensor_f32(call_in(c, 1)),
		.bias = bias ? tensor_f32(bias) : NULL,
		.y = tensor_f32_mut(call_out(c, 0)),
		.n = line_of(c),
		.epsilon = attr_float(c->node, "epsilon"),
	};

	(void)e;
	parallel_for(&s.job, tensor_count(call_in(c, 0)) / s.n, 1 + 8192 / s.n);
	return true;
}
