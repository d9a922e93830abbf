/* SPDX-License-Identifier: Apache-2.0 */
/* ops/quantize_linear.c -- QuantizeLinear and DequantizeLinear.
 *
 *     q = saturate(round(x / scale) + zero_point)      ties to even
 *     x = (q - zero_point) * scale
 *
 * The quotient is rounded to the type of the scale (or the attribute
 * "precision") before it is rounded to an integer, the difference to the type
 * of the result before it is multiplied: so do ONNX's reference and ONNX
 * Runtime.  To the small floating types x / scale is cast as Cast does.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/codes_u8.h"
#include "ops/ewise_f32.h"
#include "ops/scales.h"

enum { ROW = 256, GRAIN = 4096 }; /* whole bytes of packed types */

struct convert {
	struct job job;
	struct scales scales;
	const struct tensor *x;
	struct tensor *y;
	enum dtype precision;
	enum saturate saturate;
};

static double round_to(enum dtype t, double x)
{
	double y;

	if (t == DTYPE_F32)
		return (float)x;
	if (t == DTYPE_F64)
		return x;
	element_set_double(t, &y, 0, x);
	return element_double(t, &y, 0);
}

/* Elements FIRST ... of the result; FIRST is a multiple of ROW, so that they
 * start at a byte. */
static void cast_row(const struct convert *v, size_t first, size_t n,
		     const double *x)
{
	char *y = tensor_mut(v->y);

	element_cast(DTYPE_F64, x, v->y->dtype,
		     y + dtype_bytes(v->y->dtype, first), n, v->saturate);
}

static void quantize(struct job *job, size_t begin, size_t end)
{
	const struct convert *v = (const struct convert *)job;
	bool to_float = dtype_is_float(v->y->dtype);
	double x[ROW], scale = 1, zero = 0;
	size_t n;

	for (size_t i = begin; i < end; i += n) {
		n = end - i < ROW ? end - i : ROW;
		element_load(v->x->dtype, v->x->data, i, n, x);
		for (size_t k = 0; k < n; k++) {
			if (k == 0 || v->scales.extent) {
				scale = scales_scale(&v->scales, i + k);
				zero = scales_zero(&v->scales, i + k);
			}
			x[k] = round_to(v->precision, x[k] / scale);
			if (!to_float)
				x[k] = nearbyint(x[k]) + zero;
		}
		if (to_float)
			cast_row(v, i, n, x);
		else
			element_store(v->y->dtype, tensor_mut(v->y), i, n, x);
	}
}

static void dequantize(struct job *job, size_t begin, size_t end)
{
	const struct convert *v = (const struct convert *)job;
	double x[ROW], scale = 1, zero = 0;
	size_t n;

	for (size_t i = begin; i < end; i += n) {
		n = end - i < ROW ? end - i : ROW;
		element_load(v->x->dtype, v->x->data, i, n, x);
		for (size_t k = 0; k < n; k++) {
			if (k == 0 || v->scales.extent) {
				scale = scales_scale(&v->scales, i + k);
				zero = scales_zero(&v->scales, i + k);
			}
			x[k] = round_to(v->precision, x[k] - zero) * scale;
		}
		element_store(v->y->dtype, tensor_mut(v->y), i, n, x);
	}
}

static bool check_float_zero(const struct tensor *zero, struct err *e)
{
	size_t n = zero ? tensor_count(zero) : 0;

	for (size_t i = 0; i < n && dtype_is_float(zero->dtype); i++)
		if (tensor_double(zero, i) != 0)
			return err_set(e, ERR_FORMAT,
				       "the zero point of type %s is %g, "
				       "want 0",
				       dtype_info[zero->dtype].text,
				       tensor_double(zero, i));
	return true;
}

static bool run(const struct call *c, struct convert *v, struct err *e)
{
	const struct node *n = c->node;

	v->x = call_in(c, 0);
	v->y = call_out(c, 0);
	if (!scales_check_values(call_in(c, 1), e) ||
	    !check_float_zero(call_in(c, 2), e))
		return false;
	scales_make(&v->scales, &v->x->shape, call_in(c, 1), call_in(c, 2),
		    node_int(n, "axis", 1), node_int(n, "block_size", 0));
	parallel_for(&v->job, tensor_count(v->x), GRAIN);
	return true;
}

static bool run_quantize(const struct call *c, struct err *e)
{
	struct convert v = {.job.run = quantize};
	int64_t precision = node_int(c->node, "precision", 0);

	v.precision = precision ? dtype_from_onnx(precision)
				: call_in(c, 1)->dtype;
	if (v.precision == DTYPE_F8E8M0) /* no type to compute in */
		v.precision = DTYPE_F32;
	v.saturate = node_int(c->node, "saturate", 1) ? SATURATE_YES
						      : SATURATE_NO;
	return run(c, &v, e);
}

static bool run_dequantize(const struct call *c, struct err *e)
{
	struct convert v = {.job.run = dequantize};

	v.precision = call_out(c, 0)->dtype;
	return run(c, &v, e);
}

static bool check(const struct infer *c, struct err *e)
{
	const struct node *n = c->node;
	const struct tensor *scale = c->konst[1];

	if (!scales_check(infer_shape(c, 0), infer_shape(c, 1),
			  infer_has(c, 2) ? infer_shape(c, 2) : NULL,
			  node_int(n, "axis", 1), node_int(n, "block_size", 0),
			  e))
		return false;
	return !scale || !scale->data || scales_check_values(scale, e);
}

/* The type that attribute NAME asks for, or DTYPE_NONE. */
static bool asked_type(const struct node *n, const char *name, enum dtype *t,
		       struct err *e)
{
	int64_t code = node_int(n, name, 0);

	*t = dtype_from_onnx(code);
	if (code && *t == DTYPE_NONE)
		return err_set(e, ERR_TYPE, "%s is %" PRId64, name, code);
	return true;
}

static bool infer_quantize(struct infer *c, struct err *e)
{
	enum dtype t, asked, precision;

	if (!asked_type(c->node, "output_dtype", &asked, e) ||
	    !asked_type(c->node, "precision", &precision, e) || !check(c, e))
		return false;
	if (precision != DTYPE_NONE && precision != DTYPE_F32 &&
	    precision != DTYPE_F16 && precision != DTYPE_BF16 &&
	    precision != DTYPE_F64)
		return err_set(e, ERR_TYPE, "precision is %s",
			       dtype_info[precision].text);
	t = infer_has(c, 2) ? infer_dtype(c, 2) : asked;
	if (infer_has(c, 2) && asked != DTYPE_NONE && t != DTYPE_NONE &&
	    asked != t)
		return err_set(e, ERR_TYPE,
			       "output_dtype is %s, the zero point %s",
			       dtype_info[asked].text, dtype_info[t].text);
	if (!infer_has(c, 2) && t == DTYPE_NONE)
		t = DTYPE_U8;
	infer_set(c, 0, t, infer_shape(c, 0));
	return true;
}

static bool infer_dequantize(struct infer *c, struct err *e)
{
	enum dtype asked;

	if (!asked_type(c->node, "output_dtype", &asked, e) || !check(c, e))
		return false;
	infer_set(c, 0, asked != DTYPE_NONE ? asked : infer_dtype(c, 1),
		  infer_shape(c, 0));
	return true;
}

static const struct kernel quantize_kernels[] = {
	{"quantize-ref", "reference", .run = run_quantize},
	CODES_KERNEL("quantize-u8-simd", quantize, unary_f32_layouts),
	{.name = NULL},
};

static const struct kernel dequantize_kernels[] = {
	{"dequantize-ref", "reference", .run = run_dequantize},
	CODES_KERNEL("dequantize-u8-simd", dequantize, unary_f32_layouts),
	{.name = NULL},
};

static const struct param quantize_linear_10_in[] = {
	{"x", NULL, TYPE_BIT(F32) | TYPE_BIT(I32), 0},
	{"y_scale", NULL, TYPE_BIT(F32), 0},
	{"y_zero_point", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{NULL},
};

static const struct param quantize_linear_10_out[] = {
	{"y", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct attr_spec quantize_linear_13_attrs[] = {
	{"axis", ATTR_INT, false, "1"},
	{NULL},
};

static const struct param quantize_linear_19_in[] = {
	{"x", "T1",
	 TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(I32), 0},
	{"y_scale", "T1",
	 TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(I32), 0},
	{"y_zero_point", "T2", TYPES_FLOAT8 | TYPE_BIT(I8) | TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param quantize_linear_19_out[] = {
	{"y", "T2", TYPES_FLOAT8 | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct attr_spec quantize_linear_19_attrs[] = {
	{"axis", ATTR_INT, false, "1"},
	{"saturate", ATTR_INT, false, "1"},
	{NULL},
};

static const struct param quantize_linear_21_in[] = {
	{"x", "T1",
	 TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(I32), 0},
	{"y_scale", "T1",
	 TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(I32), 0},
	{"y_zero_point", "T2",
	 TYPES_FLOAT8 | TYPE_BIT(I16) | TYPE_BIT(I4) | TYPE_BIT(I8) |
		 TYPE_BIT(U16) | TYPE_BIT(U4) | TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param quantize_linear_21_out[] = {
	{"y", "T2",
	 TYPES_FLOAT8 | TYPE_BIT(I16) | TYPE_BIT(I4) | TYPE_BIT(I8) |
		 TYPE_BIT(U16) | TYPE_BIT(U4) | TYPE_BIT(U8),
	 0},
	{NULL},
};

static const struct attr_spec quantize_linear_21_attrs[] = {
	{"axis", ATTR_INT, false, "1"},
	{"block_size", ATTR_INT, false, "0"},
	{"output_dtype", ATTR_INT, false, "0"},
	{"saturate", ATTR_INT, false, "1"},
	{NULL},
};

static const struct param quantize_linear_23_in[] = {
	{"x", NULL,
	 TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(I32), 0},
	{"y_scale", NULL,
	 TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(F8E8M0) |
		 TYPE_BIT(I32),
	 0},
	{"y_zero_point", "T3",
	 TYPES_FLOAT8 | TYPE_BIT(F4E2M1) | TYPE_BIT(F6E2M3) | TYPE_BIT(F6E3M2) |
		 TYPE_BIT(I16) | TYPE_BIT(I2) | TYPE_BIT(I4) | TYPE_BIT(I8) |
		 TYPE_BIT(U16) | TYPE_BIT(U2) | TYPE_BIT(U4) | TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param quantize_linear_23_out[] = {
	{"y", "T3",
	 TYPES_FLOAT8 | TYPE_BIT(F4E2M1) | TYPE_BIT(F6E2M3) | TYPE_BIT(F6E3M2) |
		 TYPE_BIT(I16) | TYPE_BIT(I2) | TYPE_BIT(I4) | TYPE_BIT(I8) |
		 TYPE_BIT(U16) | TYPE_BIT(U2) | TYPE_BIT(U4) | TYPE_BIT(U8),
	 0},
	{NULL},
};

static const struct attr_spec quantize_linear_23_attrs[] = {
	{"axis", ATTR_INT, false, "1"},
	{"block_size", ATTR_INT, false, "0"},
	{"output_dtype", ATTR_INT, false, "0"},
	{"precision", ATTR_INT, false, "0"},
	{"saturate", ATTR_INT, false, "1"},
	{NULL},
};

static const struct param dequantize_linear_10_in[] = {
	{"x", "T", TYPE_BIT(I32) | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"x_scale", NULL, TYPE_BIT(F32), 0},
	{"x_zero_point", "T", TYPE_BIT(I32) | TYPE_BIT(I8) | TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param dequantize_linear_10_out[] = {
	{"y", NULL, TYPE_BIT(F32), 0},
	{NULL},
};

static const struct param dequantize_linear_19_in[] = {
	{"x", "T1", TYPES_FLOAT8 | TYPE_BIT(I32) | TYPE_BIT(I8) | TYPE_BIT(U8),
	 0},
	{"x_scale", "T2", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"x_zero_point", "T1",
	 TYPES_FLOAT8 | TYPE_BIT(I32) | TYPE_BIT(I8) | TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param dequantize_linear_19_out[] = {
	{"y", "T2", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{NULL},
};

static const struct param dequantize_linear_21_in[] = {
	{"x", "T1",
	 TYPES_FLOAT8 | TYPE_BIT(I16) | TYPE_BIT(I32) | TYPE_BIT(I4) |
		 TYPE_BIT(I8) | TYPE_BIT(U16) | TYPE_BIT(U4) | TYPE_BIT(U8),
	 0},
	{"x_scale", "T2", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"x_zero_point", "T1",
	 TYPES_FLOAT8 | TYPE_BIT(I16) | TYPE_BIT(I32) | TYPE_BIT(I4) |
		 TYPE_BIT(I8) | TYPE_BIT(U16) | TYPE_BIT(U4) | TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec dequantize_linear_21_attrs[] = {
	{"axis", ATTR_INT, false, "1"},
	{"block_size", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param dequantize_linear_23_in[] = {
	{"x", "T1",
	 TYPES_FLOAT8 | TYPE_BIT(F4E2M1) | TYPE_BIT(F6E2M3) | TYPE_BIT(F6E3M2) |
		 TYPE_BIT(I16) | TYPE_BIT(I2) | TYPE_BIT(I32) | TYPE_BIT(I4) |
		 TYPE_BIT(I8) | TYPE_BIT(U16) | TYPE_BIT(U2) | TYPE_BIT(U4) |
		 TYPE_BIT(U8),
	 0},
	{"x_scale", NULL,
	 TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(F8E8M0), 0},
	{"x_zero_point", "T1",
	 TYPES_FLOAT8 | TYPE_BIT(F4E2M1) | TYPE_BIT(F6E2M3) | TYPE_BIT(F6E3M2) |
		 TYPE_BIT(I16) | TYPE_BIT(I2) | TYPE_BIT(I32) | TYPE_BIT(I4) |
		 TYPE_BIT(I8) | TYPE_BIT(U16) | TYPE_BIT(U2) | TYPE_BIT(U4) |
		 TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param dequantize_linear_23_out[] = {
	{"y", NULL, TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{NULL},
};

static const struct attr_spec dequantize_linear_23_attrs[] = {
	{"axis", ATTR_INT, false, "1"},
	{"block_size", ATTR_INT, false, "0"},
	{"output_dtype", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param quantize_linear_ms_1_in[] = {
	{"x", "T1", TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"y_scale", "T1", TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"y_zero_point", "T2",
	 TYPE_BIT(I16) | TYPE_BIT(I4) | TYPE_BIT(I8) | TYPE_BIT(U16) |
		 TYPE_BIT(U4) | TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param quantize_linear_ms_1_out[] = {
	{"y", "T2",
	 TYPE_BIT(I16) | TYPE_BIT(I4) | TYPE_BIT(I8) | TYPE_BIT(U16) |
		 TYPE_BIT(U4) | TYPE_BIT(U8),
	 0},
	{NULL},
};

static const struct attr_spec quantize_linear_ms_1_attrs[] = {
	{"axis", ATTR_INT, false, NULL},
	{NULL},
};

static const struct param dequantize_linear_ms_1_in[] = {
	{"x", "T1",
	 TYPE_BIT(I16) | TYPE_BIT(I32) | TYPE_BIT(I4) | TYPE_BIT(I8) |
		 TYPE_BIT(U16) | TYPE_BIT(U4) | TYPE_BIT(U8),
	 0},
	{"x_scale", "T2", TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"x_zero_point", "T1",
	 TYPE_BIT(I16) | TYPE_BIT(I32) | TYPE_BIT(I4) | TYPE_BIT(I8) |
		 TYPE_BIT(U16) | TYPE_BIT(U4) | TYPE_BIT(U8),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param dequantize_linear_ms_1_out[] = {
	{"y", "T2", TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{NULL},
};

const struct op op_rows_quantize_linear[] = {
	{"", "QuantizeLinear", 10, 0, quantize_linear_10_in,
	 quantize_linear_10_out, NULL, infer_quantize, quantize_kernels},
	{"", "QuantizeLinear", 13, 0, quantize_linear_10_in,
	 quantize_linear_10_out, quantize_linear_13_attrs, infer_quantize,
	 quantize_kernels},
	{"", "QuantizeLinear", 19, 0, quantize_linear_19_in,
	 quantize_linear_19_out, quantize_linear_19_attrs, infer_quantize,
	 quantize_kernels},
	{"", "QuantizeLinear", 21, 0, quantize_linear_21_in,
	 quantize_linear_21_out, quantize_linear_21_attrs, infer_quantize,
	 quantize_kernels},
	{"", "QuantizeLinear", 23, 0, quantize_linear_23_in,
	 quantize_linear_23_out, quantize_linear_23_attrs, infer_quantize,
	 quantize_kernels},
	{"", "DequantizeLinear", 10, 0, dequantize_linear_10_in,
	 dequantize_linear_10_out, NULL, infer_dequantize, dequantize_kernels},
	{"", "DequantizeLinear", 13, 0, dequantize_linear_10_in,
	 dequantize_linear_10_out, quantize_linear_13_attrs, infer_dequantize,
	 dequantize_kernels},
	{"", "DequantizeLinear", 19, 0, dequantize_linear_19_in,
	 dequantize_linear_19_out, quantize_linear_13_attrs, infer_dequantize,
	 dequantize_kernels},
	{"", "DequantizeLinear", 21, 0, dequantize_linear_21_in,
	 dequantize_linear_19_out, dequantize_linear_21_attrs, infer_dequantize,
	 dequantize_kernels},
	{"", "DequantizeLinear", 23, 0, dequantize_linear_23_in,
	 dequantize_linear_23_out, dequantize_linear_23_attrs, infer_dequantize,
	 dequantize_kernels},
	{"com.microsoft", "QuantizeLinear", 1, 0, quantize_linear_ms_1_in,
	 quantize_linear_ms_1_out, quantize_linear_ms_1_attrs, infer_quantize,
	 quantize_kernels},
	{"com.microsoft", "DequantizeLinear", 1, 0, dequantize_linear_ms_1_in,
	 dequantize_linear_ms_1_out, quantize_linear_ms_1_attrs,
	 infer_dequantize, dequantize_kernels},
	{.type = NULL},
};
