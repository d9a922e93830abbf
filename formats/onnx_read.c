/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read.c -- ModelProto, and the format's row. */
#include "formats/onnx_read.h"

#include <inttypes.h>
#include <string.h>

#include "formats/onnx.h"

enum { MAX_OPSETS = 1000 };

const char *onnx_text(const char *s)
{
	return s ? s : "";
}

const char *onnx_domain(const char *s)
{
	return !s || !strcmp(s, "ai.onnx") ? "" : s;
}

struct onnx_scope *onnx_queue_graph(struct onnx_reader *r, struct graph *g,
				    struct onnx_scope *outer)
{
	struct arena *a = &r->model->arena;
	struct onnx_scope *scope = arena_new(a, struct onnx_scope);

	scope->graph = g;
	scope->outer = outer;
	scope->names.arena = a;
	*(r->last ? &r->last->next : &r->first) = scope;
	r->last = scope;
	return scope;
}

bool onnx_go_on(struct onnx_reader *r, enum rule_id rule, const struct graph *g,
		const struct node *n, const char *value)
{
	return findings_take(
		r->found, rule,
		&(struct where){.graph = g, .node = n, .value = value}, r->e);
}

static bool read_opset(struct onnx_reader *r, const Onnx__OperatorSetIdProto *p)
{
	struct model *m = r->model;
	const char *domain = onnx_domain(p->domain);
	int64_t version = p->version, before = model_opset(m, domain);

	if (version < 1)
		return err_set(r->e, ERR_FORMAT,
			       "opset of domain '%s' is %" PRId64
			       ", want 1 or more",
			       domain, version);
	if (!domain[0] && version > NEWEST_OPSET) {
		if (r->found)
			model_set_opset(m, domain, version);
		return err_set(r->e, ERR_UNSUPPORTED,
			       "opset is %" PRId64 ", want at most %d", version,
			       NEWEST_OPSET);
	}
	if (before >= 0 && before != version)
		return err_set(r->e, ERR_FORMAT,
			       "domain '%s' has opsets %" PRId64 " and %" PRId64
			       ", want one",
			       domain, before, version);
	model_set_opset(m, domain, version);
	return true;
}

static bool read_ir_version(struct onnx_reader *r, const Onnx__ModelProto *p)
{
	static const char newer[] = "IR version %" PRId64
				    " is newer than %d: what is new in it is "
				    "kept but not understood";

	if (!p->has_ir_version || p->ir_version < 1)
		err_set(r->e, ERR_FORMAT,
			"the model's IR version is %" PRId64 ", want 1..%d",
			p->ir_version, NEWEST_IR);
	if ((!p->has_ir_version || p->ir_version < 1) &&
	    !onnx_go_on(r, RULE_IR_VERSION, NULL, NULL, NULL))
		return false;
	r->model->ir_version = p->ir_version;
	if (p->ir_version <= NEWEST_IR)
		return true;
	if (r->found)
		findings_add(r->found, RULE_NEWER_IR, &(struct where){0}, newer,
			     p->ir_version, NEWEST_IR);
	else
		model_warn(r->model, newer, p->ir_version, NEWEST_IR);
	return true;
}

static bool read_header(struct onnx_reader *r, const Onnx__ModelProto *p)
{
	struct model *m = r->model;

	if (!p->graph)
		return err_set(r->e, ERR_FORMAT,
			       "the model has no graph, want one");
	if (!read_ir_version(r, p))
		return false;
	if (p->n_opset_import > MAX_OPSETS)
		return err_set(r->e, ERR_LIMIT,
			       "the model imports %zu opsets, want at most %d",
			       p->n_opset_import, MAX_OPSETS);
	for (size_t i = 0; i < p->n_opset_import; i++)
		if (!read_opset(r, p->opset_import[i]) &&
		    !onnx_go_on(r, RULE_OPSET_VERSION, NULL, NULL,
				p->opset_import[i]->domain))
			return false;
	if (p->n_opset_import && r->found && p->ir_version < 3)
		findings_add(r->found, RULE_IR_VERSION, &(struct where){0},
			     "the IR version is %" PRId64
			     ", want 3 or more for opset imports",
			     p->ir_version);
	if (p->n_opset_import)
		return true;
	if (p->ir_version >= 3) {
		err_set(r->e, ERR_FORMAT,
			"the model imports no opset, want at least one");
		return onnx_go_on(r, RULE_MISSING_OPSET, NULL, NULL, NULL);
	}
	model_set_opset(m, "", 1); /* what there was before IR 3 */
	return true;
}

static void read_properties(struct model *m, const Onnx__ModelProto *p)
{
	m->nproperty = (uint32_t)p->n_metadata_props;
	m->property = arena_array(&m->arena, struct property, m->nproperty);
	for (uint32_t i = 0; i < m->nproperty; i++)
		m->property[i] = (struct property){
			onnx_text(p->metadata_props[i]->key),
			onnx_text(p->metadata_props[i]->value)};
}

static bool read_model(struct onnx_reader *r, const Onnx__ModelProto *p)
{
	struct onnx_scope *scope;

	r->model->origin = &p->base;
	if (!read_header(r, p))
		return false;
	read_properties(r->model, p);
	scope = onnx_queue_graph(r, r->model->main, NULL);
	scope->proto = p->graph;
	if (!onnx_read_functions(r, p))
		return false;
	for (scope = r->first; scope; scope = scope->next)
		if (!onnx_read_graph(r, scope))
			return false;
	if (!model_check_calls(r->model,
			       r->source.lim->nodes ? r->source.lim->nodes
						    : limits_default.nodes,
			       r->found, r->e) ||
	    !onnx_order_graphs(r))
		return false;
	if (r->found)
		onnx_note(r, p);
	return true;
}

bool onnx_read_model(struct model **out, struct input *in,
		     const struct limits *lim, struct findings *found,
		     struct err *e)
{
	struct model *m = model_new(lim->memory);
	struct onnx_store store = {.model = m, .arena = &m->arena};
	struct onnx_reader r = {.model = m, .found = found, .e = e};
	ProtobufCMessage *p;

	onnx_source_init(&r.source, &store, in, lim);
	r.source.found = found;
	if (!onnx_unpack(&p, in->bytes, &onnx__model_proto__descriptor, &store,
			 lim, e) ||
	    !read_model(&r, (const Onnx__ModelProto *)p)) {
		model_free(m);
		return false;
	}
	model_keep_input(m, in);
	*out = m;
	return true;
}
