/* SPDX-License-Identifier: Apache-2.0 */
/* ops/image_scaler.c -- ImageScaler, experimental before ONNX 1.5:
 *
 *     y[n, c, h, w] = x[n, c, h, w] * scale + bias[c]
 */
#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

static bool infer_scaler(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	const float *bias;
	uint32_t n = attr_floats(c->node, "bias", &bias);

	if (x->rank >= 0 && x->rank != 4)
		return err_set(e, ERR_SHAPE, "'input' has rank %d, want 4",
			       x->rank);
	if (bias && x->rank == 4 && x->dim[1] >= 0 && x->dim[1] != n)
		return err_set(e, ERR_SHAPE,
			       "'bias' has %u entries for %lld channels", n,
			       (long long)x->dim[1]);
	return infer_same_as_first(c, e);
}

/* One item is one plane. */
struct scaler_job {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	double scale;
	const float *bias;
	size_t channels, plane;
};

static void scale_planes(struct job *self, size_t begin, size_t end)
{
	const struct scaler_job *j = (const struct scaler_job *)self;

	for (size_t i = begin * j->plane; i < end * j->plane; i++) {
		size_t c = i / j->plane % j->channels;
		double b = j->bias ? (double)j->bias[c] : 0;

		element_set_double(j->y->dtype, tensor_mut(j->y), i,
				   tensor_double(j->x, i) * j->scale + b);
	}
}

static bool run_scaler(const struct call *c, struct err *e)
{
	struct scaler_job j = {.job = {scale_planes}};

	(void)e;
	j.x = call_in(c, 0);
	j.y = call_out(c, 0);
	if (!j.y || tensor_count(j.y) == 0)
		return true;
	j.scale = (double)attr_float(c->node, "scale");
	attr_floats(c->node, "bias", &j.bias);
	j.channels = (size_t)j.x->shape.dim[1];
	j.plane = shape_span(&j.x->shape, 2, 4);
	parallel_for(&j.job, tensor_count(j.y) / j.plane, 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "image-scaler",
					 .engine = "reference",
					 .run = run_scaler,
					 .in_place = 1},
					{0}};

const struct op op_rows_image_scaler[] = {
	{.domain = "",
	 .type = "ImageScaler",
	 .since = 1,
	 .traits = OP_ELEMENTWISE,
	 .in = PARAMS(IN("input", "T", TYPES_IEEE)),
	 .out = PARAMS(IN("output", "T", TYPES_IEEE)),
	 .attrs = ATTRS(ATTR("bias", FLOATS, NULL), ATTR("scale", FLOAT, "1")),
	 .infer = infer_scaler,
	 .kernels = kernels},
	{0}};
