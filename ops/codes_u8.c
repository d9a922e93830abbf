/* SPDX-License-Identifier: Apache-2.0 */
/* ops/codes_u8.c -- fast kernels for element-wise operators on 8-bit codes. */
#include "ops/codes_u8.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "kern/codes.h"
#include "ops/op.h"
#include "ops/qlinear.h"

enum { GRAIN = 32768 }; /* codes worth a thread */

static bool is_codes(const struct tensor *t)
{
	return t && (t->dtype == DTYPE_U8 || t->dtype == DTYPE_I8);
}

static bool has_one(const struct tensor *t)
{
	return !t || (shape_is_known(&t->shape) && tensor_count(t) == 1);
}

/* Operands SCALE and SCALE + 1 for codes of type T; ERR_FORMAT unless the
 * scale is a positive number. */
static bool read_codes(struct codes_u8 *x, const struct call *c, uint32_t scale,
		       enum dtype t, struct err *e)
{
	double s;

	if (!qlinear_scale(c, scale, &s, e))
		return false;
	x->scale = (float)s;
	x->zero = (int32_t)call_scalar(c, scale + 1, 0);
	x->flip = t == DTYPE_I8 ? 0x80 : 0;
	return true;
}

struct codes_job {
	struct job job;
	struct codes_u8 a, b, y;
	bool adds;
	const void *xa, *xb;
	void *out;
};

/* ---- float and codes ---------------------------------------------------- */

static bool one_f32_scale(const struct call *c)
{
	const struct tensor *scale = call_in(c, 1);

	return scale->dtype == DTYPE_F32 && has_one(scale) &&
	       has_one(call_in(c, 2)) && !node_int(c->node, "block_size", 0) &&
	       !node_int(c->node, "precision", 0);
}

bool quantize_u8_accepts(const struct call *c)
{
	return call_in(c, 0)->dtype == DTYPE_F32 && is_codes(call_out(c, 0)) &&
	       one_f32_scale(c);
}

static void run_quantize(struct job *self, size_t begin, size_t end)
{
	const struct codes_job *j = (const struct codes_job *)self;

	kern_f32_to_codes(&j->y, (const float *)j->xa + begin,
			  (uint8_t *)j->out + begin, end - begin);
}

bool quantize_u8_run(const struct call *c, struct err *e)
{
	struct codes_job j = {.job.run = run_quantize,
			      .xa = call_in(c, 0)->data,
			      .out = tensor_mut(call_out(c, 0))};

	if (!read_codes(&j.y, c, 1, call_out(c, 0)->dtype, e))
		return false;
	parallel_for(&j.job, tensor_count(call_in(c, 0)), GRAIN);
	return true;
}

bool dequantize_u8_accepts(const struct call *c)
{
	return is_codes(call_in(c, 0)) && call_out(c, 0) &&
	       call_out(c, 0)->dtype == DTYPE_F32 && one_f32_scale(c);
}

static void run_dequantize(struct job *self, size_t begin, size_t end)
{
	const struct codes_job *j = (const struct codes_job *)self;

	kern_codes_to_f32(&j->a, (const uint8_t *)j->xa + begin,
			  (float *)j->out + begin, end - begin);
}

bool dequantize_u8_run(const struct call *c, struct err *e)
{
	struct codes_job j = {.job.run = run_dequantize,
			      .xa = call_in(c, 0)->data,
			      .out = tensor_mut(call_out(c, 0))};

	if (!read_codes(&j.a, c, 1, call_in(c, 0)->dtype, e))
		return false;
	parallel_for(&j.job, tensor_count(call_in(c, 0)), GRAIN);
	return true;
}

/* ---- codes -------------------------------------------------------------- */

bool qbinary_u8_accepts(const struct call *c)
{
	const struct tensor *a = call_in(c, 0), *b = call_in(c, 3);

	return is_codes(a) && is_codes(b) && is_codes(call_out(c, 0)) &&
	       shape_equal(&a->shape, &b->shape);
}

static void run_binary(struct job *self, size_t begin, size_t end)
{
	const struct codes_job *j = (const struct codes_job *)self;
	const uint8_t *a = (const uint8_t *)j->xa + begin;
	const uint8_t *b = (const uint8_t *)j->xb + begin;
	uint8_t *y = (uint8_t *)j->out + begin;

	if (j->adds)
		kern_codes_add(&j->a, a, &j->b, b, &j->y, y, end - begin);
	else
		kern_codes_mul(&j->a, a, &j->b, b, &j->y, y, end - begin);
}

bool qbinary_u8_run(const struct call *c, struct err *e)
{
	struct codes_job j = {.job.run = run_binary,
			      .adds = !strcmp(c->node->type, "QLinearAdd"),
			      .xa = call_in(c, 0)->data,
			      .xb = call_in(c, 3)->data,
			      .out = tensor_mut(call_out(c, 0))};

	if (!read_codes(&j.a, c, 1, call_in(c, 0)->dtype, e) ||
	    !read_codes(&j.b, c, 4, call_in(c, 3)->dtype, e) ||
	    !read_codes(&j.y, c, 6, call_out(c, 0)->dtype, e))
		return false;
	parallel_for(&j.job, tensor_count(call_in(c, 0)), GRAIN);
	return true;
}

bool qmean_u8_accepts(const struct call *c)
{
	return is_codes(call_in(c, 0)) && is_codes(call_out(c, 0)) &&
	       call_in(c, 0)->shape.rank > 2 &&
	       !node_int(c->node, "channels_last", 0);
}

bool qmean_u8_run(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	size_t planes = tensor_count(y);
	size_t each = planes ? tensor_count(x) / planes : 0;
	const uint8_t *at = x->data;
	uint8_t *out = tensor_mut(y);
	struct codes_u8 cx, cy;

	if (!read_codes(&cx, c, 1, x->dtype, e) ||
	    !read_codes(&cy, c, 3, y->dtype, e))
		return false;
	for (size_t i = 0; i < planes; i++, at += each) {
		int64_t sum = (int64_t)kern_codes_sum(at, cx.flip, each) -
			      (int64_t)each * (cx.zero + cx.flip);
		double code = nearbyint((double)sum * cx.scale /
					((double)each * cy.scale)) +
			      cy.zero;
		double lo = -cy.flip, hi = 255 - cy.flip;

		code = code < lo ? lo : code > hi ? hi : code;
		out[i] = (uint8_t)(int32_t)code;
	}
	return true;
}
