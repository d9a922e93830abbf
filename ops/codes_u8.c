/* SPDX-License-Identifier: Apache-2.0 */
/* ops/codes_u8.c -- fast kernels for element-wise operators on 8-bit codes. */
#include "ops/codes_u8.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "kern/codes.h"
#include "ops/axes.h"
#include "ops/op.h"
#include "ops/pool_lanes.h"
#include "ops/qlinear.h"

enum { GRAIN = 32768, SPAN = 1024 }; /* codes worth a thread, a call */

static bool is_codes(const struct tensor *t)
{
	return t && (t->dtype == DTYPE_U8 || t->dtype == DTYPE_I8);
}

static bool has_one(const struct tensor *t)
{
	return !t || (shape_is_known(&t->shape) && tensor_count(t) == 1);
}

bool codes_u8_read(struct codes_u8 *x, const struct call *c, uint32_t scale,
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
	size_t channels, pixels; /* of an image, where B has one per channel */
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

	if (!codes_u8_read(&j.y, c, 1, call_out(c, 0)->dtype, e))
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

	if (!codes_u8_read(&j.a, c, 1, call_in(c, 0)->dtype, e))
		return false;
	parallel_for(&j.job, tensor_count(call_in(c, 0)), GRAIN);
	return true;
}

/* ---- two operands ------------------------------------------------------- */

/* Operand I has one code for each channel of the result. */
static bool is_per_channel(const struct call *c, uint32_t i)
{
	const struct shape *s = &call_in(c, i)->shape;
	const struct shape *y = &call_out(c, 0)->shape;

	if (s->rank != y->rank || s->rank < 3 || s->dim[0] != y->dim[0] ||
	    s->dim[1] != y->dim[1])
		return false;
	for (int32_t k = 2; k < s->rank; k++)
		if (s->dim[k] != 1)
			return false;
	return true;
}

static bool is_whole(const struct call *c, uint32_t i)
{
	return shape_equal(&call_in(c, i)->shape, &call_out(c, 0)->shape);
}

bool qbinary_u8_accepts(const struct call *c)
{
	bool a = is_whole(c, 0), b = is_whole(c, 3);

	return is_codes(call_in(c, 0)) && is_codes(call_in(c, 3)) &&
	       is_codes(call_out(c, 0)) && (a || b) &&
	       (a || is_per_channel(c, 0)) && (b || is_per_channel(c, 3));
}

enum tensor_layout qbinary_u8_layouts(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out)
{
	bool both = is_whole(c, 0) && is_whole(c, 3);
	enum tensor_layout l = is_whole(c, 0) ? in[0] : in[3];

	if (both && l == LAYOUT_ROWS)
		l = in[3];
	if (!layout_is_dense(&call_out(c, 0)->shape, l) ||
	    (!both && l != LAYOUT_LAST))
		l = LAYOUT_ROWS;
	in[0] = is_whole(c, 0) ? l : LAYOUT_ROWS;
	in[3] = is_whole(c, 3) ? l : LAYOUT_ROWS;
	return out[0] = l;
}

static void combine(const struct codes_job *j, const uint8_t *a,
		    const uint8_t *b, uint8_t *y, size_t n)
{
	if (j->adds)
		kern_codes_add(&j->a, a, &j->b, b, &j->y, y, n);
	else
		kern_codes_mul(&j->a, a, &j->b, b, &j->y, y, n);
}

static void run_binary(struct job *self, size_t begin, size_t end)
{
	const struct codes_job *j = (const struct codes_job *)self;

	combine(j, (const uint8_t *)j->xa + begin,
		(const uint8_t *)j->xb + begin, (uint8_t *)j->out + begin,
		end - begin);
}

/* N pixels of one image, whose channels lie side by side: the codes of B are
 * spread over as many pixels as fit. */
static void combine_pixels(const struct codes_job *j, const uint8_t *a,
			   const uint8_t *b, uint8_t *y, size_t n)
{
	uint8_t many[SPAN];
	size_t at_once = SPAN / j->channels, k;

	at_once = at_once < n ? at_once : n;
	for (size_t i = 0; i < at_once; i++)
		memcpy(many + i * j->channels, b, j->channels);
	if (at_once)
		b = many;
	else
		at_once = 1;
	for (size_t i = 0; i < n; i += k) {
		k = n - i < at_once ? n - i : at_once;
		combine(j, a + i * j->channels, b, y + i * j->channels,
			k * j->channels);
	}
}

static void run_pixels(struct job *self, size_t begin, size_t end)
{
	const struct codes_job *j = (const struct codes_job *)self;

	while (begin < end) {
		size_t image = begin / j->pixels;
		size_t left = (image + 1) * j->pixels - begin;

		left = left < end - begin ? left : end - begin;
		combine_pixels(j, (const uint8_t *)j->xa + begin * j->channels,
			       (const uint8_t *)j->xb + image * j->channels,
			       (uint8_t *)j->out + begin * j->channels, left);
		begin += left;
	}
}

/* Planes, each with one code of B. */
static void run_planes(struct job *self, size_t begin, size_t end)
{
	const struct codes_job *j = (const struct codes_job *)self;
	uint8_t same[SPAN];

	for (size_t i = begin; i < end; i++) {
		size_t n;

		memset(same, ((const uint8_t *)j->xb)[i], sizeof(same));
		for (size_t p = 0; p < j->pixels; p += n) {
			size_t at = i * j->pixels + p;

			n = j->pixels - p < SPAN ? j->pixels - p : SPAN;
			combine(j, (const uint8_t *)j->xa + at, same,
				(uint8_t *)j->out + at, n);
		}
	}
}

/* B has one code per channel. */
static void run_channels(struct codes_job *j, const struct call *c)
{
	const struct shape *y = &call_out(c, 0)->shape;
	size_t images = (size_t)y->dim[0], grain;

	j->channels = (size_t)y->dim[1];
	j->pixels = shape_span(y, 2, y->rank);
	if (!images || !j->channels || !j->pixels)
		return;
	if (c->layout == LAYOUT_LAST) {
		grain = GRAIN / j->channels + 1;
		j->job.run = run_pixels;
		parallel_for(&j->job, images * j->pixels, grain);
	} else {
		grain = GRAIN / j->pixels + 1;
		j->job.run = run_planes;
		parallel_for(&j->job, images * j->channels, grain);
	}
}

bool qbinary_u8_run(const struct call *c, struct err *e)
{
	/* The operand of fewer codes is B. */
	uint32_t a = is_whole(c, 0) ? 0 : 3, b = 3 - a;
	struct codes_job j = {.job.run = run_binary,
			      .adds = !strcmp(c->node->type, "QLinearAdd"),
			      .xa = call_in(c, a)->data,
			      .xb = call_in(c, b)->data,
			      .out = tensor_mut(call_out(c, 0))};

	if (!codes_u8_read(&j.a, c, a + 1, call_in(c, a)->dtype, e) ||
	    !codes_u8_read(&j.b, c, b + 1, call_in(c, b)->dtype, e) ||
	    !codes_u8_read(&j.y, c, 6, call_out(c, 0)->dtype, e))
		return false;
	if (is_whole(c, b))
		parallel_for(&j.job, tensor_count(call_in(c, 0)), GRAIN);
	else
		run_channels(&j, c);
	return true;
}

/* ---- means -------------------------------------------------------------- */

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

	if (c->layout != LAYOUT_ROWS)
		return pool_lanes_global(c, false, e);
	if (!codes_u8_read(&cx, c, 1, x->dtype, e) ||
	    !codes_u8_read(&cy, c, 3, y->dtype, e))
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
