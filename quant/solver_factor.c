/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver_factor.c -- the triangular factor of an inverse.
 *
 * Let J reverse an order.  If J H J = L L^T then inverse(H) = U^T U with
 * U = J inverse(L) J: no inverse of H itself is formed, which saves work and
 * accuracy.  LAPACK runs on one thread, because its blocking, and so its
 * rounding, depends on their number.
 */
#include "quant/solver.h"

#include <math.h>
#include <stdlib.h>

#include "base/openblas.h"
#include "base/parallel.h"

/* A column and its diagonal element, for sorting. */
struct column {
	double weight;
	uint32_t at;
};

static int by_weight(const void *a, const void *b)
{
	const struct column *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static bool set_order(struct factor *f, const double *h,
		      enum column_order order, struct budget *budget,
		      struct err *e)
{
	struct buf buf = {0};
	struct column *c;

	if (!buf_array(&buf, f->n, sizeof(*c), budget, e))
		return false;
	c = (struct column *)(void *)buf.data;
	for (uint32_t i = 0; i < f->n; i++)
		c[i] = (struct column){h[(size_t)i * f->n + i], i};
	if (order == COLUMNS_BY_WEIGHT)
		qsort(c, f->n, sizeof(*c), by_weight);
	for (uint32_t i = 0; i < f->n; i++)
		f->order[i] = c[i].at;
	buf_free(&buf);
	return true;
}

static bool mean_diagonal(const double *h, uint32_t n, double *mean,
			  struct err *e)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += h[(size_t)i * n + i];
	if (!isfinite(sum) || sum < 0)
		return err_set(e, ERR_FORMAT,
			       "the layer's inputs are not finite: mean "
			       "square %g",
			       sum / n);
	*mean = sum / n;
	return true;
}

/* L = the reversed, permuted, damped H, lower triangle. */
static void arrange(struct factor *f, double *l, const double *h, double add)
{
	uint32_t n = f->n;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j <= i; j++) {
			size_t a = f->order[n - 1 - i], b = f->order[n - 1 - j];

			l[(size_t)i * n + j] = a > b ? h[a * n + b]
						     : h[b * n + a];
			if (i == j)
				l[(size_t)i * n + j] += add;
		}
}

/* In place: the lower triangle becomes the inverse of its Cholesky factor. */
static bool invert_factor(double *l, uint32_t n, struct err *e)
{
	int threads = parallel_threads();
	blasint order = (blasint)n, status;
	const struct openblas *blas;

	if (!openblas_load(e))
		return false;
	blas = openblas_loaded();
	/* Row-major lower is what LAPACK calls column-major upper. */
	parallel_set_threads(1);
	blas->dpotrf_("U", &order, l, &order, &status, 1);
	if (!status)
		blas->dtrtri_("U", "N", &order, l, &order, &status, 1, 1);
	parallel_set_threads(threads);
	if (status)
		return err_set(e, ERR_FORMAT,
			       "the layer's inputs give no positive definite "
			       "matrix: column %d of %u",
			       (int)status, n);
	return true;
}

bool factor_init(struct factor *f, const double *h, uint32_t n, double damp,
		 enum column_order order, struct budget *budget, struct err *e)
{
	struct buf work = {0};
	double mean = 0, *l;
	bool ok = false;

	*f = (struct factor){.n = n};
	if (!mean_diagonal(h, n, &mean, e))
		return false;
	if (!buf_array(&f->order_buf, n, sizeof(*f->order), budget, e) ||
	    !buf_array(&f->u_buf, (size_t)n * n, sizeof(double), budget, e) ||
	    !buf_array(&work, (size_t)n * n, sizeof(double), budget, e))
		goto out;
	f->order = (uint32_t *)(void *)f->order_buf.data;
	f->u = (double *)(void *)f->u_buf.data;
	l = (double *)(void *)work.data;
	if (!set_order(f, h, order, budget, e))
		goto out;
	/* A layer whose inputs were all zero is repaired as if independent. */
	arrange(f, l, h, mean > 0 ? damp * mean : 1);
	if (!invert_factor(l, n, e))
		goto out;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i; j < n; j++)
			f->u[(size_t)i * n + j] =
				l[(size_t)(n - 1 - i) * n + (n - 1 - j)];
	ok = true;
out:
	buf_free(&work);
	if (!ok)
		factor_release(f);
	return ok;
}

void factor_release(struct factor *f)
{
	buf_free(&f->order_buf);
	buf_free(&f->u_buf);
	*f = (struct factor){0};
}
