/* SPDX-License-Identifier: Apache-2.0 */
/* ops/inverse.c -- com.microsoft's Inverse of square matrices.
 *
 * Gauss-Jordan elimination with the largest pivot of each column, in double.
 * A matrix without inverse has one of infinities and NaN, as a division by 0
 * has.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"

static bool infer_inverse(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	int64_t rows, cols;

	if (x->rank >= 0 && x->rank < 2)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 2 or more",
			       x->rank);
	rows = x->rank < 0 ? DIM_UNKNOWN : x->dim[x->rank - 2];
	cols = x->rank < 0 ? DIM_UNKNOWN : x->dim[x->rank - 1];
	if (rows >= 0 && cols >= 0 && rows != cols)
		return err_set(e, ERR_SHAPE,
			       "the matrices of X are %" PRId64 " by %" PRId64
			       ", want square ones",
			       rows, cols);
	return infer_same_as_first(c, e);
}

struct inverse {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	size_t n;
	double *work; /* [matrices, n, 2 * n] */
};

static void swap_rows(double *a, double *b, size_t width)
{
	for (size_t i = 0; i < width; i++) {
		double x = a[i];

		a[i] = b[i];
		b[i] = x;
	}
}

/* [A | I] to [I | 1 / A]. */
static void eliminate(double *a, size_t n)
{
	size_t width = 2 * n;

	for (size_t k = 0; k < n; k++) {
		size_t best = k;
		double pivot;

		for (size_t i = k + 1; i < n; i++)
			if (fabs(a[i * width + k]) > fabs(a[best * width + k]))
				best = i;
		if (best != k)
			swap_rows(a + k * width, a + best * width, width);
		pivot = a[k * width + k];
		for (size_t j = 0; j < width; j++)
			a[k * width + j] /= pivot;
		for (size_t i = 0; i < n; i++) {
			double f = a[i * width + k];

			for (size_t j = 0; j < width && i != k; j++)
				a[i * width + j] -= f * a[k * width + j];
		}
	}
}

static void invert(struct job *job, size_t begin, size_t end)
{
	const struct inverse *v = (const struct inverse *)job;
	size_t n = v->n;

	for (size_t m = begin; m < end; m++) {
		double *a = v->work + m * n * 2 * n;

		for (size_t i = 0; i < n; i++) {
			element_load(v->x->dtype, v->x->data, (m * n + i) * n,
				     n, a + i * 2 * n);
			memset(a + i * 2 * n + n, 0, n * sizeof(*a));
			a[i * 2 * n + n + i] = 1;
		}
		eliminate(a, n);
		for (size_t i = 0; i < n; i++)
			element_store(v->y->dtype, tensor_mut(v->y),
				      (m * n + i) * n, n, a + i * 2 * n + n);
	}
}

static size_t scratch(const struct call *c)
{
	return doubles_of(2 * count_in(c, 0));
}

static bool run_inverse(const struct call *c, struct err *e)
{
	struct inverse v = {.job.run = invert, .x = call_in(c, 0)};
	struct doubles d = {0};

	(void)e;
	v.y = call_out(c, 0);
	if (tensor_count(v.x) == 0)
		return true;
	v.n = (size_t)v.x->shape.dim[v.x->shape.rank - 1];
	v.work = doubles_take(&d, c, 2 * tensor_count(v.x));
	parallel_for(&v.job, tensor_count(v.x) / (v.n * v.n), 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "inverse-ref",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_inverse},
					{0}};

const struct op op_rows_inverse[] = {{.domain = "com.microsoft",
				      .type = "Inverse",
				      .since = 1,
				      .in = PARAMS(IN("X", "T", TYPES_IEEE)),
				      .out = PARAMS(IN("Y", "T", TYPES_IEEE)),
				      .infer = infer_inverse,
				      .kernels = kernels},
				     {0}};
