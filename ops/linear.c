/* SPDX-License-Identifier: Apache-2.0 */
/* ops/linear.c -- mlopt's own Linear: a matrix product and what follows it.
 *
 *     Y = activation(X W + B + Z)
 *
 * X is [..., K], W is [K, N] or with transB [N, K], B is [N], and Z has the
 * shape of Y, [..., N].  Plans make it of MatMul and Gemm with constant
 * weights (exec/lower_linear.c); models never contain it.
 */
#include "ops/linear.h"

#include <inttypes.h>

#include "ops/axes.h"
#include "ops/curve_of.h"
#include "ops/doubles.h"
#include "ops/op.h"
#include "ops/product.h"

static bool infer_linear(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, LINEAR_X);
	const struct shape *w = infer_shape(c, LINEAR_W);
	bool trans = attr_int(c->node, "transB") != 0;
	struct shape y = *x;
	struct curve curve;

	if (!curve_of_node(&curve, c->node, e))
		return false;
	if (w->rank != 2 || x->rank < 1)
		return err_set(e, ERR_SHAPE, "W has rank %d, want 2", w->rank);
	if (x->dim[x->rank - 1] != w->dim[trans])
		return err_set(e, ERR_SHAPE,
			       "X has %" PRId64 " columns, W %" PRId64 " rows",
			       x->dim[x->rank - 1], w->dim[trans]);
	y.dim[y.rank - 1] = w->dim[!trans];
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

void linear_make(struct linear_sizes *l, const struct call *c)
{
	const struct shape *x = &call_in(c, LINEAR_X)->shape;
	const struct shape *y = &call_out(c, 0)->shape;

	l->m = shape_span(x, 0, x->rank - 1);
	l->k = (size_t)x->dim[x->rank - 1];
	l->n = (size_t)y->dim[y->rank - 1];
	l->transposed = attr_int(c->node, "transB") != 0;
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, LINEAR_X)) +
	       doubles_of(count_in(c, LINEAR_W)) + doubles_of(count_out(c, 0));
}

/* W as [K, N]. */
static double *load_weights(struct doubles *d, const struct call *c,
			    const struct linear_sizes *l)
{
	const struct tensor *t = call_in(c, LINEAR_W);
	double *w;

	if (!l->transposed)
		return doubles_load(d, c, LINEAR_W);
	w = doubles_take(d, c, l->k * l->n);
	for (size_t i = 0; i < l->k; i++)
		for (size_t j = 0; j < l->n; j++)
			w[i * l->n + j] = tensor_double(t, j * l->k + i);
	return w;
}

static bool run_linear(const struct call *c, struct err *e)
{
	const struct tensor *b = call_in(c, LINEAR_B);
	const struct tensor *z = call_in(c, LINEAR_Z);
	struct tensor *out = call_out(c, 0);
	struct doubles d = {0};
	struct shape xs, ws;
	struct linear_sizes l;
	struct product p;
	struct curve curve;
	double *x, *w, *y;

	if (!curve_of_node(&curve, c->node, e))
		return false;
	linear_make(&l, c);
	xs = SHAPE((int64_t)l.m, (int64_t)l.k);
	ws = SHAPE((int64_t)l.k, (int64_t)l.n);
	product_make(&p, &xs, &ws);
	x = doubles_load(&d, c, LINEAR_X);
	w = load_weights(&d, c, &l);
	y = doubles_take(&d, c, l.m * l.n);
	product_run(&p, x, w, y);
	for (size_t i = 0; i < l.m * l.n; i++) {
		y[i] += b ? tensor_double(b, i % l.n) : 0;
		y[i] += z ? tensor_double(z, i) : 0;
		tensor_f32_mut(out)[i] = (float)curve_at(&curve, y[i]);
	}
	return true;
}

static const struct kernel kernels[] = {
	{"linear-ref", "reference", .scratch = scratch, .run = run_linear},
	LINEAR_PANELS_KERNEL,
	LINEAR_BLAS_KERNEL,
	{.name = NULL},
};

const struct op op_rows_linear[] = {
	{.domain = "mlopt",
	 .type = "Linear",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPE_BIT(F32)), IN("W", "T", TYPE_BIT(F32)),
		      OPTIONAL("B", "T", TYPE_BIT(F32)),
		      OPTIONAL("Z", "T", TYPE_BIT(F32))),
	 .out = PARAMS(IN("Y", "T", TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("transB", INT, "0"),
			ATTR("activation", STRING, ""),
			ATTR("activation_alpha", FLOAT, NULL),
			ATTR("activation_beta", FLOAT, NULL)),
	 .infer = infer_linear,
	 .kernels = kernels},
	{0}};
