/* SPDX-License-Identifier: Apache-2.0 */
/* passes/freeze.c -- see freeze.h. */
#include "passes/freeze.h"

void hide_constant_inputs(struct model *m)
{
	struct graph *g = m->main;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < g->nin; i++)
		if (g->in[i]->konst)
			g->in[i]->is_input = false;
		else
			g->in[kept++] = g->in[i];
	g->nin = kept;
}

uint32_t freeze_inputs(struct model *m)
{
	struct graph *g = m->main;
	uint32_t frozen = 0;

	if (m->ir_version < 4)
		m->ir_version = 4;
	for (uint32_t i = 0; i < g->nin; i++) {
		struct value *v = g->in[i];

		if (!v->fallback)
			continue;
		graph_set_const(g, v, v->fallback);
		v->fallback = NULL;
		frozen++;
	}
	hide_constant_inputs(m);
	return frozen;
}
