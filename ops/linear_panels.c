/* SPDX-License-Identifier: Apache-2.0 */
/* ops/linear_panels.c -- mlopt's Linear by our own products, weights packed. */
#include <stdlib.h>

#include "base/buf.h"
#include "kern/sgemm.h"
#include "ops/act_of.h"
#include "ops/linear.h"
#include "ops/op.h"

struct linear_panels {
	struct prepared base;
	struct sgemm g; /* all but the operands */
	struct buf panels;
};

bool linear_panels_accepts(const struct call *c)
{
	struct act act;

	return call_in(c, LINEAR_W)->data && act_of_fused(&act, c->node);
}

static void release(struct prepared *self)
{
	struct linear_panels *s = (struct linear_panels *)self;

	buf_free(&s->panels);
	free(s);
}

bool linear_panels_prepare(struct call *c, struct err *e)
{
	struct linear_panels *s = calloc(1, sizeof(*s));
	struct linear_sizes l;

	if (!s)
		die_oom();
	s->base.release = release;
	c->prepared = &s->base;
	linear_make(&l, c);
	if (!buf_array(&s->panels, sgemm_panels(l.n),
		       l.k * SGEMM_PANEL * sizeof(float), NULL, e))
		return false;
	kern_sgemm_pack(call_in(c, LINEAR_W)->data, l.transposed ? 1 : l.n,
			l.transposed ? l.k : 1, l.k, l.n,
			(float *)s->panels.data);
	s->g = (struct sgemm){.m = l.m,
			      .n = l.n,
			      .k = l.k,
			      .ldx = l.k,
			      .ldy = l.n,
			      .panels = (const float *)s->panels.data};
	act_of_fused(&s->g.act, c->node);
	s->base.bytes = sizeof(*s) + s->panels.bytes;
	return true;
}

size_t linear_panels_scratch(const struct call *c)
{
	const struct linear_panels *s =
		(const struct linear_panels *)c->prepared;

	return sgemm_scratch_floats(&s->g) * sizeof(float);
}

bool linear_panels_run(const struct call *c, struct err *e)
{
	struct sgemm g = ((const struct linear_panels *)c->prepared)->g;

	(void)e;
	g.x = call_f32(c, LINEAR_X);
	g.bias = call_f32(c, LINEAR_B);
	g.z = call_f32(c, LINEAR_Z);
	g.y = tensor_f32_mut(call_out(c, 0));
	kern_sgemm(&g, c->scratch);
	return true;
}
