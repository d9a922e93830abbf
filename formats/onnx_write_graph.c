/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_write_graph.c -- GraphProto: constants, inputs, outputs. */
#include <string.h>

#include "formats/onnx_read.h"
#include "formats/onnx_write.h"

struct onnx_pending {
	const struct graph *graph;
	Onnx__GraphProto *to;
	struct onnx_pending *next;
};

Onnx__GraphProto *onnx_queue_write(struct onnx_writer *w, const struct graph *g)
{
	struct onnx_pending *x = arena_new(&w->arena, struct onnx_pending);

	x->graph = g;
	if (g->origin)
		x->to = arena_memdup(&w->arena, g->origin, sizeof(*x->to));
	else
		x->to = onnx_new(&w->arena, Onnx__GraphProto,
				 onnx__graph_proto__descriptor);
	*(w->last ? &w->last->next : &w->first) = x;
	w->last = x;
	return x->to;
}

/* ---- constants ----------------------------------------------------------- */

static const Onnx__SparseTensorProto *sparse_of(const struct tensor *t)
{
	return t->payload ? t->payload->sparse : NULL;
}

static Onnx__SparseTensorProto *keep_sparse(struct onnx_writer *w,
					    const Onnx__SparseTensorProto *old,
					    const char *name)
{
	Onnx__SparseTensorProto *p = arena_memdup(&w->arena, old, sizeof(*old));

	if (!strcmp(onnx_text(old->values->name), name))
		return p;
	p->values = arena_memdup(&w->arena, old->values, sizeof(*p->values));
	p->values->name = onnx_string(name);
	return p;
}

static void add_constant(struct onnx_writer *w, Onnx__GraphProto *p,
			 const struct tensor *t, const char *name)
{
	const Onnx__SparseTensorProto *sparse = sparse_of(t);

	if (sparse)
		p->sparse_initializer[p->n_sparse_initializer++] = keep_sparse(
			w, sparse, name);
	else
		p->initializer[p->n_initializer++] = onnx_place_tensor(
			w, t, name, ROLE_CONSTANT);
}

static void build_constants(struct onnx_writer *w, const struct graph *g,
			    Onnx__GraphProto *p)
{
	size_t most = (size_t)g->nkonst + g->nin;

	p->n_initializer = p->n_sparse_initializer = 0;
	p->initializer = arena_array(&w->arena, Onnx__TensorProto *, most);
	p->sparse_initializer = arena_array(&w->arena,
					    Onnx__SparseTensorProto *, most);
	for (uint32_t i = 0; i < g->nkonst; i++)
		if (g->konst[i]->konst)
			add_constant(w, p, g->konst[i]->konst,
				     name_of(&w->names, g->konst[i]));
	for (uint32_t i = 0; i < g->nin; i++)
		if (g->in[i]->fallback && !g->in[i]->konst)
			add_constant(w, p, g->in[i]->fallback,
				     name_of(&w->names, g->in[i]));
}

/* ---- inputs and outputs -------------------------------------------------- */

/* Before IR 4 a constant had to be an input too. */
static bool must_be_input(const struct onnx_writer *w, const struct value *v)
{
	return w->model->ir_version < 4 && v->graph == w->model->main &&
	       !v->is_input && !v->tensor_origin;
}

static void build_inputs(struct onnx_writer *w, const struct graph *g,
			 Onnx__GraphProto *p)
{
	p->n_input = 0;
	p->input = arena_array(&w->arena, Onnx__ValueInfoProto *,
			       (size_t)g->nin + g->nkonst);
	for (uint32_t i = 0; i < g->nin; i++) {
		const struct value *v = g->in[i];

		p->input[p->n_input++] = onnx_build_info(
			w, v->origin, name_of(&w->names, v), &v->type,
			v->konst ? MATCH_VAGUER : MATCH_EXACT);
	}
	for (uint32_t i = 0; i < g->nkonst; i++) {
		const struct value *v = g->konst[i];

		if (must_be_input(w, v))
			p->input[p->n_input++] = onnx_build_info(
				w, NULL, name_of(&w->names, v), &v->type,
				MATCH_EXACT);
	}
}

static void build_outputs(struct onnx_writer *w, const struct graph *g,
			  Onnx__GraphProto *p)
{
	p->n_output = g->nout;
	p->output = arena_array(&w->arena, Onnx__ValueInfoProto *, g->nout);
	for (uint32_t i = 0; i < g->nout; i++) {
		const struct port *port = &g->out[i];

		p->output[i] = onnx_build_info(w, port->origin, port->name,
					       &port->type, MATCH_EXACT);
	}
}

bool onnx_build_next_graph(struct onnx_writer *w)
{
	struct onnx_pending *x = w->first;
	const Onnx__GraphProto *old;

	if (!x)
		return false;
	w->first = x->next;
	if (!w->first)
		w->last = NULL;
	old = (const void *)x->graph->origin;
	onnx_set_text(&x->to->name, x->graph->name);
	onnx_build_nodes(w, x->graph, &x->to->n_node, &x->to->node);
	build_constants(w, x->graph, x->to);
	build_inputs(w, x->graph, x->to);
	build_outputs(w, x->graph, x->to);
	if (!old)
		return true;
	onnx_keep_infos(w, x->graph, &old->base, &x->to->n_value_info,
			&x->to->value_info);
	onnx_keep_annotations(w, x->graph, old,
			      &x->to->n_quantization_annotation,
			      &x->to->quantization_annotation);
	return true;
}
