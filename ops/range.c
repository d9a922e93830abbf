/* SPDX-License-Identifier: Apache-2.0 */
/* ops/range.c -- Range, also com.microsoft's: start, start + delta ... below limit.
 *
 *     y[i] = start + i * delta        n = max(ceil((limit - start) / delta), 0)
 *
 * Integers wrap; floating results are computed in double and rounded once.
 */
#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

static bool too_long(struct err *e)
{
	return err_set(e, ERR_LIMIT, "result has more than 2^63 elements");
}

static bool count_ints(int64_t start, int64_t limit, int64_t delta, int64_t *n,
		       struct err *e)
{
	uint64_t span, step, count;

	*n = 0;
	if (delta == 0)
		return err_set(e, ERR_SHAPE, "'delta' is 0");
	if (delta > 0 ? start >= limit : start <= limit)
		return true;
	span = delta > 0 ? (uint64_t)limit - (uint64_t)start
			 : (uint64_t)start - (uint64_t)limit;
	step = delta > 0 ? (uint64_t)delta : -(uint64_t)delta;
	count = (span - 1) / step + 1;
	if (count > INT64_MAX)
		return too_long(e);
	*n = (int64_t)count;
	return true;
}

static bool count_doubles(double start, double limit, double delta, int64_t *n,
			  struct err *e)
{
	double count = ceil((limit - start) / delta);

	*n = 0;
	if (delta == 0 || isnan(count))
		return err_set(e, ERR_SHAPE,
			       "start %g, limit %g and delta %g make no range",
			       start, limit, delta);
	if (count >= 0x1p63)
		return too_long(e);
	if (count > 0)
		*n = (int64_t)count;
	return true;
}

/* com.microsoft's may leave the step out: 1. */
static bool step_int(const struct infer *c, int64_t *delta)
{
	*delta = 1;
	return !infer_has(c, 2) || infer_scalar_int(c, 2, delta);
}

static bool step_double(const struct infer *c, double *delta)
{
	*delta = 1;
	return !infer_has(c, 2) || infer_scalar(c, 2, delta);
}

/* Range(0, N, 1) has N elements. */
static int64_t named_count(struct infer *c)
{
	int64_t start, delta;
	struct shape limit;

	if (!infer_scalar_int(c, 0, &start) || !step_int(c, &delta) ||
	    start < 0 || delta != 1 || !infer_ints(c, 1, &limit) ||
	    limit.rank != 1 || limit.dim[0] <= INT64_MIN / 2)
		return DIM_UNKNOWN;
	return dim_sub(&c->model->symbols, limit.dim[0], start);
}

static void range_content(struct infer *c, int64_t start, int64_t delta,
			  int64_t n)
{
	struct shape dims = {.rank = (int32_t)n};

	if (!c->out_content || n > MAX_RANK)
		return;
	for (int32_t i = 0; i < dims.rank; i++)
		dims.dim[i] = content_literal(
			(int64_t)((uint64_t)start +
				  (uint64_t)i * (uint64_t)delta));
	infer_set_content(c, 0, &dims);
}

static bool infer_range(struct infer *c, struct err *e)
{
	struct shape y = {.rank = 1, .dim = {DIM_UNKNOWN}};
	int64_t start, limit, delta;
	double s, l, d;

	for (uint32_t i = 0; i < 3; i++)
		if (infer_shape(c, i)->rank > 1)
			return err_set(e, ERR_SHAPE,
				       "operand %u has rank %d, want a scalar",
				       i, infer_shape(c, i)->rank);
	if (infer_scalar_int(c, 0, &start) && infer_scalar_int(c, 1, &limit) &&
	    step_int(c, &delta)) {
		if (!count_ints(start, limit, delta, &y.dim[0], e))
			return false;
		range_content(c, start, delta, y.dim[0]);
	} else if (infer_scalar(c, 0, &s) && infer_scalar(c, 1, &l) &&
		   step_double(c, &d)) {
		if (!count_doubles(s, l, d, &y.dim[0], e))
			return false;
	} else {
		y.dim[0] = named_count(c);
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool run_range(const struct call *c, struct err *e)
{
	const struct tensor *start = call_in(c, 0), *delta = call_in(c, 2);
	struct tensor *y = call_out(c, 0);
	size_t n = y ? tensor_count(y) : 0;

	(void)e;
	if (n > 0 && dtype_is_integer(y->dtype)) {
		uint64_t s = (uint64_t)tensor_int(start, 0);
		uint64_t d = delta ? (uint64_t)tensor_int(delta, 0) : 1;

		for (size_t i = 0; i < n; i++)
			element_set_int(y->dtype, tensor_mut(y), i,
					(int64_t)(s + i * d));
		return true;
	}
	for (size_t i = 0; i < n; i++)
		element_set_double(y->dtype, tensor_mut(y), i,
				   tensor_double(start, 0) +
					   (double)i * call_scalar(c, 2, 1));
	return true;
}

static const struct kernel kernels[] = {
	{.name = "range", .engine = "reference", .run = run_range}, {0}};

#define RANGE(opset, set, attributes)                                       \
	{                                                                   \
		.domain = "", .type = "Range", .since = opset,              \
		.in = PARAMS(IN("start", "T", set), IN("limit", "T", set),  \
			     IN("delta", "T", set)),                        \
		.out = PARAMS(IN("output", "T", set)), .attrs = attributes, \
		.infer = infer_range, .kernels = kernels,                   \
	}

#define RANGE_11 (TYPE_BIT(F32) | TYPE_BIT(F64) | TYPE_BIT(I16) | TYPES_INDEX)

const struct op op_rows_range[] = {
	RANGE(11, RANGE_11, NULL),
	RANGE(27, RANGE_11 | TYPES_FLOAT, ATTRS(ATTR("stash_type", INT, "1"))),
	{.domain = "com.microsoft",
	 .type = "Range",
	 .since = 1,
	 .in = PARAMS(IN("start", "T", RANGE_11), IN("limit", "T", RANGE_11),
		      OPTIONAL("delta", "T", RANGE_11)),
	 .out = PARAMS(IN("Y", "T", RANGE_11)),
	 .infer = infer_range,
	 .kernels = kernels},
	{0}};
