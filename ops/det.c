/* SPDX-License-Identifier: Apache-2.0 */
/* ops/det.c -- Det: determinants of square matrices, by elimination with row
 * exchanges in double. */
#include <inttypes.h>
#include <math.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/op.h"

static bool infer_det(struct infer *c, struct err *e)
{
	struct shape y = *infer_shape(c, 0);
	const int64_t *m;

	if (y.rank >= 0 && y.rank < 2)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 2 or more",
			       y.rank);
	if (y.rank >= 0) {
		y.rank -= 2;
		m = &y.dim[y.rank];
		if (m[0] >= 0 && m[1] >= 0 && m[0] != m[1])
			return err_set(e, ERR_SHAPE,
				       "matrices are %" PRId64 " by %" PRId64
				       ", want them square",
				       m[0], m[1]);
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* One item is one matrix. */
struct det_job {
	struct job job;
	double *x;
	size_t m;
	struct tensor *y;
};

static void exchange(double *a, double *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double t = a[i];

		a[i] = b[i];
		b[i] = t;
	}
}

/* A NaN is larger than all else, so that none is passed over. */
static bool larger(double a, double b)
{
	return !isnan(b) && (isnan(a) || fabs(a) > fabs(b));
}

/* The determinant of the M by M matrix A, which is overwritten. */
static double determinant(double *a, size_t m)
{
	double det = 1;

	for (size_t k = 0; k < m; k++) {
		size_t pivot = k;

		for (size_t i = k + 1; i < m; i++)
			if (larger(a[i * m + k], a[pivot * m + k]))
				pivot = i;
		if (pivot != k) {
			exchange(a + pivot * m, a + k * m, m);
			det = -det;
		}
		det *= a[k * m + k];
		if (a[k * m + k] == 0)
			continue; /* and so is all below it */
		for (size_t i = k + 1; i < m; i++) {
			double f = a[i * m + k] / a[k * m + k];

			for (size_t j = k; j < m; j++)
				a[i * m + j] -= f * a[k * m + j];
		}
	}
	return det;
}

static void det_run(struct job *self, size_t begin, size_t end)
{
	const struct det_job *j = (const struct det_job *)self;

	/* Matrices of no elements have no address. */
	for (size_t i = begin; i < end; i++)
		element_set_double(
			j->y->dtype, tensor_mut(j->y), i,
			determinant(j->m ? j->x + i * j->m * j->m : j->x,
				    j->m));
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0));
}

static bool run_det(const struct call *c, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	struct det_job j = {.job = {det_run}, .y = call_out(c, 0)};
	struct doubles d = {0};

	(void)e;
	j.x = doubles_load(&d, c, 0);
	j.m = (size_t)x->dim[x->rank - 1];
	if (j.y)
		parallel_for(&j.job, tensor_count(j.y),
			     4096 / (j.m * j.m * j.m + 1) + 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "det",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_det},
					{0}};

#define DET(opset, set)                                               \
	{                                                             \
		.domain = "", .type = "Det", .since = opset,          \
		.in = PARAMS(IN("X", "T", set)),                      \
		.out = PARAMS(IN("Y", "T", set)), .infer = infer_det, \
		.kernels = kernels,                                   \
	}

const struct op op_rows_det[] = {
	DET(11, TYPES_IEEE), DET(22, TYPES_FLOAT), {0}};
