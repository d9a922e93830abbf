/* SPDX-License-Identifier: Apache-2.0 */
/* ops/gelu_grad.c -- com.microsoft's gradients of Gelu and its kin.
 *
 *     dX = dY * g'(X + B)
 *
 * g is x * Phi(x), or in the Fast forms its tanh approximation; only the Bias
 * forms have B, which belongs to the last axis.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"

static double gelu_slope(double x)
{
	double density = exp(-0.5 * x * x) * 0.3989422804014326779;

	return 0.5 * (1 + erf(x * M_SQRT1_2)) + x * density;
}

/* With t = tanh(u): (1 + t) / 2 + x / 2 * (1 - t^2) * u'. */
static double fast_gelu_slope(double x)
{
	double a = 0.7978845608028653559, b = 0.044715 * a;
	double t = tanh(x * (a + b * x * x));

	return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (a + 3 * b * x * x);
}

struct grad {
	struct job job;
	double (*slope)(double x);
	const struct tensor *dy, *x, *b;
	struct tensor *dx;
};

static bool infer_grad(struct infer *c, struct err *e)
{
	const struct shape *dy = infer_shape(c, 0), *x = infer_shape(c, 1);
	const struct shape *b = infer_shape(c, 2);
	int64_t last = x->rank > 0 ? x->dim[x->rank - 1] : DIM_UNKNOWN;

	if (shape_is_known(dy) && shape_is_known(x) && !shape_equal(dy, x))
		return err_set(e, ERR_SHAPE, "dY and X have different shapes");
	if (infer_has(c, 2) && b->rank >= 0 &&
	    (b->rank != 1 || x->rank == 0 ||
	     (b->dim[0] >= 0 && last >= 0 && b->dim[0] != last)))
		return err_set(e, ERR_SHAPE,
			       "the bias does not fit the last axis");
	return infer_same_as_first(c, e);
}

static void slopes(struct job *job, size_t begin, size_t end)
{
	const struct grad *g = (const struct grad *)job;

	for (size_t i = begin; i < end; i++) {
		double x = tensor_double(g->x, i);

		if (g->b)
			x += tensor_double(g->b, i % tensor_count(g->b));
		element_set_double(g->dx->dtype, tensor_mut(g->dx), i,
				   tensor_double(g->dy, i) * g->slope(x));
	}
}

static bool run_grad(const struct call *c, struct err *e)
{
	struct grad g = {.job.run = slopes, .slope = gelu_slope};

	(void)e;
	if (strstr(c->node->type, "Fast"))
		g.slope = fast_gelu_slope;
	g.dy = call_in(c, 0);
	g.x = call_in(c, 1);
	g.b = call_in(c, 2);
	g.dx = call_out(c, 0);
	parallel_for(&g.job, tensor_count(g.dx), 4096);
	return true;
}

static const struct kernel kernels[] = {{.name = "gelu-grad",
					 .engine = "reference",
					 .run = run_grad,
					 .in_place = 1},
					{0}};

#define GRAD(name, operands)                                         \
	{                                                            \
		.domain = "com.microsoft", .type = name, .since = 1, \
		.traits = OP_ELEMENTWISE, .in = operands,            \
		.out = PARAMS(IN("dX", "T", TYPES_FLOAT)),           \
		.infer = infer_grad, .kernels = kernels,             \
	}
#define PLAIN PARAMS(IN("dY", "T", TYPES_FLOAT), IN("X", "T", TYPES_FLOAT))
#define BIASED                                                        \
	PARAMS(IN("dY", "T", TYPES_FLOAT), IN("X", "T", TYPES_FLOAT), \
	       IN("B", "T", TYPES_FLOAT))

const struct op op_rows_gelu_grad[] = {GRAD("BiasFastGeluGrad_dX", BIASED),
				       GRAD("BiasGeluGrad_dX", BIASED),
				       GRAD("FastGeluGrad", PLAIN),
				       GRAD("GeluGrad", PLAIN),
				       {0}};
