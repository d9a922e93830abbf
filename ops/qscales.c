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

bool qscales_make(struct qscales *q, const struct call *c, uint32_t x,
		  uint32_t w, uint32_t y, size_t lines)
{
	const struct tensor *xc = call_in(c, x), *wc = call_in(c, w);
	const struct tensor *xz = call_in(c, x + 2), *wz = call_in(c, w + 2);
	const struct tensor *yz = call_in(c, y + 1);
	bool is_signed;

	q->xs = call_in(c, x + 1);
	q->ws = call_in(c, w + 1);
	q->ys = call_in(c, y);
	if (!is_8_bits(xc) || !is_8_bits(wc) || !is_8_bits(yz) ||
	    !is_constant(xz, 1) || !is_constant(wz, lines) ||
	    !is_constant(yz, 1) || !is_constant(q->xs, 1) ||
	    !is_constant(q->ws, lines) || !is_constant(q->ys, 1) ||
	    !all_positive(q->xs) || !all_positive(q->ws) ||
	    !all_positive(q->ys) ||
	    !all_equal(wz, wc->dtype == DTYPE_U8 ? 128 : 0))
		return false;
	q->xflip = xc->dtype == DTYPE_I8 ? 0x80 : 0;
	q->wflip = wc->dtype == DTYPE_U8 ? 0x80 : 0;
	q->xzero = (int32_t)tensor_int(xz, 0) + q->xflip;
	is_signed = yz->dtype == DTYPE_I8;
	q->y = (struct requant_u8){
		.zero = (int32_t)tensor_int(yz, 0),
		.lo = is_signed ? -128 : 0,
		.hi = is_signed ? 127 : 255,
	};
	return true;
}

float qscales_multiplier(const struct qscales *q, size_t line)
{
	return requant_multiplier(
		tensor_double(q->xs, 0),
		tensor_double(q->ws, tensor_count(q->ws) > 1 ? line : 0),
		tensor_double(q->ys, 0));
}
