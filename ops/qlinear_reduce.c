/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qlinear_reduce.c -- com.microsoft's QLinearReduceMean.
 *
 *     y = saturate(round(mean((x - x_zero) * x_scale) / y_scale) + y_zero)
 */
#include "ops/op.h"

#include <math.h>

#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/qlinear.h"

/* Which axes go; an empty list means all of them. */
static bool mark_axes(const struct node *n, int32_t rank, bool *gone,
		      struct err *e)
{
	const int64_t *axes;
	uint32_t count = attr_ints(n, "axes", &axes);
	int32_t axis;

	for (int32_t i = 0; i < rank; i++)
		gone[i] = count == 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!infer_axis(axes[i], rank, &axis, e))
			return false;
		gone[axis] = true;
	}
	return true;
}

static bool infer_mean(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	bool keep = attr_int(c->node, "keepdims") != 0, gone[MAX_RANK];
	struct shape y = {.rank = RANK_UNKNOWN};

	if (!qlinear_check(c, 1, e) || !qlinear_check(c, 3, e))
		return false;
	if (x->rank >= 0) {
		if (!mark_axes(c->node, x->rank, gone, e))
			return false;
		y.rank = 0;
		for (int32_t i = 0; i < x->rank; i++)
			if (!gone[i] || keep)
				y.dim[y.rank++] = gone[i] ? 1 : x->dim[i];
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* Which element of the result element I of X belongs to. */
static size_t result_of(const struct shape *x, const bool *gone, size_t i)
{
	size_t at = 0, stride = 1;

	for (int32_t k = x->rank - 1; k >= 0; k--) {
		size_t size = (size_t)x->dim[k];

		if (!gone[k]) {
			at += i % size * stride;
			stride *= size;
		}
		i /= size;
	}
	return at;
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_out(c, 0));
}

static bool run_mean(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	size_t n = tensor_count(x), m = tensor_count(y);
	double zero = call_scalar(c, 2, 0), x_scale, y_scale, *sum;
	struct doubles d = {0};
	bool gone[MAX_RANK];

	if (!qlinear_scale(c, 1, &x_scale, e) ||
	    !qlinear_scale(c, 3, &y_scale, e) ||
	    !mark_axes(c->node, x->shape.rank, gone, e))
		return false;
	if (m > 0 && n == 0)
		return err_set(e, ERR_SHAPE, "the mean of no elements");
	sum = doubles_take(&d, c, m);
	for (size_t i = 0; i < m; i++)
		sum[i] = 0;
	for (size_t i = 0; i < n; i++)
		sum[result_of(&x->shape, gone, i)] += tensor_double(x, i) -
						      zero;
	for (size_t i = 0; i < m; i++)
		sum[i] = nearbyint(sum[i] / (double)(n / m) * x_scale /
				   y_scale) +
			 call_scalar(c, 4, 0);
	element_store(y->dtype, tensor_mut(y), 0, m, sum);
	return true;
}

static const struct kernel kernels[] = {{.name = "qlinear-reduce-mean",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_mean},
					{0}};

const struct op op_rows_qlinear_reduce[] = {
	{.domain = "com.microsoft",
	 .type = "QLinearReduceMean",
	 .since = 1,
	 .in = PARAMS(IN("data", "T", TYPES_BYTES),
		      IN("data_scale", NULL, TYPE_BIT(F32)),
		      OPTIONAL("data_zero_point", "T", TYPES_BYTES),
		      IN("reduced_scale", NULL, TYPE_BIT(F32)),
		      OPTIONAL("reduced_zero_point", "T", TYPES_BYTES)),
	 .out = PARAMS(IN("reduced", "T", TYPES_BYTES)),
	 .attrs = ATTRS(ATTR_REQUIRED("axes", INTS),
			ATTR_REQUIRED("keepdims", INT)),
	 .infer = infer_mean,
	 .kernels = kernels},
	{0}};
