/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qconv_add.c -- mlopt's own QLinearConvAdd: a convolution and a residual.
 *
 *     Y = QLinearAdd (QLinearConv (X, W, B), Z)
 *
 * Plans make it (exec/lower_qresidual.c), models never contain it.
 */
#include <math.h>

#include "base/buf.h"
#include "graph/element.h"
#include "ops/codes_u8.h"
#include "ops/conv_dnnl.h"
#include "ops/op.h"
#include "ops/qlinear.h"

static bool infer_add(struct infer *c, struct err *e)
{
	if (!qlinear_check(c, QCONV_SCALE, e) ||
	    !qlinear_check(c, QADD_Z_SCALE, e) ||
	    !qlinear_check(c, QADD_Y_SCALE, e))
		return false;
	infer_set(c, 0, infer_dtype(c, QADD_Y_ZERO), infer_shape(c, QADD_Z));
	return true;
}

/* The convolution alone, by RUN, into storage behind BYTES of scratch. */
static bool convolve(const struct call *c, size_t bytes,
		     bool (*run)(const struct call *c, struct err *e),
		     struct tensor *sum, struct err *e)
{
	struct call conv = *c;
	struct datum out, *result[] = {&out};

	*sum = *call_out(c, 0);
	sum->data = (char *)c->scratch + bytes;
	out = datum_tensor(sum);
	conv.out = result;
	return run(&conv, e);
}

static size_t align(size_t bytes)
{
	return (bytes + BUF_ALIGN - 1) / BUF_ALIGN * BUF_ALIGN;
}

static size_t scratch_ref(const struct call *c)
{
	return align(qconv_ref_scratch(c)) + call_out(c, 0)->bytes;
}

static bool run_ref(const struct call *c, struct err *e)
{
	const struct tensor *z = call_in(c, QADD_Z);
	double a = call_scalar(c, QCONV_SCALE, 1);
	double b = call_scalar(c, QADD_Z_SCALE, 1);
	double unit = call_scalar(c, QADD_Y_SCALE, 1);
	struct tensor sum, *y = call_out(c, 0);

	if (!convolve(c, align(qconv_ref_scratch(c)), qconv_ref_run, &sum, e))
		return false;
	for (size_t i = 0; i < tensor_count(y); i++) {
		double x = (tensor_double(&sum, i) -
			    call_scalar(c, QCONV_ZERO, 0)) *
				   a +
			   (tensor_double(z, i) -
			    call_scalar(c, QADD_Z_ZERO, 0)) *
				   b;

		element_set_double(y->dtype, tensor_mut(y), i,
				   nearbyint(x / unit) +
					   call_scalar(c, QADD_Y_ZERO, 0));
	}
	return true;
}

static size_t scratch_fast(const struct call *c)
{
	return align(qconv_u8_scratch(c)) + call_out(c, 0)->bytes;
}

static bool run_fast(const struct call *c, struct err *e)
{
	const struct tensor *z = call_in(c, QADD_Z);
	struct codes_u8 cs, cz, cy;
	struct tensor sum, *y = call_out(c, 0);

	if (!codes_u8_read(&cs, c, QCONV_SCALE, y->dtype, e) ||
	    !codes_u8_read(&cz, c, QADD_Z_SCALE, z->dtype, e) ||
	    !codes_u8_read(&cy, c, QADD_Y_SCALE, y->dtype, e) ||
	    !convolve(c, align(qconv_u8_scratch(c)), qconv_u8_run, &sum, e))
		return false;
	kern_codes_add(&cs, sum.data, &cz, z->data, &cy, tensor_mut(y),
		       tensor_count(y));
	return true;
}

static const struct kernel kernels[] = {
	{"qconv-add-ref", "reference", .scratch = scratch_ref, .run = run_ref},
	{"qconv-add-u8s8", "blas", .accepts = qconv_u8_accepts,
	 .scratch = scratch_fast, .prepare = qconv_u8_prepare, .run = run_fast},
	QCONV_ADD_DNNL_KERNEL,
	{.name = NULL},
};

#define SCALE(name) IN(name, NULL, TYPE_BIT(F32))

const struct op op_rows_qconv_add[] = {
	{.domain = "mlopt",
	 .type = "QLinearConvAdd",
	 .since = 1,
	 .in = PARAMS(IN("x", "T1", TYPES_BYTES), SCALE("x_scale"),
		      IN("x_zero_point", "T1", TYPES_BYTES),
		      IN("w", "T2", TYPES_BYTES), SCALE("w_scale"),
		      IN("w_zero_point", "T2", TYPES_BYTES), SCALE("c_scale"),
		      IN("c_zero_point", "T3", TYPES_BYTES),
		      OPTIONAL("B", NULL, TYPE_BIT(I32)),
		      IN("z", "T3", TYPES_BYTES), SCALE("z_scale"),
		      IN("z_zero_point", "T3", TYPES_BYTES), SCALE("y_scale"),
		      IN("y_zero_point", "T3", TYPES_BYTES)),
	 .out = PARAMS(IN("y", "T3", TYPES_BYTES)),
	 .attrs = ATTRS(ATTR("auto_pad", STRING, "NOTSET"),
			ATTR("dilations", INTS, NULL), ATTR("group", INT, "1"),
			ATTR("kernel_shape", INTS, NULL),
			ATTR("pads", INTS, NULL), ATTR("strides", INTS, NULL)),
	 .infer = infer_add,
	 .kernels = kernels},
	{0}};
