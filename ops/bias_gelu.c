/* SPDX-License-Identifier: Apache-2.0 */
/* ops/bias_gelu.c -- com.microsoft's BiasGelu and FastGelu.
 *
 * Gelu(A + B), with the tanh approximation in FastGelu, whose bias may be left
 * out; the bias belongs to the last axis.
 */
#include "ops/op.h"

#include <string.h>

#include "base/parallel.h"
#include "kern/act.h"
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

/* ---- of floats, row by row ----------------------------------------------- */

struct rows {
	struct job job;
	struct act act;
	const float *x, *bias; /* BIAS may be NULL */
	float *y;
	size_t n;
};

static bool fast_accepts(const struct call *c)
{
	const struct shape *x = &call_in(c, 0)->shape;

	return call_in(c, 0)->dtype == DTYPE_F32 && x->rank > 0 &&
	       x->dim[x->rank - 1] > 0;
}

static void run_rows(struct job *self, size_t begin, size_t end)
{
	const struct rows *s = (const struct rows *)self;

	for (size_t i = begin; i < end; i++)
		kern_act_row_f32(&s->act, s->x + i * s->n, s->bias,
				 s->y + i * s->n, s->n);
}

static bool fast_run(const struct call *c, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	bool by_tanh = strcmp(c->node->type, "FastGelu") == 0;
	struct rows s = {
		.job.run = run_rows,
		.act.kind = by_tanh ? ACT_GELU_TANH : ACT_GELU,
		.x = call_f32(c, 0),
		.bias = call_f32(c, 1),
		.y = tensor_f32_mut(call_out(c, 0)),
		.n = (size_t)x->dim[x->rank - 1],
	};

	(void)e;
	parallel_for(&s.job, tensor_count(call_in(c, 0)) / s.n,
		     1 + 16384 / s.n);
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
	{"bias-gelu-f32", "blas", .accepts = fast_accepts, .run = fast_run,
	 .in_place = 1},
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
