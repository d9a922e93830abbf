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

void header_set_function(struct model *m, struct function *f,
			 const struct header_text *h)
{
	Onnx__FunctionProto *p;

	if (!h->doc_string)
		return;
	p = arena_new(&m->arena, Onnx__FunctionProto);
	onnx__function_proto__init(p);
	p->doc_string = text(h->doc_string);
	f->origin = &p->base;
}
