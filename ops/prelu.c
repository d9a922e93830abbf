/* SPDX-License-Identifier: Apache-2.0 */
/* ops/prelu.c -- PRelu: y = x where x >= 0, slope * x below. */
#include "ops/op.h"

#include "ops/ewise.h"

static void prelu(const struct ewise *w, double *y, const double *slope,
		  size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		if (y[i] < 0)
			y[i] *= slope[i];
}

static void prelu_ints(const struct ewise *w, int64_t *y, const int64_t *slope,
		       size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (w->type != DTYPE_U64 && y[i] < 0)
			y[i] = (int64_t)((uint64_t)y[i] * (uint64_t)slope[i]);
}

/* PRelu-1 and -6: a slope of C elements belongs to axis 1. */
static void align_slope(const struct shape *x, const struct shape *slope,
			struct shape *aligned)
{
	*aligned = *slope;
	if (slope->rank != 1 || slope->dim[0] == 1 || x->rank < 2)
		return;
	aligned->rank = x->rank - 1;
	for (int32_t k = 1; k < aligned->rank; k++)
		aligned->dim[k] = 1;
}

static bool run_prelu(const struct call *c, struct err *e)
{
	struct ewise w = {.fold = prelu, .fold_ints = prelu_ints};
	struct shape aligned = call_in(c, 1)->shape;

	(void)e;
	if (c->node->op->since < 7)
		align_slope(&call_in(c, 0)->shape, &call_in(c, 1)->shape,
			    &aligned);
	w.aligned = &aligned;
	ewise_run(&w, c);
	return true;
}

static bool infer_prelu(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape slope = *infer_shape(c, 1), y;

	if (c->node->op->since < 7)
		align_slope(x, infer_shape(c, 1), &slope);
	if (!shape_broadcast(&y, x, &slope, e))
		return err_context(e, "slope");
	if (y.rank >= 0 && y.rank != x->rank)
		return err_set(e, ERR_SHAPE,
			       "slope has rank %d, want at most %d", slope.rank,
			       x->rank);
	for (int32_t k = 0; k < y.rank; k++)
		if (x->dim[k] >= 0 && y.dim[k] != x->dim[k])
			return err_set(e, ERR_SHAPE,
				       "slope does not broadcast to X at "
				       "axis %d",
				       k);
	infer_set(c, 0, infer_dtype(c, 0), x);
	return true;
}

static const struct kernel prelu_kernels[] = {
	{"prelu-ref", "reference", .run = run_prelu, .in_place = 1},
	{.name = NULL},
};

static const struct param p_relu_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{"slope", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param p_relu_1_out[] = {
	{"Y", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec p_relu_1_attrs[] = {
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param p_relu_7_in[] = {
	{"X", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{"slope", "T",
	 TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{NULL},
};

static const struct param p_relu_7_out[] = {
	{"Y", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{NULL},
};

const struct op op_rows_prelu[] = {
	{"", "PRelu", 1, OP_ELEMENTWISE, p_relu_1_in, p_relu_1_out,
	 p_relu_1_attrs, infer_prelu, prelu_kernels},
	{"", "PRelu", 6, OP_ELEMENTWISE, p_relu_1_in, p_relu_1_out, NULL,
	 infer_prelu, prelu_kernels},
	{"", "PRelu", 7, OP_ELEMENTWISE, p_relu_7_in, p_relu_7_out, NULL,
	 infer_prelu, prelu_kernels},
	{.type = NULL},
};
