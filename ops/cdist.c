/* SPDX-License-Identifier: Apache-2.0 */
/* ops/cdist.c -- com.microsoft's CDist: distances between all rows of A [m, k]
 * and B [n, k], euclidean or squared.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"

static bool infer_cdist(struct infer *c, struct err *e)
{
	const struct shape *a = infer_shape(c, 0), *b = infer_shape(c, 1);
	const char *metric = attr_string(c->node, "metric");
	struct shape y = SHAPE(a->rank == 2 ? a->dim[0] : DIM_UNKNOWN,
			       b->rank == 2 ? b->dim[0] : DIM_UNKNOWN);

	if (strcmp(metric, "euclidean") && strcmp(metric, "sqeuclidean"))
		return err_set(e, ERR_UNSUPPORTED,
			       "metric is '%s', want euclidean or sqeuclidean",
			       metric);
	if ((a->rank >= 0 && a->rank != 2) || (b->rank >= 0 && b->rank != 2))
		return err_set(e, ERR_SHAPE,
			       "A and B have ranks %d and %d, want 2", a->rank,
			       b->rank);
	if (a->rank == 2 && b->rank == 2 && a->dim[1] >= 0 && b->dim[1] >= 0 &&
	    a->dim[1] != b->dim[1])
		return err_set(e, ERR_SHAPE,
			       "A has %" PRId64 " columns, B has %" PRId64,
			       a->dim[1], b->dim[1]);
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

struct cdist {
	struct job job;
	const struct tensor *a, *b;
	struct tensor *y;
	size_t n, k;
	bool root;
};

static void distances(struct job *job, size_t begin, size_t end)
{
	const struct cdist *v = (const struct cdist *)job;

	for (size_t i = begin; i < end; i++) {
		size_t a = i / v->n * v->k, b = i % v->n * v->k;
		double sum = 0;

		for (size_t k = 0; k < v->k; k++) {
			double d = tensor_double(v->a, a + k) -
				   tensor_double(v->b, b + k);

			sum += d * d;
		}
		element_set_double(v->y->dtype, tensor_mut(v->y), i,
				   v->root ? sqrt(sum) : sum);
	}
}

static bool run_cdist(const struct call *c, struct err *e)
{
	struct cdist v = {.job.run = distances, .a = call_in(c, 0)};

	(void)e;
	v.b = call_in(c, 1);
	v.y = call_out(c, 0);
	v.n = (size_t)v.b->shape.dim[0];
	v.k = (size_t)v.b->shape.dim[1];
	v.root = strcmp(attr_string(c->node, "metric"), "euclidean") == 0;
	parallel_for(&v.job, tensor_count(v.y), 1 + 4096 / (v.k + 1));
	return true;
}

static const struct kernel kernels[] = {
	{.name = "cdist-ref", .engine = "reference", .run = run_cdist}, {0}};

#define REAL (TYPE_BIT(F32) | TYPE_BIT(F64))

const struct op op_rows_cdist[] = {
	{.domain = "com.microsoft",
	 .type = "CDist",
	 .since = 1,
	 .in = PARAMS(IN("A", "T", REAL), IN("B", "T", REAL)),
	 .out = PARAMS(IN("C", "T", REAL)),
	 .attrs = ATTRS(ATTR("metric", STRING, "sqeuclidean")),
	 .infer = infer_cdist,
	 .kernels = kernels},
	{0}};
