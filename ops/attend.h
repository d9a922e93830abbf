/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attend.h -- the core of every attention operator.
 *
 *     score  = softcap(scale * q . k) + bias        for each key of the span
 *     weight = exp(score) / (sum of exp(score) + exp(sink))
 *     y      = sum of weight * v
 *
 * for each query row of each head of each batch, in double and index order.
 * Heads of Q share heads of K and V in runs of heads / kv_heads.
 */
#ifndef OPS_ATTEND_H
#define OPS_ATTEND_H

#include "base/parallel.h"
#include "graph/tensor.h"

struct attend;
struct call;

/* Vectors by batch, head and row: element 0 of one is at the sum of the
 * indices times these. */
struct attend_strides {
	size_t batch, head, row;
};

/* Dense [batch, heads, rows, size], and [batch, rows, heads, size]. */
struct attend_strides attend_by_head(size_t heads, size_t rows, size_t size);
struct attend_strides attend_by_row(size_t heads, size_t rows, size_t size);
size_t attend_at(const struct attend_strides *s, size_t batch, size_t head,
		 size_t row);

enum attend_stage {
	ATTEND_PRODUCTS, /* scaled */
	ATTEND_CAPPED,
	ATTEND_SCORES,	/* with bias */
	ATTEND_WEIGHTS, /* 0 outside of the span */
};

/* One query. */
struct attend_row {
	size_t batch, head, row;
	size_t first, end; /* keys that take part */
};

/* Embed it first to carry what the functions need. */
struct attend {
	struct job job;
	size_t batch, heads, kv_heads, rows, keys;
	size_t size, v_size;   /* of a vector of Q and K, of V */
	double scale, softcap; /* softcap 0: none */
	/* Scores are rounded to STEP at each stage, weights to SOFT first;
	 * DTYPE_NONE: they stay double. */
	enum dtype step, soft;
	const double *q, *k, *v;
	struct attend_strides q_at, k_at, v_at, y_at;
	struct tensor *y; /* NULL: not wanted */
	double *work;	  /* attend_work() doubles */
	/* Narrow first..end, which is all keys; NULL: leave it. */
	void (*span)(const struct attend *a, struct attend_row *r);
	/* Add to the scores of keys first..end; NULL: nothing. */
	void (*bias)(const struct attend *a, const struct attend_row *r,
		     double *score);
	/* See SCORE, for all keys, at each stage; NULL: nobody does. */
	void (*see)(const struct attend *a, const struct attend_row *r,
		    enum attend_stage stage, const double *score);
	/* The sink of a head; NULL: none. */
	double (*sink)(const struct attend *a, size_t head);
};

/* Round N numbers to type T; DTYPE_NONE leaves them. */
void attend_round(enum dtype t, double *x, size_t n);

/* Doubles that the threads work in. */
size_t attend_work(size_t keys, size_t v_size);

void attend_run(struct attend *a);

/* The same of floats by matrix products, where no SPAN, SINK and SEE are set
 * and Y is wanted; sums are in another order. */
void attend_f32_run(struct attend *a);

/* C's kernel is one for attend_f32_run(); and the doubles that its kernel's
 * threads work in. */
bool attend_is_f32(const struct call *c);
size_t attend_work_of(const struct call *c, size_t rows, size_t keys,
		      size_t size, size_t v_size);

#endif
