/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_integer.c -- ConvInteger and QLinearConv.
 *
 * Zero points are subtracted first, so that padding contributes nothing.
 * Codes have 8 bits: double holds their products' sums exactly, and the result
 * is what 32-bit integers give, modulo 2^32.
 */
#include "ops/op.h"

#include "graph/element.h"
#include "ops/channels.h"
#include "ops/conv_rows.h"
#include "ops/requant.h"
#include "ops/scales.h"
#include "ops/qconv_u8.h"
#include "ops/conv_dnnl.h"

struct conv_integer {
	struct conv_rows rows;
	struct tensor *y;
	/* QLinearConv */
	const struct tensor *bias, *w_scale;
	double x_scale, y_scale, y_zero;
	bool last; /* the channels */
};

static bool infer_integer(struct infer *c, struct err *e)
{
	const struct shape *w = infer_shape(c, 1);
	int64_t channels = w->rank > 0 ? w->dim[0] : DIM_UNKNOWN;
	struct shape y;

	if (!conv_shape(&y, c->node, infer_shape(c, 0), w, NULL,
			&c->model->symbols, e) ||
	    !requant_check(infer_shape(c, 2), "x_zero_point", 1, e) ||
	    !requant_check(infer_shape(c, 3), "w_zero_point", channels, e))
		return false;
	infer_set(c, 0, DTYPE_I32, &y);
	return true;
}

static const char *const qlinear_names[] = {
	"x",	   "x_scale",	   "x_zero_point",
	"w",	   "w_scale",	   "w_zero_point",
	"y_scale", "y_zero_point", "B",
};

static bool infer_qlinear(struct infer *c, struct err *e)
{
	const struct shape *w = infer_shape(c, 3);
	int64_t channels = w->rank > 0 ? w->dim[0] : DIM_UNKNOWN;
	struct shape x = channels_first_shape(c->node, infer_shape(c, 0)), y;

	for (uint32_t i = 1; i < 8; i++) {
		bool per_channel = i == 4 || i == 5;

		if (i != 3 &&
		    !requant_check(infer_shape(c, i), qlinear_names[i],
				   per_channel ? channels : 1, e))
			return false;
		if ((i == 1 || i == 4 || i == 6) && c->konst[i] &&
		    c->konst[i]->data && !scales_check_values(c->konst[i], e))
			return err_context(e, "%s", qlinear_names[i]);
	}
	if (!conv_shape(&y, c->node, &x, w,
			infer_has(c, 8) ? infer_shape(c, 8) : NULL,
			&c->model->symbols, e))
		return false;
	y = channels_last_shape(c->node, &y);
	infer_set(c, 0, infer_dtype(c, 7), &y);
	return true;
}

/* Operand X with ZERO subtracted: one for all, or one for each of the first
 * axis. */
static double *load(struct doubles *d, const struct call *c, uint32_t x,
		    uint32_t zero)
{
	const struct tensor *t = call_in(c, x), *z = call_in(c, zero);
	size_t n = tensor_count(t);
	size_t lines = t->shape.dim[0] ? (size_t)t->shape.dim[0] : 1;
	/* Channels may be last in X alone, whose zero point is one number. */
	double *out = x == 0 ? channels_load(d, c, x) : doubles_load(d, c, x);

	for (size_t i = 0; i < n && z; i++)
		out[i] -= per_line(z, i / (n / lines), 0);
	return out;
}

static void emit_sums(const struct conv_rows *r, size_t channel, size_t at,
		      size_t n, double *acc)
{
	const struct conv_integer *v = (const struct conv_integer *)r;

	(void)channel;
	for (size_t i = 0; i < n; i++)
		element_set_int(DTYPE_I32, tensor_mut(v->y), at + i,
				sum_int32(acc[i]));
}

static void emit_codes(const struct conv_rows *r, size_t channel, size_t at,
		       size_t n, double *acc)
{
	const struct conv_integer *v = (const struct conv_integer *)r;
	float m = requant_multiplier(
		v->x_scale, per_line(v->w_scale, channel, 1), v->y_scale);
	double bias = v->bias ? tensor_double(v->bias, channel) : 0;

	for (size_t i = 0; i < n; i++)
		acc[i] = requant(sum_int32(acc[i] + bias), m, v->y_zero);
	if (!v->last)
		element_store(v->y->dtype, tensor_mut(v->y), at, n, acc);
	for (size_t i = 0; i < n && v->last; i++)
		element_set_double(v->y->dtype, tensor_mut(v->y),
				   channels_last_at(at + i, r->channels,
						    r->rows * r->width),
				   acc[i]);
}

static size_t scratch_integer(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1));
}

static bool run_integer(const struct call *c, struct err *e)
{
	struct conv_integer v = {.rows.emit = emit_sums, .y = call_out(c, 0)};
	struct doubles d = {0};

	(void)e;
	conv_rows_make(&v.rows, c->node, &call_in(c, 0)->shape,
		       &call_in(c, 1)->shape);
	v.rows.k.x = load(&d, c, 0, 2);
	v.rows.k.w = load(&d, c, 1, 3);
	conv_rows_run(&v.rows);
	return true;
}

size_t qconv_ref_scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 3));
}

bool qconv_ref_run(const struct call *c, struct err *e)
{
	struct conv_integer v = {
		.rows.emit = emit_codes,
		.y = call_out(c, 0),
		.bias = call_in(c, 8),
		.w_scale = call_in(c, 4),
		.x_scale = call_scalar(c, 1, 1),
		.y_scale = call_scalar(c, 6, 1),
		.y_zero = call_scalar(c, 7, 0),
		.last = channels_are_last(c->node),
	};
	struct shape x = channels_first_shape(c->node, &call_in(c, 0)->shape);
	struct doubles d = {0};

	for (uint32_t i = 1; i < 7; i++)
		if ((i == 1 || i == 4 || i == 6) &&
		    !scales_check_values(call_in(c, i), e))
			return err_context(e, "%s", qlinear_names[i]);
	conv_rows_make(&v.rows, c->node, &x, &call_in(c, 3)->shape);
	v.rows.k.x = load(&d, c, 0, 2);
	v.rows.k.w = load(&d, c, 3, 5);
	conv_rows_run(&v.rows);
	return true;
}

static const struct kernel conv_integer_kernels[] = {
	{"conv-integer-ref", "reference", .scratch = scratch_integer,
	 .run = run_integer},
	{.name = NULL},
};

static const struct kernel qlinear_conv_kernels[] = {
	{"qlinear-conv-ref", "reference", .scratch = qconv_ref_scratch,
	 .run = qconv_ref_run},
	QCONV_U8_KERNELS,
	QCONV_DNNL_KERNEL,
	{.name = NULL},
};

static const struct param conv_integer_10_in[] = {
	{"x", "T1", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"w", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"x_zero_point", "T1", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{"w_zero_point", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{NULL},
};

static const struct param conv_integer_10_out[] = {
	{"y", NULL, TYPE_BIT(I32), 0},
	{NULL},
};

static const struct attr_spec conv_integer_10_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"dilations", ATTR_INTS, false, NULL},
	{"group", ATTR_INT, false, "1"},
	{"kernel_shape", ATTR_INTS, false, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param qlinear_conv_10_in[] = {
	{"x", "T1", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"x_scale", NULL, TYPE_BIT(F32), 0},
	{"x_zero_point", "T1", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"w", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"w_scale", NULL, TYPE_BIT(F32), 0},
	{"w_zero_point", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"y_scale", NULL, TYPE_BIT(F32), 0},
	{"y_zero_point", "T3", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"B", NULL, TYPE_BIT(I32), PARAM_OPTIONAL},
	{NULL},
};

static const struct param qlinear_conv_10_out[] = {
	{"y", "T3", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct attr_spec qlinear_conv_ms_1_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"channels_last", ATTR_INT, false, "0"},
	{"dilations", ATTR_INTS, false, NULL},
	{"group", ATTR_INT, false, "1"},
	{"kernel_shape", ATTR_INTS, false, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

const struct op op_rows_conv_integer[] = {
	{"", "ConvInteger", 10, 0, conv_integer_10_in, conv_integer_10_out,
	 conv_integer_10_attrs, infer_integer, conv_integer_kernels},
	{"", "QLinearConv", 10, 0, qlinear_conv_10_in, qlinear_conv_10_out,
	 conv_integer_10_attrs, infer_qlinear, qlinear_conv_kernels},
	{"com.microsoft", "QLinearConv", 1, 0, qlinear_conv_10_in,
	 qlinear_conv_10_out, qlinear_conv_ms_1_attrs, infer_qlinear,
	 qlinear_conv_kernels},
	{.type = NULL},
};
