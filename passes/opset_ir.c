/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_ir.c -- see opset_ir.h.
 *
 * Source: ONNX's Versioning.md and the history in onnx.proto.
 */
#include "passes/opset_ir.h"

#include <string.h>

#include "passes/freeze.h"

/* The first IR version that an opset came with. */
static const struct {
	int opset, ir;
} ir_versions[] = {{1, 3},  {9, 4},   {10, 5},	{11, 6},  {12, 7},  {15, 8},
		   {19, 9}, {21, 10}, {23, 11}, {24, 12}, {25, 13}, {28, 14}};

/* The first IR version that has a type. */
static int ir_of_dtype(enum dtype t)
{
	switch (t) {
	case DTYPE_BF16:
		return 4;
	case DTYPE_F8E4M3FN:
	case DTYPE_F8E4M3FNUZ:
	case DTYPE_F8E5M2:
	case DTYPE_F8E5M2FNUZ:
		return 9;
	case DTYPE_U4:
	case DTYPE_I4:
		return 10;
	case DTYPE_F4E2M1:
		return 11;
	case DTYPE_F8E8M0:
		return 12;
	case DTYPE_U2:
	case DTYPE_I2:
		return 13;
	case DTYPE_F6E2M3:
	case DTYPE_F6E3M2:
		return 14;
	default:
		return 3;
	}
}

static void need_type(const struct type *t, int64_t *ir)
{
	for (; t; t = t->elem) {
		int need = ir_of_dtype(t->dtype);

		if (t->kind == TYPE_SPARSE)
			need = 6;
		else if (t->kind == TYPE_OPTIONAL && need < 8)
			need = 8;
		if (need > *ir)
			*ir = need;
	}
}

static void need_values(struct value *const *v, uint32_t n, int64_t *ir)
{
	for (uint32_t i = 0; i < n; i++)
		if (v[i])
			need_type(&v[i]->type, ir);
}

static int64_t needed_ir(const struct model *m)
{
	int64_t ir = m->nfunction ? 8 : 3;

	need_values(m->main->in, m->main->nin, &ir);
	need_values(m->main->konst, m->main->nkonst, &ir);
	for (const struct node *n = model_first(m); n; n = model_next(n)) {
		struct graph *g = NULL;

		need_values(n->out, n->nout, &ir);
		while ((g = node_next_graph(n, g))) {
			need_values(g->in, g->nin, &ir);
			need_values(g->konst, g->nkonst, &ir);
		}
	}
	return ir;
}

/* ---- constants ---------------------------------------------------------- */

/* An inner graph shows what it computes, nothing from outside. */
static void show_copy(struct graph *g, const struct value *old, struct value *v)
{
	struct node_spec spec = {
		.type = "Identity", .in = &v, .nin = 1, .nout = 1};

	for (uint32_t i = 0; i < g->nout; i++)
		if (g->out[i].read.value == old) {
			struct node *n = node_new(g, &spec);

			n->out[0]->type = v->type;
			node_append(n);
			use_set(&g->out[i].read, n->out[0]);
		}
}

/* Constants of inner graphs become new ones of the main graph. */
static void hoist(struct model *m, struct graph *g)
{
	for (uint32_t i = 0; i < g->nkonst; i++) {
		struct value *old = g->konst[i];
		struct value *v;

		if (!old->uses)
			continue;
		v = graph_add_const(m->main, NULL, old->konst);
		v->tensor_origin = old->tensor_origin;
		show_copy(g, old, v);
		value_replace(old, v);
	}
	g->nkonst = 0;
}

static void list_constants(struct model *m)
{
	struct graph *main = m->main;
	struct value **in;

	for (struct node *n = model_first(m); n; n = model_next(n)) {
		struct graph *g = NULL;

		while ((g = node_next_graph(n, g)))
			hoist(m, g);
	}
	in = arena_array(&m->arena, struct value *,
			 (size_t)main->nin + main->nkonst);
	if (main->nin)
		memcpy(in, main->in, main->nin * sizeof(struct value *));
	for (uint32_t i = 0; i < main->nkonst; i++)
		if (!main->konst[i]->is_input) {
			main->konst[i]->is_input = true;
			in[main->nin++] = main->konst[i];
		}
	main->in = in;
}

void opset_set_ir(struct model *m, int64_t from, int64_t to)
{
	int64_t needed = needed_ir(m), ir = 3;

	for (size_t i = 0; i < COUNT_OF(ir_versions); i++)
		if (ir_versions[i].opset <= to)
			ir = ir_versions[i].ir;
	if (ir < needed)
		ir = needed;
	if (m->ir_version < ir || to < from)
		m->ir_version = ir;
	if (m->ir_version >= 4)
		hide_constant_inputs(m);
	else
		list_constants(m);
}
