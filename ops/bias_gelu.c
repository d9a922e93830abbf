/* SPDX-License-Identifier: Apache-2.0 */
/* ops/bias_gelu.c -- com.microsoft's BiasGelu and FastGelu.
 *
 * Gelu(A + B), with the tanh approximation in FastGelu, whose bias may be left
 * out; the bias belongs to the last axis.
 */
#include "ops/op.h"

#include <string.h>

#include "ops/curve.h"
#include "ops/ewise.h"

struct bias_gelu {
	struct ewise ewise;
	struct curve curve;
};

static void add(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

static void finish(const struct ewise *w, double *y, size_t n)
{
	curve_map(&((const struct bias_gelu *)w)->curve, y, n);
}

static bool run_bias_gelu(const struct call *c, struct err *e)
{
	struct bias_gelu g = {
		.ewise = {.fold = add, .finish = finish, .operand = {0, 1}}};
	bool fast = strcmp(c->node->type, "FastGelu") == 0;

	(void)e;
	g.ewise.count = call_in(c, 1) ? 2 : 1;
	curve_find(&g.curve, fast ? "GeluTanh" : "Gelu");
	ewise_run(&g.ewise, c);
	return true;
}

static bool infer_bias_gelu(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *b = infer_shape(c, 1);

	if (infer_has(c, 1) && b->rank >= 0 && b->rank != 1)
		return err_set(e, ERR_SHAPE, "the bias has rank %d, want 1",
			       b->rank);
	if (infer_has(c, 1) && b->rank == 1 && x->rank >= 0 &&
	    (x->rank == 0 || (b->dim[0] >= 0 && x->dim[x->rank - 1] >= 0 &&
			      b->dim[0] != x->dim[x->rank - 1])))
		return err_set(e, ERR_SHAPE,
			       "the bias does not fit the last axis");
	return infer_same_as_first(c, e);
}

static const struct kernel bias_gelu_kernels[] = {
	{"bias-gelu-ref", "reference", .run = run_bias_gelu, .in_place = 1},
	{.name = NULL},
};

static const struct param bias_gelu_1_in[] = {
	{"A", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param bias_gelu_1_out[] = {
	{"C", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param fast_gelu_1_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{"bias", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct param fast_gelu_1_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

const struct op op_rows_bias_gelu[] = {
	{"com.microsoft", "BiasGelu", 1, OP_ELEMENTWISE, bias_gelu_1_in,
	 bias_gelu_1_out, NULL, infer_bias_gelu, bias_gelu_kernels},
	{"com.microsoft", "FastGelu", 1, OP_ELEMENTWISE, fast_gelu_1_in,
	 fast_gelu_1_out, NULL, infer_bias_gelu, bias_gelu_kernels},
	{.type = NULL},
};
