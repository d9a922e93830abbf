/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attend.c -- see attend.h. */
#include "ops/attend.h"

#include <math.h>

#include "graph/element.h"
#include "ops/soft_sum.h"

struct attend_strides attend_by_head(size_t heads, size_t rows, size_t size)
{
	return (struct attend_strides){heads * rows * size, rows * size, size};
}

struct attend_strides attend_by_row(size_t heads, size_t rows, size_t size)
{
	return (struct attend_strides){heads * rows * size, size, heads * size};
}

size_t attend_at(const struct attend_strides *s, size_t batch, size_t head,
		 size_t row)
{
	return batch * s->batch + head * s->head + row * s->row;
}

size_t attend_work(size_t keys, size_t v_size)
{
	return (size_t)parallel_threads() * (keys + v_size);
}

static double rounded(enum dtype t, double x)
{
	uint64_t room = 0;

	if (t == DTYPE_NONE)
		return x;
	element_set_double(t, &room, 0, x);
	return element_double(t, &room, 0);
}

void attend_round(enum dtype t, double *x, size_t n)
{
	for (size_t i = 0; i < n && t != DTYPE_NONE && t != DTYPE_F64; i++)
		x[i] = rounded(t, x[i]);
}

/* Each operation is one of its own. */
static double capped(const struct attend *a, double x)
{
	x = rounded(a->step, x / a->softcap);
	x = rounded(a->step, tanh(x));
	return rounded(a->step, x * a->softcap);
}

static void look(const struct attend *a, const struct attend_row *r,
		 enum attend_stage stage, const double *score)
{
	if (a->see)
		a->see(a, r, stage, score);
}

static void products(const struct attend *a, const struct attend_row *r,
		     size_t kv, double *score)
{
	const double *q = a->q + attend_at(&a->q_at, r->batch, r->head, r->row);

	for (size_t j = 0; j < a->keys; j++) {
		const double *k = a->k + attend_at(&a->k_at, r->batch, kv, j);
		double sum = 0;

		/* Outside of the span only for those who look. */
		if ((j < r->first || j >= r->end) && !a->see)
			continue;
		for (size_t i = 0; i < a->size; i++)
			sum += q[i] * k[i];
		score[j] = sum * a->scale;
	}
}

/* Scores to weights. */
static void soften(const struct attend *a, const struct attend_row *r,
		   double *score)
{
	struct soft_sum total = {.type = a->soft};
	double max = -INFINITY, sum, sink = -INFINITY;

	if (a->sink)
		max = sink = a->sink(a, r->head);
	/* A score that is no number leaves no weight that is one. */
	for (size_t j = r->first; j < r->end; j++)
		if (isnan(score[j]) || score[j] > max)
			max = score[j];
	for (size_t j = 0; j < a->keys; j++) {
		bool inside = j >= r->first && j < r->end;

		score[j] = inside && max != -INFINITY
				   ? soft_term(a->soft, score[j], max)
				   : 0;
		soft_sum_add(&total, score[j]);
	}
	sum = soft_sum_total(&total);
	if (a->sink)
		sum += exp(sink - max);
	for (size_t j = r->first; j < r->end && sum != 0; j++)
		score[j] /= sum;
}

static void attend_one(const struct attend *a, struct attend_row *r,
		       double *score, double *y)
{
	size_t kv = r->head / (a->heads / a->kv_heads);

	r->first = 0;
	r->end = a->keys;
	if (a->span)
		a->span(a, r);
	products(a, r, kv, score);
	attend_round(a->step, score, a->keys);
	look(a, r, ATTEND_PRODUCTS, score);
	for (size_t j = r->first; j < r->end && a->softcap > 0; j++)
		score[j] = capped(a, score[j]);
	look(a, r, ATTEND_CAPPED, score);
	if (a->bias)
		a->bias(a, r, score);
	attend_round(a->step, score, a->keys);
	look(a, r, ATTEND_SCORES, score);
	soften(a, r, score);
	attend_round(a->soft, score, a->keys);
	attend_round(a->step, score, a->keys);
	look(a, r, ATTEND_WEIGHTS, score);
	if (!a->y)
		return;
	for (size_t i = 0; i < a->v_size; i++)
		y[i] = 0;
	for (size_t j = r->first; j < r->end; j++) {
		const double *v = a->v + attend_at(&a->v_at, r->batch, kv, j);

		for (size_t i = 0; i < a->v_size; i++)
			y[i] += score[j] * v[i];
	}
	element_store(a->y->dtype, tensor_mut(a->y),
		      attend_at(&a->y_at, r->batch, r->head, r->row), a->v_size,
		      y);
}

/* Items are queries. */
static void attend(struct job *job, size_t begin, size_t end)
{
	const struct attend *a = (const struct attend *)job;
	double *score = a->work +
			(size_t)parallel_index() * (a->keys + a->v_size);

	for (size_t i = begin; i < end; i++) {
		struct attend_row r = {
			.batch = i / a->rows / a->heads,
			.head = i / a->rows % a->heads,
			.row = i % a->rows,
		};

		attend_one(a, &r, score, score + a->keys);
	}
}

void attend_run(struct attend *a)
{
	size_t cost = a->keys * (a->size + a->v_size);

	a->job.run = attend;
	parallel_for(&a->job, a->batch * a->heads * a->rows,
		     1 + 8192 / (cost + 1));
}
