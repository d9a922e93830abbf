/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read_calls.c -- functions: reading, and who calls whom. */
#include <inttypes.h>
#include <string.h>

#include "formats/onnx_read.h"

enum { MAX_CALL_DEPTH = 100 };

/* ---- reading ------------------------------------------------------------- */

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
				    p->attribute_proto[i], NULL, NULL))
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
		return err_set(r->e, ERR_FORMAT, "it has no name");
	return read_defaults(r, f, p);
}

/* What a call names: "domain:name:overload". */
static const char *call_key(struct arena *a, const char *domain,
			    const char *name, const char *overload)
{
	return arena_printf(a, "%s:%s:%s", domain, name, overload);
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

/* ---- the call graph ------------------------------------------------------ */

struct callee {
	uint32_t function;
	struct callee *next;
};

struct calls {
	struct callee *first; /* functions that this one calls, repeated */
	struct callee *at;    /* next to visit */
	uint64_t nodes;	      /* of the body with all calls expanded */
	bool open, done;
};

static struct function *function_of(const struct model *m, const struct node *n,
				    uint32_t *index)
{
	const struct graph *g = n->graph;

	while (g->owner)
		g = g->owner->graph;
	while (*index < m->nfunction && m->function[*index].body != g)
		++*index;
	return *index < m->nfunction ? &m->function[*index] : NULL;
}

static bool collect_calls(struct onnx_reader *r, struct arena *a,
			  struct calls *calls)
{
	struct model *m = r->model;
	struct map names = {.arena = a};
	uint32_t caller = 0, callee;

	for (uint32_t i = 0; i < m->nfunction; i++) {
		const struct function *f = &m->function[i];

		if (!map_add(&names,
			     call_key(a, f->domain, f->name, f->overload), i))
			return err_set(r->e, ERR_FORMAT,
				       "function '%s' is defined twice",
				       f->name);
	}
	/* The walk visits the main graph, then the functions in order. */
	for (struct node *n = model_first(m); n; n = model_next(n)) {
		struct callee *c;
		const struct graph *g = n->graph;

		while (g->owner)
			g = g->owner->graph;
		if (g == m->main || !function_of(m, n, &caller))
			continue;
		calls[caller].nodes++;
		if (!map_get(&names,
			     call_key(a, n->domain, n->type, n->overload),
			     &callee))
			continue;
		c = arena_new(a, struct callee);
		c->function = callee;
		c->next = calls[caller].first;
		calls[caller].at = calls[caller].first = c;
	}
	return true;
}

static bool visit_calls(struct onnx_reader *r, struct calls *calls,
			uint32_t root)
{
	const struct function *f = r->model->function;
	uint32_t stack[MAX_CALL_DEPTH], depth = 0;
	uint64_t limit = r->source.lim->nodes ? r->source.lim->nodes
					      : limits_default.nodes;

	stack[depth++] = root;
	calls[root].open = true;
	while (depth) {
		struct calls *c = &calls[stack[depth - 1]];
		uint32_t next = c->at ? c->at->function : 0;

		if (!c->at || calls[next].done) {
			if (!c->at) {
				c->done = true;
				c->open = false;
				depth--;
				continue;
			}
			c->nodes += calls[next].nodes;
			c->at = c->at->next;
			if (c->nodes > limit)
				return err_set(r->e, ERR_LIMIT,
					       "function '%s' expands to more "
					       "than %" PRIu64 " nodes",
					       f[stack[depth - 1]].name, limit);
			continue;
		}
		if (calls[next].open)
			return err_set(r->e, ERR_FORMAT,
				       "function '%s' calls itself",
				       f[next].name);
		if (depth == MAX_CALL_DEPTH)
			return err_set(r->e, ERR_LIMIT,
				       "function '%s' is called through more "
				       "than %d others",
				       f[next].name, MAX_CALL_DEPTH);
		calls[next].open = true;
		stack[depth++] = next;
	}
	return true;
}

bool onnx_check_calls(struct onnx_reader *r)
{
	struct arena scratch = {0};
	uint32_t n = r->model->nfunction;
	struct calls *calls = arena_array(&scratch, struct calls, n);
	bool ok = collect_calls(r, &scratch, calls);

	for (uint32_t i = 0; ok && i < n; i++)
		if (!calls[i].done)
			ok = visit_calls(r, calls, i);
	arena_release(&scratch);
	return ok;
}
