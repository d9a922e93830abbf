/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qconcat_u8.c -- QLinearConcat row by row, in any layout. */
#include <string.h>

#include "base/parallel.h"
#include "ops/axes.h"
#include "ops/codes_u8.h"
#include "ops/op.h"

enum { FIRST = 2, PART = 3, GRAIN = 32768 };

/* One part: ROWS of BYTES codes each go to rows that are STEP apart. */
struct part {
	struct job job;
	struct codes_u8 cx, cy;
	bool same; /* scales and zero points */
	size_t bytes, step;
	const uint8_t *x;
	uint8_t *y;
};

static int32_t axis_of(const struct call *c)
{
	int64_t axis = attr_int(c->node, "axis");

	return (int32_t)(axis < 0 ? axis + call_out(c, 0)->shape.rank : axis);
}

bool qconcat_u8_accepts(const struct call *c)
{
	return shape_is_known(&call_out(c, 0)->shape) &&
	       tensor_count(call_out(c, 0)) > 0;
}

enum tensor_layout qconcat_u8_layouts(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out)
{
	enum tensor_layout l = LAYOUT_ROWS;

	for (uint32_t i = FIRST; i < c->nin && l == LAYOUT_ROWS; i += PART)
		l = in[i];
	for (uint32_t i = FIRST; i < c->nin; i += PART)
		if (!layout_is_dense(&call_in(c, i)->shape, l))
			l = LAYOUT_ROWS;
	for (uint32_t i = FIRST; i < c->nin; i += PART)
		in[i] = l;
	return out[0] = l;
}

static void run_rows(struct job *self, size_t begin, size_t end)
{
	const struct part *p = (const struct part *)self;

	for (size_t i = begin; i < end; i++) {
		const uint8_t *x = p->x + i * p->bytes;
		uint8_t *y = p->y + i * p->step;

		if (p->same)
			memcpy(y, x, p->bytes);
		else
			kern_codes_convert(&p->cx, x, &p->cy, y, p->bytes);
	}
}

bool qconcat_u8_run(const struct call *c, struct err *e)
{
	struct tensor *out = call_out(c, 0);
	int32_t axis = layout_axis(&out->shape, c->layout, axis_of(c));
	struct part p = {.job.run = run_rows, .y = tensor_mut(out)};
	struct shape all, part;
	size_t inner;

	if (!codes_u8_read(&p.cy, c, 0, out->dtype, e))
		return false;
	layout_shape(&out->shape, c->layout, &all);
	inner = shape_span(&all, axis + 1, all.rank);
	p.step = (size_t)all.dim[axis] * inner;
	for (uint32_t i = FIRST; i < c->nin; i += PART) {
		const struct tensor *x = call_in(c, i);

		if (!codes_u8_read(&p.cx, c, i + 1, x->dtype, e))
			return false;
		p.same = p.cx.zero == p.cy.zero &&
			 !memcmp(&p.cx.scale, &p.cy.scale, sizeof(float));
		layout_shape(&x->shape, c->layout, &part);
		p.bytes = (size_t)part.dim[axis] * inner;
		p.x = x->data;
		if (p.bytes)
			parallel_for(&p.job, shape_span(&all, 0, axis),
				     GRAIN / p.bytes + 1);
		p.y += p.bytes;
	}
	return true;
}
