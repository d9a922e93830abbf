/* SPDX-License-Identifier: Apache-2.0 */
/* ops/cumsum.c -- CumSum and CumProd: running sums and products along an axis,
 * in double or wrapping. */
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

static bool infer_cumsum(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *a = infer_shape(c, 1);
	int64_t axis;
	int32_t k;

	if (a->rank > 1)
		return err_set(e, ERR_SHAPE,
			       "'axis' has rank %d, want a scalar", a->rank);
	if (x->rank >= 0 && infer_scalar_int(c, 1, &axis) &&
	    !infer_axis(axis, x->rank, &k, e))
		return false;
	return infer_same_as_first(c, e);
}

/* One item is one line along the axis. */
struct cumsum_job {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	size_t extent, inner;
	bool reverse, exclusive, ints, product;
};

static void sum_line(const struct cumsum_job *j, size_t at)
{
	double sum = j->product, next;
	uint64_t isum = j->product, inext;

	for (size_t i = 0; i < j->extent; i++) {
		size_t k = j->reverse ? j->extent - 1 - i : i;
		size_t here = at + k * j->inner;

		/* The sum before this element, or with it. */
		if (j->ints) {
			uint64_t x = (uint64_t)tensor_int(j->x, here);

			inext = j->product ? isum * x : isum + x;
			element_set_int(j->y->dtype, tensor_mut(j->y), here,
					(int64_t)(j->exclusive ? isum : inext));
			isum = inext;
		} else {
			double x = tensor_double(j->x, here);

			next = j->product ? sum * x : sum + x;
			element_set_double(j->y->dtype, tensor_mut(j->y), here,
					   j->exclusive ? sum : next);
			sum = next;
		}
	}
}

static void cumsum_run(struct job *self, size_t begin, size_t end)
{
	const struct cumsum_job *j = (const struct cumsum_job *)self;

	for (size_t k = begin; k < end; k++)
		sum_line(j, k / j->inner * j->extent * j->inner + k % j->inner);
}

static bool run_cumsum(const struct call *c, struct err *e)
{
	struct cumsum_job j = {.job = {cumsum_run}, .x = call_in(c, 0)};
	const struct tensor *a = call_in(c, 1);
	int32_t axis, rank = j.x->shape.rank;

	if (tensor_count(a) != 1)
		return err_set(e, ERR_SHAPE, "'axis' has %zu elements, want 1",
			       tensor_count(a));
	if (!infer_axis(tensor_int(a, 0), rank, &axis, e))
		return false;
	j.y = call_out(c, 0);
	if (!j.y || tensor_count(j.y) == 0)
		return true;
	j.extent = (size_t)j.x->shape.dim[axis];
	j.inner = shape_span(&j.x->shape, axis + 1, rank);
	j.reverse = attr_int(c->node, "reverse");
	j.exclusive = attr_int(c->node, "exclusive");
	j.ints = dtype_is_integer(j.x->dtype);
	j.product = strcmp(c->node->type, "CumProd") == 0;
	parallel_for(&j.job, tensor_count(j.y) / j.extent,
		     16384 / j.extent + 1);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "cumsum", .engine = "reference", .run = run_cumsum}, {0}};

#define CUMULATE(name, opset, set)                           \
	{                                                    \
		.domain = "", .type = name, .since = opset,  \
		.in = PARAMS(IN("x", "T", set),              \
			     IN("axis", "T2", TYPES_INDEX)), \
		.out = PARAMS(IN("y", "T", set)),            \
		.attrs = ATTRS(ATTR("exclusive", INT, "0"),  \
			       ATTR("reverse", INT, "0")),   \
		.infer = infer_cumsum, .kernels = kernels,   \
	}
#define CUMSUM_11                                                      \
	(TYPE_BIT(F32) | TYPE_BIT(F64) | TYPES_INDEX | TYPE_BIT(U32) | \
	 TYPE_BIT(U64))

const struct op op_rows_cumsum[] = {
	CUMULATE("CumSum", 11, CUMSUM_11),
	CUMULATE("CumSum", 14, CUMSUM_11 | TYPES_FLOAT),
	CUMULATE("CumProd", 26, CUMSUM_11 | TYPES_FLOAT),
	{0}};
