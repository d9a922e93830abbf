/* SPDX-License-Identifier: Apache-2.0 */
/* ops/arg.c -- ArgMax and ArgMin: where the extreme along an axis is.
 *
 * The first of equals, or with select_last_index the last.  A NaN is beyond
 * every number, as in numpy.
 */
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

static bool infer_arg(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	bool keep = attr_int(c->node, "keepdims");
	struct shape y = {.rank = x->rank < 0 ? RANK_UNKNOWN : 0};
	int32_t axis = 0;

	if (x->rank >= 0) {
		if (!infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
			return false;
		if (x->dim[axis] == 0)
			return err_set(e, ERR_SHAPE,
				       "axis %d is empty, want an element",
				       axis);
	}
	for (int32_t i = 0; i < x->rank; i++) {
		if (i != axis)
			y.dim[y.rank++] = x->dim[i];
		else if (keep)
			y.dim[y.rank++] = 1;
	}
	infer_set(c, 0, DTYPE_I64, &y);
	return true;
}

/* One item is one element of the result. */
struct arg_job {
	struct job job;
	const struct tensor *x;
	int64_t *out;
	size_t extent, inner;
	bool least, last;
};

/* A takes the place of the best so far, B. */
static bool beats(const struct arg_job *j, double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && (j->last || !isnan(b));
	if (a == b)
		return j->last;
	return j->least ? a < b : a > b;
}

static bool beats_int(const struct arg_job *j, int64_t a, int64_t b)
{
	if (a == b)
		return j->last;
	if (j->x->dtype == DTYPE_U64)
		return j->least == ((uint64_t)a < (uint64_t)b);
	return j->least == (a < b);
}

static size_t find(const struct arg_job *j, size_t at)
{
	double best = tensor_double(j->x, at);
	size_t found = 0;

	for (size_t i = 1; i < j->extent; i++) {
		double x = tensor_double(j->x, at + i * j->inner);

		if (beats(j, x, best)) {
			best = x;
			found = i;
		}
	}
	return found;
}

static size_t find_int(const struct arg_job *j, size_t at)
{
	int64_t best = tensor_int(j->x, at);
	size_t found = 0;

	for (size_t i = 1; i < j->extent; i++) {
		int64_t x = tensor_int(j->x, at + i * j->inner);

		if (beats_int(j, x, best)) {
			best = x;
			found = i;
		}
	}
	return found;
}

static void arg_run(struct job *self, size_t begin, size_t end)
{
	const struct arg_job *j = (const struct arg_job *)self;
	bool ints = dtype_is_integer(j->x->dtype);

	for (size_t k = begin; k < end; k++) {
		size_t at = k / j->inner * j->extent * j->inner + k % j->inner;

		j->out[k] = (int64_t)(ints ? find_int(j, at) : find(j, at));
	}
}

static bool run_arg(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	struct arg_job j = {.job = {arg_run}, .x = x};
	int32_t axis = call_axis(c, x->shape.rank);

	(void)e;
	if (!y || tensor_count(y) == 0)
		return true;
	j.out = tensor_i64_mut(y);
	j.extent = (size_t)x->shape.dim[axis];
	j.inner = shape_span(&x->shape, axis + 1, x->shape.rank);
	j.least = strcmp(c->node->type, "ArgMin") == 0;
	j.last = c->node->op->since >= 12 &&
		 attr_int(c->node, "select_last_index");
	parallel_for(&j.job, tensor_count(y), 16384 / j.extent + 1);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "arg", .engine = "reference", .run = run_arg}, {0}};

#define ARG(name, opset, set, attributes)                                    \
	{                                                                    \
		.domain = "", .type = name, .since = opset,                  \
		.in = PARAMS(IN("data", "T", set)),                          \
		.out = PARAMS(IN("reduced", NULL, TYPES_I64)),               \
		.attrs = attributes, .infer = infer_arg, .kernels = kernels, \
	}

#define BASIC ATTR("axis", INT, "0"), ATTR("keepdims", INT, "1")
#define FIRST ATTRS(BASIC)
#define SELECT ATTRS(BASIC, ATTR("select_last_index", INT, "0"))

const struct op op_rows_arg[] = {ARG("ArgMax", 1, TYPES_NUMERIC_1, FIRST),
				 ARG("ArgMax", 11, TYPES_NUMERIC_1, FIRST),
				 ARG("ArgMax", 12, TYPES_NUMERIC_1, SELECT),
				 ARG("ArgMax", 13, TYPES_NUMERIC, SELECT),
				 ARG("ArgMin", 1, TYPES_NUMERIC_1, FIRST),
				 ARG("ArgMin", 11, TYPES_NUMERIC_1, FIRST),
				 ARG("ArgMin", 12, TYPES_NUMERIC_1, SELECT),
				 ARG("ArgMin", 13, TYPES_NUMERIC, SELECT),
				 {0}};
