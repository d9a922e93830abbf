/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attend_f32.c -- attention of floats, head by head.
 *
 * The scores of one head are a matrix product, its rows are softened, and a
 * second product weighs the values.  A thread holds the scores of one head.
 */
#include "ops/attend.h"

#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "kern/gemm.h"
#include "kern/soft.h"
#include "ops/call.h"

/* What one thread works in. */
struct desk {
	float *q, *k, *v, *score;
	double *row; /* one query's scores */
};

static size_t desk_floats(size_t rows, size_t keys, size_t size, size_t v_size)
{
	return (rows + keys) * size + keys * v_size + rows * keys;
}

/* In doubles, so that those of a row are aligned. */
static size_t desk_doubles(size_t rows, size_t keys, size_t size, size_t v_size)
{
	return keys + desk_floats(rows, keys, size, v_size) / 2 + 1;
}

bool attend_is_f32(const struct call *c)
{
	return strcmp(c->kernel->engine, "reference") != 0;
}

size_t attend_work_of(const struct call *c, size_t rows, size_t keys,
		      size_t size, size_t v_size)
{
	return attend_is_f32(c) ? (size_t)parallel_threads() *
					  desk_doubles(rows, keys, size, v_size)
				: attend_work(keys, v_size);
}

static struct desk desk_of(const struct attend *a)
{
	double *at = a->work +
		     (size_t)parallel_index() *
			     desk_doubles(a->rows, a->keys, a->size, a->v_size);
	struct desk d = {.row = at, .q = (float *)(at + a->keys)};

	d.k = d.q + a->rows * a->size;
	d.v = d.k + a->keys * a->size;
	d.score = d.v + a->keys * a->v_size;
	return d;
}

/* ROWS vectors of SIZE numbers, row after row. */
static void narrow(const double *x, size_t step, size_t rows, size_t size,
		   float *y)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < size; k++)
			*y++ = (float)x[i * step + k];
}

/* Scores of query R to weights. */
static void soften(const struct attend *a, const struct attend_row *r,
		   double *row, float *score)
{
	bool some = false;

	if (!a->bias && a->softcap <= 0) {
		kern_softmax_f32(score, score, 1, a->keys);
		return;
	}
	for (size_t j = 0; j < a->keys; j++)
		row[j] = a->softcap > 0
				 ? tanh(score[j] / a->softcap) * a->softcap
				 : (double)score[j];
	if (a->bias)
		a->bias(a, r, row);
	for (size_t j = 0; j < a->keys; j++) {
		score[j] = (float)row[j];
		some = some || score[j] != -INFINITY;
	}
	/* A query that sees nothing gives zeros. */
	if (some)
		kern_softmax_f32(score, score, 1, a->keys);
	else
		memset(score, 0, a->keys * sizeof(*score));
}

static void attend_head(const struct attend *a, size_t batch, size_t head)
{
	size_t kv = head / (a->heads / a->kv_heads);
	struct desk d = desk_of(a);
	struct gemm scores = {.m = a->rows,
			      .n = a->keys,
			      .k = a->size,
			      .tb = true,
			      .lda = a->size,
			      .ldb = a->size,
			      .ldy = a->keys,
			      .alpha = (float)a->scale};
	struct gemm weighed = {.m = a->rows,
			       .n = a->v_size,
			       .k = a->keys,
			       .lda = a->keys,
			       .ldb = a->v_size,
			       .ldy = a->y_at.row,
			       .alpha = 1};

	narrow(a->q + attend_at(&a->q_at, batch, head, 0), a->q_at.row, a->rows,
	       a->size, d.q);
	narrow(a->k + attend_at(&a->k_at, batch, kv, 0), a->k_at.row, a->keys,
	       a->size, d.k);
	narrow(a->v + attend_at(&a->v_at, batch, kv, 0), a->v_at.row, a->keys,
	       a->v_size, d.v);
	kern_gemm_f32(&scores, d.q, d.k, d.score);
	for (size_t i = 0; i < a->rows; i++) {
		struct attend_row r = {
			.batch = batch, .head = head, .row = i, .end = a->keys};

		soften(a, &r, d.row, d.score + i * a->keys);
	}
	kern_gemm_f32(&weighed, d.score, d.v,
		      tensor_f32_mut(a->y) +
			      attend_at(&a->y_at, batch, head, 0));
}

static void attend_heads(struct job *job, size_t begin, size_t end)
{
	const struct attend *a = (const struct attend *)job;

	for (size_t i = begin; i < end; i++)
		attend_head(a, i / a->heads, i % a->heads);
}

void attend_f32_run(struct attend *a)
{
	/* Products of nothing would leave what is there. */
	if (!a->size || !a->keys) {
		attend_run(a);
		return;
	}
	a->job.run = attend_heads;
	parallel_for(&a->job, a->batch * a->heads, 1);
}
