/* SPDX-License-Identifier: Apache-2.0 */
/* passes/freeze.c -- see freeze.h. */
#include "passes/freeze.h"

uint32_t freeze_inputs(struct model *m)
{
	struct graph *g = m->main;
	uint32_t kept = 0, frozen = 0;

	if (m->ir_version < 4)
		m->ir_version = 4;
	for (uint32_t i = 0; i < g->nin; i++) {
		struct value *v = g->in[i];

		if (!v->konst && !v->fallback) {
			g->in[kept++] = v;
			continue;
		}
		if (!v->konst) {
			graph_set_const(g, v, v->fallback);
			frozen++;
		}
		v->fallback = NULL;
		v->is_input = false;
	}
	g->nin = kept;
	return frozen;
}
