/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qscales.c -- scales and zero points of fast integer products. */
#include "ops/qconv_u8.h"
#include "ops/requant.h"

static bool is_8_bits(const struct tensor *t)
{
	return t && (t->dtype == DTYPE_U8 || t->dtype == DTYPE_I8);
}

static bool is_constant(const struct tensor *t, size_t lines)
{
	return t && t->data &&
	       (tensor_count(t) == 1 || tensor_count(t) == lines);
}

static bool all_equal(const struct tensor *t, int64_t x)
{
	for (size_t i = 0; i < tensor_count(t); i++)
		if (tensor_int(t, i) != x)
			return false;
	return true;
}

/* Every scale is a normal positive number. */
static bool all_positive(const struct tensor *t)
{
	for (size_t i = 0; i < tensor_count(t); i++) {
		double x = tensor_double(t, i);

		if (!(x >= 1.17549435e-38 && x <= 3.4e38))
			return false;
	}
	return true;
}

const struct qroles qroles_conv = {0, 1,	   2,	       3,	  4,
				   5, QCONV_SCALE, QCONV_ZERO, QCONV_BIAS};
const struct qroles qroles_conv_add = {
	0, 1, 2, 3, 4, 5, QADD_Y_SCALE, QADD_Y_ZERO, QCONV_BIAS};

static bool is_scale(const struct tensor *t, size_t lines)
{
	return is_constant(t, lines) && t->dtype == DTYPE_F32 &&
	       all_positive(t);
}

/* Scale and zero point of codes Y. */
static bool read_result(struct qscales *q, const struct call *c,
			const struct qroles *r)
{
	const struct tensor *zero = call_in(c, r->y_zero);
	bool is_signed;

	if (!is_8_bits(zero) || !is_constant(zero, 1) || !is_scale(q->ys, 1))
		return false;
	is_signed = zero->dtype == DTYPE_I8;
	q->y = (struct requant_u8){
		.zero = (int32_t)tensor_int(zero, 0),
		.lo = is_signed ? -128 : 0,
		.hi = is_signed ? 127 : 255,
	};
	return true;
}

bool qscales_make(struct qscales *q, const struct call *c,
		  const struct qroles *r, size_t lines)
{
	const struct tensor *x = call_in(c, r->x), *w = call_in(c, r->w);
	const struct tensor *xz = call_in(c, r->x_zero);
	const struct tensor *wz = call_in(c, r->w_zero);

	q->xs = call_in(c, r->x_scale);
	q->ws = call_in(c, r->w_scale);
	q->ys = call_in(c, r->y_scale);
	q->y = (struct requant_u8){0};
	if (!is_8_bits(x) || !is_8_bits(w) || !is_constant(xz, 1) ||
	    !is_constant(wz, lines) || !is_scale(q->xs, 1) ||
	    !is_scale(q->ws, lines) ||
	    !all_equal(wz, w->dtype == DTYPE_U8 ? 128 : 0))
		return false;
	q->xflip = x->dtype == DTYPE_I8 ? 0x80 : 0;
	q->wflip = w->dtype == DTYPE_U8 ? 0x80 : 0;
	q->xzero = (int32_t)tensor_int(xz, 0) + q->xflip;
	return !q->ys || read_result(q, c, r);
}

float qscales_multiplier(const struct qscales *q, size_t line)
{
	double x = tensor_double(q->xs, 0);
	double w = tensor_double(q->ws, tensor_count(q->ws) > 1 ? line : 0);

	if (!q->ys)
		return (float)(x * w);
	return requant_multiplier(x, w, tensor_double(q->ys, 0));
}
