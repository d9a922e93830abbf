/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reduce_f32.c -- fast kernel for ReduceSum and ReduceMean.
 *
 * X is [outer, count, inner], and COUNT goes: rows that are summed where INNER
 * is 1, else rows that are added up.
 */
#include "ops/reduce_f32.h"

#include <string.h>

#include "base/parallel.h"
#include "kern/sum.h"
#include "ops/op.h"
#include "ops/reduce_axes.h"

enum {
	GRAIN = 16384, /* elements worth a thread */
	STRIPE = 64
}; /* columns of one item */

struct sums {
	struct job job;
	const float *x;
	float *y;
	size_t outer, count, inner;
	float factor;
};

/* The axes that stay before, those that go, those that stay behind; false if
 * that is not their order. */
static bool split(const struct call *c, struct sums *s)
{
	const struct shape *x = &call_in(c, 0)->shape;
	bool gone[MAX_RANK];
	struct err ignored;
	int32_t i = 0;

	s->outer = s->count = s->inner = 1;
	if (!reduce_axes_of(c, gone, &ignored))
		return false;
	for (; i < x->rank && (!gone[i] || x->dim[i] == 1); i++)
		s->outer *= (size_t)x->dim[i];
	for (; i < x->rank && (gone[i] || x->dim[i] == 1); i++)
		s->count *= (size_t)x->dim[i];
	for (; i < x->rank && (!gone[i] || x->dim[i] == 1); i++)
		s->inner *= (size_t)x->dim[i];
	return i == x->rank;
}

bool reduce_f32_accepts(const struct call *c)
{
	const struct tensor *axes = call_in(c, 1);
	struct sums s;

	if (strcmp(c->node->type, "ReduceSum") &&
	    strcmp(c->node->type, "ReduceMean"))
		return false;
	return call_in(c, 0)->dtype == DTYPE_F32 &&
	       shape_is_known(&call_in(c, 0)->shape) &&
	       (!axes || axes->data || tensor_count(axes) == 0) && split(c, &s);
}

static void run_rows(struct job *self, size_t begin, size_t end)
{
	const struct sums *s = (const struct sums *)self;

	for (size_t i = begin; i < end; i++)
		s->y[i] = (float)(kern_sum_f32(s->x + i * s->count, s->count) *
				  s->factor);
}

/* Items are stripes of columns of one outer index. */
static void run_stripes(struct job *self, size_t begin, size_t end)
{
	const struct sums *s = (const struct sums *)self;
	size_t stripes = (s->inner - 1) / STRIPE + 1;

	for (size_t i = begin; i < end; i++) {
		size_t o = i / stripes, first = i % stripes * STRIPE;
		size_t n = s->inner - first < STRIPE ? s->inner - first
						     : STRIPE;

		kern_columns_sum_f32(s->x + o * s->count * s->inner + first,
				     s->count, s->inner, s->factor,
				     s->y + o * s->inner + first, n);
	}
}

bool reduce_f32_run(const struct call *c, struct err *e)
{
	bool mean = !strcmp(c->node->type, "ReduceMean");
	struct sums s = {.x = call_f32(c, 0),
			 .y = tensor_f32_mut(call_out(c, 0))};
	size_t results = tensor_count(call_out(c, 0));

	(void)e;
	if (!split(c, &s) || !results)
		return true;
	/* The mean of nothing is NaN, its sum 0. */
	s.factor = mean ? 1.f / (float)s.count : 1;
	if (s.inner == 1) {
		s.job.run = run_rows;
		parallel_for(&s.job, results, 1 + GRAIN / (s.count + 1));
		return true;
	}
	s.job.run = run_stripes;
	parallel_for(&s.job, s.outer * ((s.inner - 1) / STRIPE + 1),
		     1 + GRAIN / (STRIPE * (s.count + 1)));
	return true;
}
