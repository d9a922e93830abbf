/* SPDX-License-Identifier: Apache-2.0 */
/* ops/bias.c -- com.microsoft's BiasAdd, BiasSplitGelu and BiasSoftmax.
 *
 *     BiasAdd        y = x + bias + skip
 *     BiasSplitGelu  y = left * gelu(right), the halves of x + bias along the
 *                    last axis
 *     BiasSoftmax    y = softmax(data + bias), over all axes from "axis" on
 *
 * The bias belongs to the last axis; that of BiasSoftmax broadcasts, on
 * whichever side is_inner_broadcast says.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/curve.h"
#include "ops/doubles.h"

static bool check_bias(const struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *b = infer_shape(c, 1);
	int64_t last = x->rank > 0 ? x->dim[x->rank - 1] : DIM_UNKNOWN;

	if (x->rank == 0)
		return err_set(e, ERR_SHAPE, "X is a scalar");
	if (b->rank >= 0 && b->rank != 1)
		return err_set(e, ERR_SHAPE, "the bias has rank %d, want 1",
			       b->rank);
	if (b->rank == 1 && b->dim[0] >= 0 && last >= 0 && b->dim[0] != last)
		return err_set(e, ERR_SHAPE,
			       "the bias has %" PRId64
			       " elements, want %" PRId64,
			       b->dim[0], last);
	return true;
}

/* ---- BiasAdd ------------------------------------------------------------ */

static bool infer_add(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *skip = infer_shape(c, 2);

	if (!check_bias(c, e))
		return false;
	if (shape_is_known(x) && shape_is_known(skip) && !shape_equal(x, skip))
		return err_set(e, ERR_SHAPE, "'skip' has another shape than X");
	return infer_same_as_first(c, e);
}

static bool run_add(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *b = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	size_t width = tensor_count(b);

	(void)e;
	for (size_t i = 0; i < tensor_count(y); i++)
		element_set_double(y->dtype, tensor_mut(y), i,
				   tensor_double(x, i) +
					   tensor_double(b, i % width) +
					   tensor_double(call_in(c, 2), i));
	return true;
}

/* ---- BiasSplitGelu ------------------------------------------------------ */

static bool infer_split(struct infer *c, struct err *e)
{
	struct shape y = *infer_shape(c, 0);
	int64_t *last = y.rank > 0 ? &y.dim[y.rank - 1] : NULL;

	if (!check_bias(c, e))
		return false;
	if (last && *last >= 0 && *last % 2)
		return err_set(e, ERR_SHAPE,
			       "X has %" PRId64 " columns, want an even number",
			       *last);
	if (last)
		*last = *last < 0 ? DIM_UNKNOWN : *last / 2;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool run_split(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *b = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	size_t half = tensor_count(b) / 2;
	struct curve gelu;

	(void)e;
	curve_find(&gelu, "Gelu");
	for (size_t i = 0; i < tensor_count(y); i++) {
		size_t at = i / half * 2 * half + i % half, k = i % half;
		double left = tensor_double(x, at) + tensor_double(b, k);
		double right = tensor_double(x, at + half) +
			       tensor_double(b, k + half);

		element_set_double(y->dtype, tensor_mut(y), i,
				   left * curve_at(&gelu, right));
	}
	return true;
}

/* ---- BiasSoftmax -------------------------------------------------------- */

static bool infer_softmax(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *b = infer_shape(c, 1);
	struct shape y;
	int32_t axis;

	if (x->rank >= 0 &&
	    !infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
		return false;
	if (!shape_broadcast(&y, x, b, e))
		return err_context(e, "the bias");
	if (shape_is_known(x) && shape_is_known(&y) && !shape_equal(x, &y))
		return err_set(e, ERR_SHAPE,
			       "the bias does not broadcast to the data");
	return infer_same_as_first(c, e);
}

struct softmax {
	struct job job;
	const struct tensor *x, *bias;
	struct tensor *y;
	size_t extent;
	double *sum; /* of x and the bias */
};

static void softmax_lines(struct job *job, size_t begin, size_t end)
{
	const struct softmax *s = (const struct softmax *)job;

	for (size_t line = begin; line < end; line++) {
		double *x = s->sum + line * s->extent;
		double max = -INFINITY, sum = 0;

		for (size_t i = 0; i < s->extent; i++) {
			size_t at = broadcast_at(&s->x->shape, &s->bias->shape,
						 line * s->extent + i);

			x[i] += tensor_double(s->bias, at);
			max = fmax(max, x[i]);
		}
		for (size_t i = 0; i < s->extent; i++)
			sum += x[i] = exp(x[i] - max);
		for (size_t i = 0; i < s->extent; i++)
			x[i] /= sum;
		element_store(s->y->dtype, tensor_mut(s->y), line * s->extent,
			      s->extent, x);
	}
}

static size_t scratch_softmax(const struct call *c)
{
	return doubles_of(count_in(c, 0));
}

static bool run_softmax(const struct call *c, struct err *e)
{
	struct softmax s = {.job.run = softmax_lines, .x = call_in(c, 0)};
	struct doubles d = {0};
	int32_t axis, rank = s.x->shape.rank;

	if (!infer_axis(attr_int(c->node, "axis"), rank, &axis, e))
		return false;
	s.bias = call_in(c, 1);
	s.y = call_out(c, 0);
	s.extent = shape_span(&s.x->shape, axis, rank);
	s.sum = doubles_load(&d, c, 0);
	if (tensor_count(s.x) > 0)
		parallel_for(&s.job, tensor_count(s.x) / s.extent,
			     1 + 1000 / s.extent);
	return true;
}

static const struct kernel add_kernels[] = {{.name = "bias-add",
					     .engine = "reference",
					     .run = run_add,
					     .in_place = 1},
					    {0}};

static const struct kernel split_kernels[] = {
	{.name = "bias-split-gelu", .engine = "reference", .run = run_split},
	{0}};

static const struct kernel softmax_kernels[] = {{.name = "bias-softmax",
						 .engine = "reference",
						 .scratch = scratch_softmax,
						 .run = run_softmax},
						{0}};

const struct op op_rows_bias[] = {
	{.domain = "com.microsoft",
	 .type = "BiasAdd",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPES_F16_32), IN("bias", "T", TYPES_F16_32),
		      IN("skip", "T", TYPES_F16_32)),
	 .out = PARAMS(IN("Y", "T", TYPES_F16_32)),
	 .infer = infer_add,
	 .kernels = add_kernels},
	{.domain = "com.microsoft",
	 .type = "BiasSoftmax",
	 .since = 1,
	 .in = PARAMS(IN("data", "T", TYPES_IEEE), IN("bias", "T", TYPES_IEEE)),
	 .out = PARAMS(IN("output", "T", TYPES_IEEE)),
	 .attrs = ATTRS(ATTR("axis", INT, "1"),
			ATTR_REQUIRED("is_inner_broadcast", INT)),
	 .infer = infer_softmax,
	 .kernels = softmax_kernels},
	{.domain = "com.microsoft",
	 .type = "BiasSplitGelu",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPES_F16_32),
		      IN("bias", "T", TYPES_F16_32)),
	 .out = PARAMS(IN("Y", "T", TYPES_F16_32)),
	 .infer = infer_split,
	 .kernels = split_kernels},
	{0}};
