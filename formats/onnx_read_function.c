/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read_function.c -- functions of a model. */
#include <inttypes.h>
#include <string.h>

#include "formats/onnx_read.h"

static bool read_defaults(struct onnx_reader *r, struct function *f,
			  const Onnx__FunctionProto *p)
{
	struct arena *a = &r->model->arena;

	f->attr = arena_array(a, const char *, p->n_attribute);
	f->nattr = (uint32_t)p->n_attribute;
	for (uint32_t i = 0; i < f->nattr; i++)
		f->attr[i] = p->attribute[i];
	f->nattr_default = (uint32_t)p->n_attribute_proto;
	f->attr_default = arena_array(a, struct attr, f->nattr_default);
	for (uint32_t i = 0; i < f->nattr_default; i++)
		if (!onnx_read_attr(r, &f->attr_default[i],
				    p->attribute_proto[i], NULL, NULL) &&
		    !onnx_go_on(r, RULE_ATTRIBUTE_VALUE, f->body, NULL,
				f->attr_default[i].name))
			return false;
	return true;
}

static bool read_function(struct onnx_reader *r, struct function *f,
			  const Onnx__FunctionProto *p)
{
	struct arena *a = &r->model->arena;
	struct onnx_scope *scope;

	f->name = onnx_text(p->name);
	f->domain = onnx_domain(p->domain);
	f->overload = onnx_text(p->overload);
	f->origin = &p->base;
	f->nopset = (uint32_t)p->n_opset_import;
	f->opset = arena_array(a, struct opset, f->nopset);
	for (uint32_t i = 0; i < f->nopset; i++)
		f->opset[i] = (struct opset){
			onnx_domain(p->opset_import[i]->domain),
			p->opset_import[i]->version};
	f->body = graph_new(r->model, NULL);
	f->body->name = f->name;
	scope = onnx_queue_graph(r, f->body, NULL);
	scope->function = p;
	if (!f->name[0])
		err_set(r->e, ERR_FORMAT, "it has no name");
	if (!f->name[0] &&
	    !onnx_go_on(r, RULE_MISSING_NAME, f->body, NULL, NULL))
		return false;
	return read_defaults(r, f, p);
}

bool onnx_read_functions(struct onnx_reader *r, const Onnx__ModelProto *p)
{
	struct model *m = r->model;

	m->function = arena_array(&m->arena, struct function, p->n_functions);
	for (size_t i = 0; i < p->n_functions; i++) {
		struct function *f = &m->function[i];

		m->nfunction++;
		if (!read_function(r, f, p->functions[i]))
			return err_context(r->e, "function '%s'", f->name);
	}
	return true;
}
