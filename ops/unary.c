/* SPDX-License-Identifier: Apache-2.0 */
/* ops/unary.c -- functions of one element without parameters.
 *
 * Computed in double by the C library, rounded once.  Round takes ties to
 * even.  Integers wrap: Abs and Neg of the smallest are the smallest.
 */
#include "ops/op.h"

#include <string.h>

#include "ops/curve.h"
#include "ops/ewise.h"
#include "ops/ewise_f32.h"

struct unary {
	struct ewise ewise;
	struct curve curve;
};

static void map(const struct ewise *w, double *y, size_t n)
{
	curve_map(&((const struct unary *)w)->curve, y, n);
}

static bool negative(const struct ewise *w, int64_t x)
{
	return w->type != DTYPE_U64 && x < 0;
}

static void abs_ints(const struct ewise *w, int64_t *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (negative(w, y[i]))
			y[i] = (int64_t) - (uint64_t)y[i];
}

static void negate_ints(const struct ewise *w, int64_t *y, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = (int64_t) - (uint64_t)y[i];
}

static void sign_ints(const struct ewise *w, int64_t *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = negative(w, y[i]) ? -1 : y[i] != 0;
}

static void relu_ints(const struct ewise *w, int64_t *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (negative(w, y[i]))
			y[i] = 0;
}

/* Erf-9 exists on integers too. */
static void erf_ints(const struct ewise *w, int64_t *y, size_t n)
{
	const struct curve *c = &((const struct unary *)w)->curve;

	for (size_t i = 0; i < n; i++)
		y[i] = (int64_t)curve_at(c, (double)y[i]);
}

static const struct {
	const char *type;
	void (*finish)(const struct ewise *w, int64_t *y, size_t n);
} on_integers[] = {
	{"Abs", abs_ints},   {"Erf", erf_ints},	  {"Neg", negate_ints},
	{"Relu", relu_ints}, {"Sign", sign_ints},
};

static bool run_unary(const struct call *c, struct err *e)
{
	struct unary u = {.ewise.finish = map};
	const char *type = c->node->type;

	(void)e;
	if (!curve_find(&u.curve, type))
		bug("unary: no function for %s", type);
	for (size_t i = 0; i < COUNT_OF(on_integers); i++)
		if (strcmp(on_integers[i].type, type) == 0)
			u.ewise.finish_ints = on_integers[i].finish;
	ewise_run(&u.ewise, c);
	return true;
}

static const struct kernel unary_kernels[] = {
	{"unary-ref", "reference", .run = run_unary, .in_place = 1},
	UNARY_F32_KERNEL,
	{.name = NULL},
};

static const struct param abs_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param abs_1_out[] = {
	{"Y", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec abs_1_attrs[] = {
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param abs_6_in[] = {
	{"X", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct param abs_6_out[] = {
	{"Y", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct param acos_7_in[] = {
	{"input", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param acos_7_out[] = {
	{"output", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param ceil_6_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param ceil_6_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param erf_9_in[] = {
	{"input", "T", TYPES_NUMERIC_1, 0},
	{NULL},
};

static const struct param erf_9_out[] = {
	{"output", "T", TYPES_NUMERIC_1, 0},
	{NULL},
};

static const struct param exp_1_in[] = {
	{"input", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param exp_1_out[] = {
	{"output", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param neg_6_in[] = {
	{"X", "T", TYPES_FLOAT | TYPES_SIGNED, 0},
	{NULL},
};

static const struct param neg_6_out[] = {
	{"Y", "T", TYPES_FLOAT | TYPES_SIGNED, 0},
	{NULL},
};

static const struct param sign_9_in[] = {
	{"input", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct param sign_9_out[] = {
	{"output", "T", TYPES_NUMERIC, 0},
	{NULL},
};

const struct op op_rows_unary[] = {
	{"", "Abs", 1, OP_ELEMENTWISE, abs_1_in, abs_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Abs", 6, OP_ELEMENTWISE, abs_6_in, abs_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Acos", 7, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Acosh", 9, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Asin", 7, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Asinh", 9, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Atan", 7, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Atanh", 9, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Ceil", 1, OP_ELEMENTWISE, abs_1_in, abs_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Ceil", 6, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Cos", 7, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Cosh", 9, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Erf", 9, OP_ELEMENTWISE, erf_9_in, erf_9_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Erf", 13, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Exp", 1, OP_ELEMENTWISE, exp_1_in, exp_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Exp", 6, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Floor", 1, OP_ELEMENTWISE, abs_1_in, abs_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Floor", 6, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "HardSwish", 14, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Log", 1, OP_ELEMENTWISE, exp_1_in, exp_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Log", 6, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Mish", 18, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Neg", 1, OP_ELEMENTWISE, abs_1_in, abs_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Neg", 6, OP_ELEMENTWISE, neg_6_in, neg_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Reciprocal", 1, OP_ELEMENTWISE, abs_1_in, abs_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Reciprocal", 6, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Relu", 1, OP_ELEMENTWISE, abs_1_in, abs_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Relu", 6, OP_ELEMENTWISE, neg_6_in, neg_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Round", 11, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Sigmoid", 1, OP_ELEMENTWISE, abs_1_in, abs_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Sigmoid", 6, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Sign", 9, OP_ELEMENTWISE, sign_9_in, sign_9_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Sin", 7, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Sinh", 9, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Softplus", 1, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Softsign", 1, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Sqrt", 1, OP_ELEMENTWISE, abs_1_in, abs_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Sqrt", 6, OP_ELEMENTWISE, ceil_6_in, ceil_6_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Tan", 7, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{"", "Tanh", 1, OP_ELEMENTWISE, exp_1_in, exp_1_out, abs_1_attrs,
	 infer_same_as_first, unary_kernels},
	{"", "Tanh", 6, OP_ELEMENTWISE, acos_7_in, acos_7_out, NULL,
	 infer_same_as_first, unary_kernels},
	{.type = NULL},
};
