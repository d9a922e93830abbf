/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read_graph.c -- one GraphProto or FunctionProto.
 *
 * First every name is defined (inputs, constants, results of nodes), then the
 * operands are looked up, so the nodes may come in any order.
 */
#include <inttypes.h>
#include <string.h>

#include "formats/onnx_read.h"
#include "formats/onnx_write.h"

/* ---- names --------------------------------------------------------------- */

static void grow_values(struct onnx_reader *r, struct onnx_scope *scope)
{
	uint32_t cap = scope->cap ? 2 * scope->cap : 16;
	struct value **v = arena_array(&r->model->arena, struct value *, cap);

	if (scope->count)
		memcpy(v, scope->value, scope->count * sizeof(*v));
	scope->value = v;
	scope->cap = cap;
}

bool onnx_define(struct onnx_reader *r, struct onnx_scope *scope,
		 const char *name, struct value *v)
{
	if (scope->count == scope->cap)
		grow_values(r, scope);
	if (!map_add(&scope->names, name, scope->count))
		return err_set(r->e, ERR_FORMAT,
			       "'%s' is defined twice, want one definition",
			       name);
	v->name = name;
	scope->value[scope->count++] = v;
	return true;
}

static struct value *lookup_here(const struct onnx_scope *scope,
				 const char *name)
{
	uint32_t i;

	return map_get(&scope->names, name, &i) ? scope->value[i] : NULL;
}

struct value *onnx_lookup(const struct onnx_scope *scope, const char *name)
{
	struct value *v = NULL;

	for (; scope && !v; scope = scope->outer)
		v = lookup_here(scope, name);
	return v;
}

/* ---- inputs and constants ------------------------------------------------ */

static bool refuse_nameless(struct onnx_reader *r, struct onnx_scope *scope,
			    const char *what, size_t i)
{
	err_set(r->e, ERR_FORMAT, "%s %zu has no name", what, i);
	return onnx_go_on(r, RULE_MISSING_NAME, scope->graph, NULL, NULL);
}

static bool read_inputs(struct onnx_reader *r, struct onnx_scope *scope,
			Onnx__ValueInfoProto *const *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = onnx_text(p[i]->name);
		struct value *v;
		struct type t;

		if (!name[0] && !refuse_nameless(r, scope, "input", i))
			return false;
		if (!name[0])
			continue;
		if (!onnx_read_type(r, &t, p[i]->type) &&
		    !onnx_go_on(r, RULE_VALUE_TYPE, scope->graph, NULL, name))
			return err_context(r->e, "input '%s'", name);
		v = graph_add_input(scope->graph, name, &t);
		v->origin = &p[i]->base;
		if (!onnx_define(r, scope, name, v) &&
		    !onnx_go_on(r, RULE_DUPLICATE, scope->graph, NULL, name))
			return err_context(r->e, "input");
	}
	return true;
}

/* T is the constant NAME, or the default of the input of that name: before
 * IR 4 every constant had to be an input. */
static bool add_constant(struct onnx_reader *r, struct onnx_scope *scope,
			 const char *name, const struct tensor *t,
			 const ProtobufCMessage *origin)
{
	struct graph *g = scope->graph;
	struct value *v = lookup_here(scope, name);

	if (!v) {
		v = graph_add_const(g, NULL, t);
		v->tensor_origin = origin;
		return onnx_define(r, scope, name, v);
	}
	if (!v->is_input || v->konst || v->fallback)
		return err_set(r->e, ERR_FORMAT,
			       "initializer '%s' is given twice, want it once",
			       name);
	v->tensor_origin = origin;
	if (r->model->ir_version < 4)
		graph_set_const(g, v, t);
	else
		v->fallback = arena_memdup(&r->model->arena, t, sizeof(*t));
	return true;
}

/* NAME is T if WHOLE; else its error is dealt with. */
static bool take_constant(struct onnx_reader *r, struct onnx_scope *scope,
			  const char *name, const struct tensor *t, bool whole,
			  const ProtobufCMessage *origin)
{
	bool external = t->payload && t->payload->external;
	struct type type = {.shape.rank = RANK_UNKNOWN};
	struct value *v;

	if (whole && add_constant(r, scope, name, t, origin))
		return true;
	if (!onnx_go_on(r,
			whole	   ? RULE_DUPLICATE
			: external ? RULE_EXTERNAL_DATA
				   : RULE_TENSOR_DATA,
			scope->graph, NULL, name))
		return false;
	if (whole || lookup_here(scope, name))
		return true;
	if (t->bytes)
		type = type_tensor(t->dtype, &t->shape);
	v = graph_add_undefined(scope->graph, name, &type);
	return onnx_define(r, scope, name, v);
}

static bool read_sparse_constants(struct onnx_reader *r,
				  struct onnx_scope *scope)
{
	const Onnx__GraphProto *p = scope->proto;

	for (size_t i = 0; i < p->n_sparse_initializer; i++) {
		const Onnx__SparseTensorProto *sp = p->sparse_initializer[i];
		const char *name = onnx_text(sp->values ? sp->values->name
							: NULL);
		struct sparse x;
		struct tensor t = {.payload = NULL};
		bool ok;

		if (!name[0] &&
		    !refuse_nameless(r, scope, "sparse initializer", i))
			return false;
		if (!name[0])
			continue;
		ok = onnx_read_sparse(&x, sp, &r->source, r->e) &&
		     onnx_densify(&t, &x, sp, &r->source, r->e);
		if (!take_constant(r, scope, name, &t, ok, &sp->base))
			return false;
	}
	return true;
}

static bool read_constants(struct onnx_reader *r, struct onnx_scope *scope)
{
	const Onnx__GraphProto *p = scope->proto;

	for (size_t i = 0; i < p->n_initializer; i++) {
		const Onnx__TensorProto *tp = p->initializer[i];
		const char *name = onnx_text(tp->name);
		struct tensor t;
		bool ok;

		if (!name[0] && !refuse_nameless(r, scope, "initializer", i))
			return false;
		if (!name[0])
			continue;
		ok = onnx_read_tensor(&t, tp, &r->source, r->e);
		if (!take_constant(r, scope, name, &t, ok, &tp->base))
			return false;
	}
	return read_sparse_constants(r, scope);
}

/* ---- nodes --------------------------------------------------------------- */

/* The label of a node whose results are not known yet. */
static const char *early_label(const struct node *n)
{
	const Onnx__NodeProto *p = (const Onnx__NodeProto *)n->origin;

	return n->name[0] ? n->name : p->n_output ? p->output[0] : "";
}

static bool go_on_node(struct onnx_reader *r, enum rule_id rule,
		       const struct node *n, const char *value)
{
	return findings_take(r->found, rule,
			     &(struct where){.node = n,
					     .label = early_label(n),
					     .value = value},
			     r->e);
}

enum { MAX_ATTRS = 4096 }; /* names are compared pairwise */

static bool read_attrs(struct onnx_reader *r, struct node *n,
		       const Onnx__NodeProto *p, struct onnx_scope *scope)
{
	if (p->n_attribute > MAX_ATTRS)
		return err_set(r->e, ERR_LIMIT,
			       "it has %zu attributes, want at most %d",
			       p->n_attribute, MAX_ATTRS);
	n->attr = arena_array(&r->model->arena, struct attr, p->n_attribute);
	for (size_t i = 0; i < p->n_attribute; i++) {
		struct attr *x = &n->attr[n->nattr];

		if (!onnx_read_attr(r, x, p->attribute[i], n, scope)) {
			if (!go_on_node(r,
					p->attribute[i]->t
						? RULE_TENSOR_DATA
						: RULE_ATTRIBUTE_VALUE,
					n, x->name))
				return false;
			continue;
		}
		if (node_attr(n, x->name)) {
			err_set(r->e, ERR_FORMAT,
				"attribute '%s' is given twice", x->name);
			if (!go_on_node(r, RULE_DUPLICATE_ATTRIBUTE, n,
					x->name))
				return false;
			continue;
		}
		n->nattr++;
	}
	return true;
}

static bool is_constant(const struct node *n)
{
	return n && !n->domain[0] && strcmp(n->type, "Constant") == 0;
}

/*
 * Optimizers that append Constant nodes have given them names that others
 * had.  ONNX Runtime keeps all of a graph's Constants by name, so the last
 * one counts wherever the name is read, and such models were made to run
 * there.  The first becomes a value of another name that nothing reads.
 */
static bool supersede_constant(struct onnx_reader *r, struct onnx_scope *scope,
			       struct node *n, const char *name,
			       struct value *v)
{
	uint32_t i;

	if (!is_constant(n) || !map_get(&scope->names, name, &i) ||
	    !is_constant(scope->value[i]->def))
		return false;
	if (!r->superseded)
		model_warn(r->model,
			   "'%s' is defined by more than one Constant node; "
			   "of such nodes, the last one counts",
			   name);
	r->superseded = true;
	*r->e = (struct err){.code = ERR_NONE};
	scope->value[i]->name = "";
	scope->value[i] = v;
	return true;
}

static bool read_results(struct onnx_reader *r, struct node *n,
			 const Onnx__NodeProto *p, struct onnx_scope *scope)
{
	n->nout = (uint32_t)p->n_output;
	n->out = arena_array(&r->model->arena, struct value *, n->nout);
	for (uint32_t i = 0; i < n->nout; i++) {
		struct value *v;

		if (!p->output[i][0])
			continue;
		v = node_new_value(n);
		n->out[i] = v;
		v->name = p->output[i];
		if (onnx_define(r, scope, p->output[i], v))
			continue;
		if (!go_on_node(r, RULE_DUPLICATE, n, p->output[i]) &&
		    !supersede_constant(r, scope, n, p->output[i], v))
			return err_context(r->e, "output %" PRIu32, i);
	}
	return true;
}

static bool check_structure(struct onnx_reader *r, struct node *n)
{
	const Onnx__NodeProto *p = (const Onnx__NodeProto *)n->origin;

	if (!n->type[0])
		err_set(r->e, ERR_FORMAT, "it has no op_type");
	else if (!p->n_output)
		err_set(r->e, ERR_FORMAT,
			"it has no outputs, want at least one");
	else
		return true;
	return go_on_node(r, RULE_NODE, n, NULL);
}

/* The node without its operands. */
static bool read_node(struct onnx_reader *r, const Onnx__NodeProto *p,
		      struct onnx_scope *scope)
{
	struct model *m = r->model;
	struct node *n = arena_new(&m->arena, struct node);

	n->id = m->nnodes++;
	n->graph = scope->graph;
	n->origin = &p->base;
	n->name = onnx_text(p->name);
	n->type = onnx_text(p->op_type);
	n->domain = onnx_domain(p->domain);
	n->overload = onnx_text(p->overload);
	n->sources = onnx_read_sources(&m->arena, p);
	node_append(n);
	if (check_structure(r, n) && read_attrs(r, n, p, scope) &&
	    read_results(r, n, p, scope))
		return true;
	return err_context(r->e, "node '%s' (%s)", early_label(n), n->type);
}

static bool join_operands(struct onnx_reader *r, struct node *n,
			  struct onnx_scope *scope)
{
	const Onnx__NodeProto *p = (const Onnx__NodeProto *)n->origin;

	n->nin = (uint32_t)p->n_input;
	n->in = arena_array(&r->model->arena, struct use, n->nin);
	for (uint32_t i = 0; i < n->nin; i++) {
		struct value *v;

		n->in[i].user = n;
		n->in[i].graph = scope->graph;
		if (!p->input[i][0])
			continue;
		v = onnx_lookup(scope, p->input[i]);
		if (!v) {
			err_set(r->e, ERR_FORMAT,
				"input '%s' is not defined, want an output of "
				"a node, an input or an initializer",
				p->input[i]);
			if (!onnx_go_on(r, RULE_UNDEFINED, NULL, n,
					p->input[i]))
				return err_context(r->e, "node '%s' (%s)",
						   early_label(n), n->type);
			v = graph_add_undefined(scope->graph, p->input[i],
						NULL);
		}
		use_set(&n->in[i], v);
	}
	return true;
}

static bool read_nodes(struct onnx_reader *r, struct onnx_scope *scope,
		       Onnx__NodeProto *const *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!read_node(r, p[i], scope))
			return false;
	for (struct node *n = scope->graph->first; n; n = n->next)
		if (!join_operands(r, n, scope))
			return false;
	return true;
}

/* ---- outputs and types --------------------------------------------------- */

static bool add_port(struct onnx_reader *r, struct onnx_scope *scope,
		     const char *name, const struct type *t,
		     const ProtobufCMessage *origin, struct port *port)
{
	struct value *v = onnx_lookup(scope, name);

	if (!v) {
		err_set(r->e, ERR_FORMAT,
			"output '%s' is not produced by any node, input or "
			"initializer",
			name);
		if (!onnx_go_on(r, RULE_UNDEFINED_OUTPUT, scope->graph, NULL,
				name))
			return false;
		v = graph_add_undefined(scope->graph, name, t);
	}
	*port = (struct port){.name = name, .type = *t, .origin = origin};
	port->read.graph = scope->graph;
	use_set(&port->read, v);
	if (v->type.kind == TYPE_UNKNOWN && v->graph == scope->graph)
		v->type = *t;
	return true;
}

static bool read_outputs(struct onnx_reader *r, struct onnx_scope *scope)
{
	const Onnx__GraphProto *p = scope->proto;
	struct graph *g = scope->graph;

	g->out = arena_array(&r->model->arena, struct port, p->n_output);
	for (size_t i = 0; i < p->n_output; i++) {
		const char *name = onnx_text(p->output[i]->name);
		struct type t;

		if (!onnx_read_type(r, &t, p->output[i]->type) &&
		    !onnx_go_on(r, RULE_VALUE_TYPE, g, NULL, name))
			return err_context(r->e, "output '%s'", name);
		if (!add_port(r, scope, name, &t, &p->output[i]->base,
			      &g->out[g->nout]))
			return false;
		g->nout++;
	}
	return true;
}

static bool read_value_infos(struct onnx_reader *r, struct onnx_scope *scope,
			     Onnx__ValueInfoProto *const *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = onnx_text(p[i]->name);
		struct value *v = lookup_here(scope, name);
		struct type t;

		if (!onnx_read_type(r, &t, p[i]->type) &&
		    !onnx_go_on(r, RULE_VALUE_TYPE, scope->graph, NULL, name))
			return err_context(r->e, "value '%s'", name);
		if (r->found && !v)
			findings_add(r->found, RULE_STALE_TYPE,
				     &(struct where){.graph = scope->graph,
						     .value = name},
				     "'%s' has a type, but no definition",
				     name);
		if (!v || v->konst || v->origin)
			continue; /* stale, or said better elsewhere */
		v->type = t;
		v->origin = &p[i]->base;
	}
	return true;
}

static bool read_function_graph(struct onnx_reader *r, struct onnx_scope *scope)
{
	static const struct type unknown = {.shape.rank = RANK_UNKNOWN};
	const Onnx__FunctionProto *p = scope->function;
	struct graph *g = scope->graph;

	for (size_t i = 0; i < p->n_input; i++) {
		struct value *v = graph_add_input(g, NULL, NULL);

		v->name = p->input[i];
		if (!onnx_define(r, scope, p->input[i], v) &&
		    !onnx_go_on(r, RULE_DUPLICATE, g, NULL, p->input[i]))
			return err_context(r->e, "input");
	}
	if (!read_nodes(r, scope, p->node, p->n_node))
		return false;
	g->out = arena_array(&r->model->arena, struct port, p->n_output);
	for (size_t i = 0; i < p->n_output; i++, g->nout++)
		if (!add_port(r, scope, p->output[i], &unknown, NULL,
			      &g->out[g->nout]))
			return false;
	return read_value_infos(r, scope, p->value_info, p->n_value_info);
}

bool onnx_read_graph(struct onnx_reader *r, struct onnx_scope *scope)
{
	const Onnx__GraphProto *p = scope->proto;

	if (scope->function)
		return read_function_graph(r, scope);
	scope->graph->origin = &p->base;
	scope->graph->name = onnx_text(p->name);
	return read_inputs(r, scope, p->input, p->n_input) &&
	       read_constants(r, scope) &&
	       read_nodes(r, scope, p->node, p->n_node) &&
	       read_value_infos(r, scope, p->value_info, p->n_value_info) &&
	       read_outputs(r, scope);
}
