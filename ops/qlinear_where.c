/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qlinear_where.c -- com.microsoft's QLinearWhere.
 *
 *     z = saturate(round(real / z_scale) + z_zero)
 *
 * where real is X or Y, (code - zero) * scale; in float, as ONNX Runtime
 * computes its tables, so that ties fall on the same side.
 */
#include "ops/op.h"

#include <math.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/qlinear.h"

struct qwhere {
	struct job job;
	const struct tensor *cond, *in[2]; /* taken if true, false */
	struct tensor *z;
	double code[2][256]; /* by the operand's byte */
};

static bool infer_qwhere(struct infer *c, struct err *e)
{
	struct shape z;

	if (!qlinear_check(c, 2, e) || !qlinear_check(c, 5, e) ||
	    !qlinear_check(c, 7, e) ||
	    !shape_broadcast(&z, infer_shape(c, 0), infer_shape(c, 1), e) ||
	    !shape_broadcast(&z, &z, infer_shape(c, 4), e))
		return false;
	infer_set(c, 0, infer_dtype(c, 1), &z);
	return true;
}

static void choose(struct job *job, size_t begin, size_t end)
{
	const struct qwhere *q = (const struct qwhere *)job;
	const struct shape *z = &q->z->shape;

	for (size_t i = begin; i < end; i++) {
		const bool *cond = q->cond->data;
		int k = cond[broadcast_at(z, &q->cond->shape, i)] ? 0 : 1;
		const uint8_t *x = q->in[k]->data;

		element_set_double(
			q->z->dtype, tensor_mut(q->z), i,
			q->code[k][x[broadcast_at(z, &q->in[k]->shape, i)]]);
	}
}

static bool run_qwhere(const struct call *c, struct err *e)
{
	struct qwhere q = {.job.run = choose, .cond = call_in(c, 0)};
	double zero = call_scalar(c, 8, 0), to, scale;

	q.z = call_out(c, 0);
	if (!qlinear_scale(c, 7, &to, e))
		return false;
	for (uint32_t k = 0; k < 2; k++) {
		float from = (float)call_scalar(c, 3 + 3 * k, 0);

		q.in[k] = call_in(c, 1 + 3 * k);
		if (!qlinear_scale(c, 2 + 3 * k, &scale, e))
			return false;
		for (int i = 0; i < 256; i++) {
			uint8_t byte = (uint8_t)i;
			float x = (float)element_double(q.in[k]->dtype, &byte,
							0);

			x = (x - from) * (float)scale;
			q.code[k][i] = nearbyint((double)(x / (float)to)) +
				       zero;
		}
	}
	parallel_for(&q.job, tensor_count(q.z), 4096);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "qlinear-where", .engine = "reference", .run = run_qwhere},
	{0}};

const struct op op_rows_qlinear_where[] = {
	{.domain = "com.microsoft",
	 .type = "QLinearWhere",
	 .since = 1,
	 .traits = OP_ELEMENTWISE,
	 .in = PARAMS(
		 IN("condition", "B", TYPES_BOOL), IN("X", "T", TYPES_BYTES),
		 IN("x_scale", "TF", TYPE_BIT(F32)),
		 IN("x_zero_point", "T", TYPES_BYTES),
		 IN("Y", "T", TYPES_BYTES), IN("y_scale", "TF", TYPE_BIT(F32)),
		 IN("y_zero_point", "T", TYPES_BYTES),
		 IN("z_scale", "TF", TYPE_BIT(F32)),
		 IN("z_zero_point", "T", TYPES_BYTES)),
	 .out = PARAMS(IN("Z", "T", TYPES_BYTES)),
	 .infer = infer_qwhere,
	 .kernels = kernels},
	{0}};
