/* SPDX-License-Identifier: Apache-2.0 */
/* ops/dynamic_quantize.c -- DynamicQuantizeLinear.
 *
 *     scale = (max(x, 0) - min(x, 0)) / 255
 *     zero  = saturate(round(-min(x, 0) / scale))
 *     y     = saturate(round(x / scale) + zero)
 *
 * in float, ties to even.  Where all of x is 0, scale is 1 and zero 0, so that
 * neither is ever 0 or NaN.  Source: ONNX DynamicQuantizeLinear-11.
 */
#include "ops/op.h"

#include <math.h>

#include "graph/element.h"
#include "ops/dynamic_quantize.h"

static bool find_range(const float *x, size_t n, float *low, float *high,
		       struct err *e)
{
	*low = *high = 0;
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(x[i]))
			return err_set(e, ERR_FORMAT,
				       "element %zu of x is %g, want finite "
				       "numbers",
				       i, (double)x[i]);
		if (x[i] < *low)
			*low = x[i];
		if (x[i] > *high)
			*high = x[i];
	}
	return true;
}

bool dynamic_range(const float *x, size_t n, float *scale, double *zero,
		   struct err *e)
{
	float low, high;

	if (!find_range(x, n, &low, &high, e))
		return false;
	*scale = (high - low) / 255;
	if (!(*scale > 0) || isinf(*scale))
		*scale = isinf(*scale) ? high / 255 - low / 255 : 1;
	*zero = nearbyint((double)(-low / *scale));
	if (*zero > 255)
		*zero = 255;
	return true;
}

double dynamic_code(float x, float scale, double zero)
{
	double code = nearbyint((double)(x / scale)) + zero;

	return code < 0 ? 0 : code > 255 ? 255 : code;
}

static bool run_dynamic(const struct call *c, struct err *e)
{
	const struct tensor *t = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	const float *x = tensor_f32(t);
	size_t n = tensor_count(t);
	float scale;
	double zero;

	if (!dynamic_range(x, n, &scale, &zero, e))
		return false;
	for (size_t i = 0; i < n && y; i++)
		element_set_double(DTYPE_U8, tensor_mut(y), i,
				   dynamic_code(x[i], scale, zero));
	if (call_out(c, 1))
		*tensor_f32_mut(call_out(c, 1)) = scale;
	if (call_out(c, 2))
		element_set_double(DTYPE_U8, tensor_mut(call_out(c, 2)), 0,
				   zero);
	return true;
}

static bool infer_dynamic(struct infer *c, struct err *e)
{
	const struct shape scalar = {.rank = 0};

	(void)e;
	infer_set(c, 0, DTYPE_U8, infer_shape(c, 0));
	if (c->node->nout > 1)
		infer_set(c, 1, DTYPE_F32, &scalar);
	if (c->node->nout > 2)
		infer_set(c, 2, DTYPE_U8, &scalar);
	return true;
}

static const struct kernel dynamic_kernels[] = {
	{"dynamic-quantize-ref", "reference", .run = run_dynamic},
	{.name = NULL},
};

static const struct param dynamic_quantize_linear_11_in[] = {
	{"x", NULL, TYPE_BIT(F32), 0},
	{NULL},
};

static const struct param dynamic_quantize_linear_11_out[] = {
	{"y", "T2", TYPE_BIT(U8), 0},
	{"y_scale", NULL, TYPE_BIT(F32), 0},
	{"y_zero_point", "T2", TYPE_BIT(U8), 0},
	{NULL},
};

const struct op op_rows_dynamic_quantize[] = {
	{"", "DynamicQuantizeLinear", 11, 0, dynamic_quantize_linear_11_in,
	 dynamic_quantize_linear_11_out, NULL, infer_dynamic, dynamic_kernels},
	{.type = NULL},
};
