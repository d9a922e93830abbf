/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver_fit.c -- see solver_fit.h.
 *
 * LAPACK runs on one thread, because its rounding depends on their number.
 */
#include "quant/solver_fit.h"

#include <math.h>

#include "base/openblas.h"
#include "base/parallel.h"

static uint32_t width(const struct fit_sums *s)
{
	return s->columns + 1 + s->rows;
}

static bool mean_square(const struct fit_sums *s, double *mean, struct err *e)
{
	double sum = 0;

	for (uint32_t i = 0; i < s->columns; i++)
		sum += s->s[(size_t)i * width(s) + i];
	if (!isfinite(sum))
		return err_set(e, ERR_FORMAT,
			       "the layer's inputs are not finite");
	*mean = sum / s->columns;
	return true;
}

/* The right sides: a row of N for each row of W. */
static bool targets(double *to, const struct fit_sums *s, uint32_t n,
		    const double *w, double add, struct err *e)
{
	double sum = 0;

	for (uint32_t r = 0; r < s->rows; r++) {
		const double *from = s->s +
				     (size_t)(s->columns + 1 + r) * width(s);

		for (uint32_t i = 0; i < n; i++) {
			*to = from[i];
			if (i < s->columns)
				*to += add * w[(size_t)r * s->columns + i];
			sum += fabs(*to++);
		}
	}
	return isfinite(sum) ||
	       err_set(e, ERR_FORMAT, "the layer's outputs are not finite");
}

static bool solve(double *h, double *to, uint32_t n, uint32_t rows,
		  struct err *e)
{
	int threads = parallel_threads();
	blasint order = (blasint)n, many = (blasint)rows, status;
	const struct openblas *blas;

	if (!openblas_load(e))
		return false;
	blas = openblas_loaded();
	/* Row-major lower is what LAPACK calls column-major upper. */
	parallel_set_threads(1);
	blas->dposv_("U", &order, &many, h, &order, to, &order, &status, 1);
	parallel_set_threads(threads);
	if (status)
		return err_set(e, ERR_FORMAT,
			       "the layer's inputs give no positive definite "
			       "matrix: column %d of %u",
			       (int)status, n);
	return true;
}

bool solve_fit(double *w, double *b, const struct fit_sums *s, double damp,
	       struct budget *budget, struct err *e)
{
	uint32_t n = s->columns + (b != NULL);
	struct buf matrix = {0}, right = {0};
	double add = 0, *h, *to;
	bool ok = false;

	if (!mean_square(s, &add, e) ||
	    !buf_array(&matrix, n, n * sizeof(double), budget, e) ||
	    !buf_array(&right, n, s->rows * sizeof(double), budget, e))
		goto out;
	h = (double *)(void *)matrix.data;
	to = (double *)(void *)right.data;
	/* Inputs that are all zero say nothing: the weights stay. */
	add = add > 0 ? damp * add : 1;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++)
			h[(size_t)i * n + j] =
				j > i ? 0
				      : s->s[(size_t)i * width(s) + j] +
						(i == j && i < s->columns ? add
									  : 0);
	if (!targets(to, s, n, w, add, e) || !solve(h, to, n, s->rows, e))
		goto out;
	for (uint32_t r = 0; r < s->rows; r++, to += n) {
		for (uint32_t i = 0; i < s->columns; i++)
			w[(size_t)r * s->columns + i] = to[i];
		if (b)
			b[r] = to[s->columns];
	}
	ok = true;
out:
	buf_free(&right);
	buf_free(&matrix);
	return ok;
}
