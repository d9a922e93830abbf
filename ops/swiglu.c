/* SPDX-License-Identifier: Apache-2.0 */
/* ops/swiglu.c -- SwiGLU: y = a / (1 + exp(-alpha a)) * b. */
#include <math.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/op.h"

struct swiglu {
	struct job job;
	const struct tensor *a, *b;
	struct tensor *y;
	double alpha;
};

static bool infer_swiglu(struct infer *c, struct err *e)
{
	const struct shape *a = infer_shape(c, 0), *b = infer_shape(c, 1);

	if (shape_is_known(a) && shape_is_known(b) && !shape_equal(a, b))
		return err_set(e, ERR_SHAPE, "A and B have different shapes");
	return infer_same_as_first(c, e);
}

static void gate(struct job *job, size_t begin, size_t end)
{
	const struct swiglu *s = (const struct swiglu *)job;

	for (size_t i = begin; i < end; i++) {
		double a = tensor_double(s->a, i), b = tensor_double(s->b, i);

		element_set_double(s->y->dtype, tensor_mut(s->y), i,
				   a / (1 + exp(-s->alpha * a)) * b);
	}
}

static bool run_swiglu(const struct call *c, struct err *e)
{
	struct swiglu s = {.job.run = gate,
			   .a = call_in(c, 0),
			   .b = call_in(c, 1),
			   .y = call_out(c, 0),
			   .alpha = (double)attr_float(c->node, "alpha")};

	(void)e;
	parallel_for(&s.job, tensor_count(s.y), 4096);
	return true;
}

static const struct kernel kernels[] = {{.name = "swiglu",
					 .engine = "reference",
					 .run = run_swiglu,
					 .in_place = 1},
					{0}};

const struct op op_rows_swiglu[] = {
	{.domain = "",
	 .type = "SwiGLU",
	 .since = 28,
	 .traits = OP_ELEMENTWISE,
	 .in = PARAMS(IN("A", "T", TYPES_FLOAT), IN("B", "T", TYPES_FLOAT)),
	 .out = PARAMS(IN("Y", "T", TYPES_FLOAT)),
	 .attrs = ATTRS(ATTR("alpha", FLOAT, "1")),
	 .infer = infer_swiglu,
	 .kernels = kernels},
	{0}};
