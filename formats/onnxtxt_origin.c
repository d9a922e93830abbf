/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_origin.c -- see onnxtxt_origin.h. */
#include "formats/onnxtxt_origin.h"

#include "formats/onnx.pb-c.h"

/* Messages hold writable strings, which nobody writes. */
static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

void header_of_model(const struct model *m, struct header_text *out)
{
	const Onnx__ModelProto *p = (const Onnx__ModelProto *)m->origin;

	*out = (struct header_text){0};
	if (!p)
		return;
	out->producer_name = p->producer_name;
	out->producer_version = p->producer_version;
	out->domain = p->domain;
	out->doc_string = p->doc_string;
	out->has_version = p->has_model_version;
	out->version = p->model_version;
}

void header_of_function(const struct function *f, struct header_text *out)
{
	const Onnx__FunctionProto *p = (const Onnx__FunctionProto *)f->origin;

	*out = (struct header_text){.doc_string = p ? p->doc_string : NULL};
}

void header_set_model(struct model *m, const struct header_text *h)
{
	Onnx__ModelProto *p = arena_new(&m->arena, Onnx__ModelProto);

	onnx__model_proto__init(p);
	p->producer_name = text(h->producer_name);
	p->producer_version = text(h->producer_version);
	p->domain = text(h->domain);
	p->doc_string = text(h->doc_string);
	p->has_model_version = h->has_version;
	p->model_version = h->version;
	m->origin = &p->base;
}

/* ---- declared types ------------------------------------------------------ */

struct infos {
	Onnx__ValueInfoProto **at;
	size_t count;
};

static bool is_port(const struct value *v)
{
	for (const struct use *u = v->uses; u; u = u->next)
		if (!u->user && u->graph == v->graph)
			return true;
	return false;
}

/* An entry for V, if its type is known and it is not a port with its own. */
static void add_info(struct infos *x, struct arena *a, struct value *v,
		     bool ports)
{
	Onnx__ValueInfoProto *p;

	if (!v || v->type.kind == TYPE_UNKNOWN || (!ports && is_port(v)))
		return;
	p = arena_new(a, Onnx__ValueInfoProto);
	onnx__value_info_proto__init(p);
	p->name = text(v->name);
	v->origin = &p->base;
	x->at[x->count++] = p;
}

static void add_infos(struct infos *x, struct graph *g, bool ports)
{
	struct arena *a = &g->model->arena;
	size_t most = g->nin;

	for (const struct node *n = g->first; n; n = n->next)
		most += n->nout;
	x->at = arena_array(a, Onnx__ValueInfoProto *, most);
	for (uint32_t i = 0; ports && i < g->nin; i++)
		add_info(x, a, g->in[i], ports);
	for (const struct node *n = g->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++)
			add_info(x, a, n->out[i], ports);
}

void onnxtxt_declare_types(struct graph *g)
{
	struct infos x = {0};
	Onnx__GraphProto *p;

	add_infos(&x, g, false);
	if (!x.count)
		return;
	p = arena_new(&g->model->arena, Onnx__GraphProto);
	onnx__graph_proto__init(p);
	p->n_value_info = x.count;
	p->value_info = x.at;
	g->origin = &p->base;
}

/* A function has no ports with types: all are declared inside. */
void header_set_function(struct model *m, struct function *f,
			 const struct header_text *h)
{
	struct infos x = {0};
	Onnx__FunctionProto *p = arena_new(&m->arena, Onnx__FunctionProto);

	add_infos(&x, f->body, true);
	onnx__function_proto__init(p);
	p->doc_string = text(h->doc_string);
	p->n_value_info = x.count;
	p->value_info = x.at;
	f->origin = &p->base;
}
