/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product.c -- see product.h. */
#include "ops/product.h"

#include <inttypes.h>

#include "base/parallel.h"
#include "kern/matmul_ref.h"

/* S without its last COUNT axes. */
static struct shape without_last(const struct shape *s, int32_t count)
{
	return shape_make(s->rank > count ? s->rank - count : 0, s->dim);
}

bool product_shape(struct shape *y, const struct shape *a,
		   const struct shape *b, struct err *e)
{
	struct shape left, right;
	int64_t ka, kb;

	y->rank = RANK_UNKNOWN;
	if (a->rank == 0 || b->rank == 0)
		return err_set(e, ERR_SHAPE,
			       "operand %s is a scalar, want rank 1 or more",
			       a->rank == 0 ? "A" : "B");
	if (a->rank < 0 || b->rank < 0)
		return true;
	ka = a->dim[a->rank - 1];
	kb = b->dim[b->rank > 1 ? b->rank - 2 : 0];
	if (ka >= 0 && kb >= 0 && ka != kb)
		return err_set(e, ERR_SHAPE,
			       "A has %" PRId64 " columns and B %" PRId64
			       " rows, want the same",
			       ka, kb);
	left = without_last(a, 2);
	right = without_last(b, 2);
	if (!shape_broadcast(y, &left, &right, e))
		return false;
	if (y->rank > MAX_RANK - 2)
		return err_set(e, ERR_LIMIT, "rank %d, the limit is %d",
			       y->rank + 2, MAX_RANK);
	if (a->rank > 1)
		y->dim[y->rank++] = a->dim[a->rank - 2];
	if (b->rank > 1)
		y->dim[y->rank++] = b->dim[b->rank - 1];
	return true;
}

void product_make(struct product *p, const struct shape *a,
		  const struct shape *b)
{
	struct err e;

	p->a = without_last(a, 2);
	p->b = without_last(b, 2);
	if (!shape_broadcast(&p->batch, &p->a, &p->b, &e))
		bug("product_make: %s", e.msg);
	p->k = (size_t)a->dim[a->rank - 1];
	p->m = a->rank > 1 ? (size_t)a->dim[a->rank - 2] : 1;
	p->n = b->rank > 1 ? (size_t)b->dim[b->rank - 1] : 1;
}

static size_t batches(const struct product *p)
{
	struct err e;
	size_t n;

	if (!shape_count(&p->batch, &n, &e))
		bug("product: %s", e.msg);
	return n;
}

size_t product_count(const struct product *p)
{
	return batches(p) * p->m * p->n;
}

size_t product_matrix(const struct product *p, const struct shape *s, size_t i)
{
	size_t at = 0, stride = 1;

	for (int32_t k = 1; k <= s->rank; k++) {
		size_t size = (size_t)p->batch.dim[p->batch.rank - k];
		size_t dim = (size_t)s->dim[s->rank - k];

		if (dim != 1)
			at += i % size * stride;
		stride *= dim;
		i /= size;
	}
	return at;
}

struct product_job {
	struct job job;
	const struct product *p;
	const double *a, *b;
	double *y;
	const int64_t *ia, *ib;
	int64_t *iy;
};

/* Items are rows of all matrices of the result. */
static void compute(struct job *job, size_t begin, size_t end)
{
	const struct product_job *j = (const struct product_job *)job;
	const struct product *p = j->p;

	while (begin < end) {
		size_t matrix = begin / p->m, row = begin % p->m;
		size_t rows = p->m - row < end - begin ? p->m - row
						       : end - begin;
		size_t a = (product_matrix(p, &p->a, matrix) * p->m + row) *
			   p->k;
		size_t b = product_matrix(p, &p->b, matrix) * p->k * p->n;
		size_t y = begin * p->n;

		if (j->y)
			kern_matmul_f64_ref(rows, p->n, p->k, j->a + a,
					    j->b + b, j->y + y);
		else
			kern_matmul_u64_ref(rows, p->n, p->k,
					    (const uint64_t *)(j->ia + a),
					    (const uint64_t *)(j->ib + b),
					    (uint64_t *)(j->iy + y));
		begin += rows;
	}
}

static void run(struct product_job *j)
{
	const struct product *p = j->p;

	j->job.run = compute;
	if (product_count(p))
		parallel_for(&j->job, batches(p) * p->m,
			     1 + 100000 / (p->n * (p->k + 1)));
}

void product_run(const struct product *p, const double *a, const double *b,
		 double *y)
{
	struct product_job j = {.p = p, .a = a, .b = b, .y = y};

	run(&j);
}

void product_run_ints(const struct product *p, const int64_t *a,
		      const int64_t *b, int64_t *y)
{
	struct product_job j = {.p = p, .ia = a, .ib = b, .iy = y};

	run(&j);
}
