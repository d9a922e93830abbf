/* SPDX-License-Identifier: Apache-2.0 */
/* ops/variadic.c -- Max, Min, Sum and Mean of any number of operands.
 *
 * Sums run in operand order.  A NaN among the operands is the result.  Before
 * opset 8 the operands have equal shapes.
 */
#include "ops/op.h"

#include <math.h>
#include <string.h>

#include "ops/ewise.h"
#include "ops/ewise_f32.h"

struct variadic {
	struct ewise ewise;
	double count;
};

static void max(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		if (x[i] > y[i] || isnan(x[i]))
			y[i] = x[i];
}

static void min(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		if (x[i] < y[i] || isnan(x[i]))
			y[i] = x[i];
}

static bool less(const struct ewise *w, int64_t a, int64_t b)
{
	return w->type == DTYPE_U64 ? (uint64_t)a < (uint64_t)b : a < b;
}

static void max_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (less(w, y[i], x[i]))
			y[i] = x[i];
}

static void min_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (less(w, x[i], y[i]))
			y[i] = x[i];
}

static void add(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

static void take_mean(const struct ewise *w, double *y, size_t n)
{
	double count = ((const struct variadic *)w)->count;

	for (size_t i = 0; i < n; i++)
		y[i] /= count;
}

static const struct {
	const char *type;
	struct ewise w;
} functions[] = {
	{"Max", {.fold = max, .fold_ints = max_ints}},
	{"Min", {.fold = min, .fold_ints = min_ints}},
	{"Sum", {.fold = add}},
	{"Mean", {.fold = add, .finish = take_mean}},
};

static bool run_variadic(const struct call *c, struct err *e)
{
	struct variadic v = {.count = c->nin};

	(void)e;
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		if (strcmp(functions[i].type, c->node->type) == 0)
			v.ewise = functions[i].w;
	ewise_run(&v.ewise, c);
	return true;
}

static bool infer_equal_shapes(struct infer *c, struct err *e)
{
	const struct shape *a = infer_shape(c, 0), *b;

	for (uint32_t i = 1; i < c->node->nin; i++) {
		b = infer_shape(c, i);
		if (shape_is_known(a) && shape_is_known(b) &&
		    !shape_equal(a, b))
			return err_set(e, ERR_SHAPE,
				       "operands 0 and %u have different "
				       "shapes, want equal ones",
				       i);
	}
	return infer_same_as_first(c, e);
}

static const struct kernel variadic_kernels[] = {
	{"variadic-ref", "reference", .run = run_variadic, .in_place = 1},
	BINARY_F32_KERNEL,
	{.name = NULL},
};

static const struct param max_1_in[] = {
	{"data_0", "T", TYPES_IEEE, PARAM_VARIADIC},
	{NULL},
};

static const struct param max_1_out[] = {
	{"max", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec max_1_attrs[] = {
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param max_8_in[] = {
	{"data_0", "T", TYPES_NUMERIC, PARAM_VARIADIC},
	{NULL},
};

static const struct param max_8_out[] = {
	{"max", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct param min_1_out[] = {
	{"min", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param min_8_out[] = {
	{"min", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct param sum_1_out[] = {
	{"sum", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param sum_8_in[] = {
	{"data_0", "T", TYPES_FLOAT, PARAM_VARIADIC},
	{NULL},
};

static const struct param sum_8_out[] = {
	{"sum", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param mean_1_out[] = {
	{"mean", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param mean_8_out[] = {
	{"mean", "T", TYPES_FLOAT, 0},
	{NULL},
};

const struct op op_rows_variadic[] = {
	{"", "Max", 1, OP_COMMUTATIVE | OP_ELEMENTWISE, max_1_in, max_1_out,
	 max_1_attrs, infer_equal_shapes, variadic_kernels},
	{"", "Max", 6, OP_COMMUTATIVE | OP_ELEMENTWISE, max_1_in, max_1_out,
	 NULL, infer_equal_shapes, variadic_kernels},
	{"", "Max", 8, OP_COMMUTATIVE | OP_ELEMENTWISE, max_8_in, max_8_out,
	 NULL, infer_broadcast, variadic_kernels},
	{"", "Min", 1, OP_COMMUTATIVE | OP_ELEMENTWISE, max_1_in, min_1_out,
	 max_1_attrs, infer_equal_shapes, variadic_kernels},
	{"", "Min", 6, OP_COMMUTATIVE | OP_ELEMENTWISE, max_1_in, min_1_out,
	 NULL, infer_equal_shapes, variadic_kernels},
	{"", "Min", 8, OP_COMMUTATIVE | OP_ELEMENTWISE, max_8_in, min_8_out,
	 NULL, infer_broadcast, variadic_kernels},
	{"", "Sum", 1, OP_COMMUTATIVE | OP_ELEMENTWISE, max_1_in, sum_1_out,
	 max_1_attrs, infer_equal_shapes, variadic_kernels},
	{"", "Sum", 6, OP_COMMUTATIVE | OP_ELEMENTWISE, max_1_in, sum_1_out,
	 NULL, infer_equal_shapes, variadic_kernels},
	{"", "Sum", 8, OP_COMMUTATIVE | OP_ELEMENTWISE, sum_8_in, sum_8_out,
	 NULL, infer_broadcast, variadic_kernels},
	{"", "Mean", 1, OP_COMMUTATIVE | OP_ELEMENTWISE, max_1_in, mean_1_out,
	 max_1_attrs, infer_equal_shapes, variadic_kernels},
	{"", "Mean", 6, OP_COMMUTATIVE | OP_ELEMENTWISE, max_1_in, mean_1_out,
	 NULL, infer_equal_shapes, variadic_kernels},
	{"", "Mean", 8, OP_COMMUTATIVE | OP_ELEMENTWISE, sum_8_in, mean_8_out,
	 NULL, infer_broadcast, variadic_kernels},
	{.type = NULL},
};
