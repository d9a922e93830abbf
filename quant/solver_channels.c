/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver_channels.c -- see solver_channels.h. */
#include "quant/solver_channels.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/openblas.h"
#include "base/parallel.h"

void channel_solver_release(struct channel_solver *c)
{
	buf_free(&c->w_buf);
	buf_free(&c->inverse_buf);
	*c = (struct channel_solver){0};
}

/* The covariance, damped, in both triangles. */
static bool covariance(double *h, uint32_t n, const double *s, double damp,
		       struct err *e)
{
	const double *mean = s + (size_t)n * (n + 1);
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j <= i; j++) {
			double x = s[(size_t)i * (n + 1) + j] -
				   mean[i] * mean[j];

			h[(size_t)i * n + j] = h[(size_t)j * n + i] = x;
			sum += i == j ? x : 0;
		}
	if (!isfinite(sum))
		return err_set(e, ERR_FORMAT,
			       "the layer's inputs are not finite");
	for (uint32_t i = 0; i < n; i++)
		h[(size_t)i * n + i] += sum > 0 ? damp * sum / n : 1;
	return true;
}

static double energy_of(const struct channel_solver *c, const double *h)
{
	double sum = 0;

	for (uint32_t r = 0; r < c->rows; r++) {
		const double *w = c->w + (size_t)r * c->n;

		for (uint32_t i = 0; i < c->n; i++) {
			double x = 0;

			for (uint32_t j = 0; j < c->n; j++)
				x += h[(size_t)i * c->n + j] * w[j];
			sum += w[i] * x;
		}
	}
	return sum > 0 ? sum : 1;
}

static bool invert(double *h, uint32_t n, struct err *e)
{
	int threads = parallel_threads();
	blasint order = (blasint)n, status;
	const struct openblas *blas;

	if (!openblas_load(e))
		return false;
	blas = openblas_loaded();
	/* One thread: the rounding of LAPACK depends on their number. */
	parallel_set_threads(1);
	blas->dpotrf_("U", &order, h, &order, &status, 1);
	if (!status)
		blas->dpotri_("U", &order, h, &order, &status, 1);
	parallel_set_threads(threads);
	if (status)
		return err_set(e, ERR_FORMAT,
			       "the layer's inputs give no positive definite "
			       "matrix: column %d of %u",
			       (int)status, n);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < i; j++)
			h[(size_t)j * n + i] = h[(size_t)i * n + j];
	return true;
}

bool channel_solver_init(struct channel_solver *c, const double *w,
			 uint32_t rows, uint32_t n, const double *s,
			 double damp, struct budget *budget, struct err *e)
{
	*c = (struct channel_solver){.rows = rows, .n = n};
	if (!buf_array(&c->w_buf, rows, n * sizeof(double), budget, e) ||
	    !buf_array(&c->inverse_buf, n, n * sizeof(double), budget, e))
		goto failed;
	c->w = (double *)(void *)c->w_buf.data;
	c->inverse = (double *)(void *)c->inverse_buf.data;
	memcpy(c->w, w, c->w_buf.bytes);
	if (!covariance(c->inverse, n, s, damp, e))
		goto failed;
	c->energy = energy_of(c, c->inverse);
	if (!invert(c->inverse, n, e))
		goto failed;
	return true;
failed:
	channel_solver_release(c);
	return false;
}

/* ---- costs -------------------------------------------------------------- */

size_t channel_solver_scratch(uint32_t count)
{
	return (size_t)count * (count + 1);
}

/* L [count, count] = the Cholesky factor of the inverse at AT. */
static void factor(const struct channel_solver *c, const uint32_t *at,
		   uint32_t count, double *l)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j <= i; j++) {
			double *li = l + (size_t)i * count;
			double *lj = l + (size_t)j * count;
			double x = c->inverse[(size_t)at[i] * c->n + at[j]];

			for (uint32_t k = 0; k < j; k++)
				x -= li[k] * lj[k];
			/* Definite but for rounding. */
			li[j] = i == j ? sqrt(x > DBL_MIN ? x : DBL_MIN)
				       : x / lj[j];
		}
}

double channel_solver_cost(const struct channel_solver *c, const uint32_t *at,
			   uint32_t count, double *scratch)
{
	double *l = scratch, *y = l + (size_t)count * count, sum = 0;

	factor(c, at, count, l);
	for (uint32_t r = 0; r < c->rows; r++)
		for (uint32_t i = 0; i < count; i++) {
			double x = c->w[(size_t)r * c->n + at[i]];

			for (uint32_t k = 0; k < i; k++)
				x -= l[(size_t)i * count + k] * y[k];
			y[i] = x / l[(size_t)i * count + i];
			sum += y[i] * y[i];
		}
	return sum / c->energy;
}

/* ---- elimination -------------------------------------------------------- */

/* Items: rows of the inverse, then rows of W. */
struct elimination {
	struct job job;
	struct channel_solver *c;
	const uint32_t *at;
	uint32_t count;
	const double *gain; /* [count, n] */
};

static void eliminate_rows(struct job *self, size_t begin, size_t end)
{
	struct elimination *x = (struct elimination *)self;
	uint32_t n = x->c->n;

	for (size_t item = begin; item < end; item++) {
		double *row = item < n ? x->c->inverse + item * n
				       : x->c->w + (item - n) * n;

		for (uint32_t k = 0; k < x->count; k++) {
			const double *gain = x->gain + (size_t)k * n;
			double f = row[x->at[k]];

			/* GAIN is the identity at AT: the other factors are
			 * as they were. */
			for (uint32_t i = 0; i < n && f != 0; i++)
				row[i] -= f * gain[i];
		}
	}
}

/* GAIN = inverse(L L^T) B for the rows B of the inverse at AT. */
static void solve_gain(const struct channel_solver *c, const uint32_t *at,
		       uint32_t count, const double *l, double *gain)
{
	uint32_t n = c->n;

	for (uint32_t k = 0; k < count; k++)
		memcpy(gain + (size_t)k * n, c->inverse + (size_t)at[k] * n,
		       n * sizeof(*gain));
	for (uint32_t k = 0; k < count; k++) {
		double *g = gain + (size_t)k * n;

		for (uint32_t j = 0; j < k; j++)
			for (uint32_t i = 0; i < n; i++)
				g[i] -= l[(size_t)k * count + j] *
					gain[(size_t)j * n + i];
		for (uint32_t i = 0; i < n; i++)
			g[i] /= l[(size_t)k * count + k];
	}
	for (uint32_t k = count; k-- > 0;) {
		double *g = gain + (size_t)k * n;

		for (uint32_t j = k + 1; j < count; j++)
			for (uint32_t i = 0; i < n; i++)
				g[i] -= l[(size_t)j * count + k] *
					gain[(size_t)j * n + i];
		for (uint32_t i = 0; i < n; i++)
			g[i] /= l[(size_t)k * count + k];
	}
}

bool channel_solver_remove(struct channel_solver *c, const uint32_t *at,
			   uint32_t count, struct budget *budget, struct err *e)
{
	struct elimination x = {
		.job.run = eliminate_rows, .c = c, .at = at, .count = count};
	struct buf l = {0}, gain = {0};
	double *g;
	bool ok = false;

	if (!buf_array(&l, count, count * sizeof(double), budget, e) ||
	    !buf_array(&gain, count, c->n * sizeof(double), budget, e))
		goto out;
	g = (double *)(void *)gain.data;
	factor(c, at, count, (double *)(void *)l.data);
	solve_gain(c, at, count, (const double *)(const void *)l.data, g);
	for (uint32_t k = 0; k < count; k++)
		for (uint32_t j = 0; j < count; j++)
			g[(size_t)k * c->n + at[j]] = j == k;
	x.gain = g;
	parallel_for(&x.job, (size_t)c->n + c->rows, 16);
	for (uint32_t k = 0; k < count; k++)
		memset(c->inverse + (size_t)at[k] * c->n, 0,
		       c->n * sizeof(double));
	ok = true;
out:
	buf_free(&gain);
	buf_free(&l);
	return ok;
}
