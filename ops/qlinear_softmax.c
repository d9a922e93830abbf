/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qlinear_softmax.c -- com.microsoft's QLinearSoftmax.
 *
 *     y = saturate(round(softmax(x_scale * x) / y_scale) + y_zero)
 *
 * along "axis"; where the attribute "opset" is below 13, along all axes from
 * it on.  The zero point of x cancels.
 */
#include "ops/op.h"

#include <math.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/qlinear.h"

struct softmax {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	size_t extent, inner;
	double x_scale, y_scale, y_zero;
};

static void lines(struct job *job, size_t begin, size_t end)
{
	const struct softmax *s = (const struct softmax *)job;
	double max, sum, p;
	size_t at;

	for (size_t line = begin; line < end; line++) {
		at = line / s->inner * s->extent * s->inner + line % s->inner;
		max = -INFINITY;
		sum = 0;
		for (size_t i = 0; i < s->extent; i++)
			max = fmax(max, tensor_double(s->x, at + i * s->inner));
		for (size_t i = 0; i < s->extent; i++)
			sum += exp(
				(tensor_double(s->x, at + i * s->inner) - max) *
				s->x_scale);
		for (size_t i = 0; i < s->extent; i++) {
			p = exp((tensor_double(s->x, at + i * s->inner) - max) *
				s->x_scale) /
			    sum;
			element_set_double(s->y->dtype, tensor_mut(s->y),
					   at + i * s->inner,
					   nearbyint(p / s->y_scale) +
						   s->y_zero);
		}
	}
}

static bool run_softmax(const struct call *c, struct err *e)
{
	struct softmax s = {
		.job.run = lines,
		.x = call_in(c, 0),
		.y = call_out(c, 0),
		.extent = 1,
		.inner = 1,
		.y_zero = call_scalar(c, 4, 0),
	};
	const struct shape *x = &s.x->shape;
	int32_t axis;

	if (!qlinear_scale(c, 1, &s.x_scale, e) ||
	    !qlinear_scale(c, 3, &s.y_scale, e) ||
	    !infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
		return false;
	for (int32_t i = axis; i < x->rank; i++)
		if (i == axis || attr_int(c->node, "opset") < 13)
			s.extent *= (size_t)x->dim[i];
		else
			s.inner *= (size_t)x->dim[i];
	if (tensor_count(s.x))
		parallel_for(&s.job, tensor_count(s.x) / s.extent,
			     1 + 1000 / s.extent);
	return true;
}

static bool infer_softmax(struct infer *c, struct err *e)
{
	int32_t rank = infer_shape(c, 0)->rank, axis;

	if (rank >= 0 && !infer_axis(attr_int(c->node, "axis"), rank, &axis, e))
		return false;
	return qlinear_check(c, 1, e) && qlinear_check(c, 3, e) &&
	       infer_same_as_first(c, e);
}

static const struct kernel softmax_kernels[] = {
	{"qlinear-softmax-ref", "reference", .run = run_softmax},
	{.name = NULL},
};

static const struct param qlinear_softmax_1_in[] = {
	{"X", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"X_scale", NULL, TYPE_BIT(F32), 0},
	{"x_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{"y_scale", NULL, TYPE_BIT(F32), 0},
	{"y_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct param qlinear_softmax_1_out[] = {
	{"Y", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct attr_spec qlinear_softmax_1_attrs[] = {
	{"axis", ATTR_INT, false, "-1"},
	{"opset", ATTR_INT, true, NULL},
	{NULL},
};

const struct op op_rows_qlinear_softmax[] = {
	{"com.microsoft", "QLinearSoftmax", 1, 0, qlinear_softmax_1_in,
	 qlinear_softmax_1_out, qlinear_softmax_1_attrs, infer_softmax,
	 softmax_kernels},
	{.type = NULL},
};
