/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_write.c -- models, graphs and nodes as text. */
#include <inttypes.h>
#include <string.h>

#include "formats/onnxtxt_origin.h"
#include "formats/onnxtxt_print.h"

/* ---- nodes -------------------------------------------------------------- */

static void indent(struct printer *p, uint32_t depth)
{
	while (depth--)
		str_add(&p->text, "   ");
}

static void print_domain(struct printer *p, const char *domain)
{
	const char *dot;

	/* Parts that are no words are quoted one by one. */
	for (; *domain; domain = *dot ? dot + 1 : dot) {
		struct str part = {0};

		dot = domain + strcspn(domain, ".");
		str_addn(&part, domain, (size_t)(dot - domain));
		print_name(p, part.text, PLACE_PLAIN);
		str_addc(&p->text, '.');
		str_release(&part);
	}
}

static bool has_graph(const struct node *n)
{
	return node_next_graph(n, NULL) != NULL;
}

static bool print_node(struct printer *p, const struct node *n, struct err *e)
{
	bool graphs = has_graph(n);

	indent(p, p->depth);
	if (*n->name) {
		str_addc(&p->text, '[');
		print_name(p, n->name, PLACE_PLAIN);
		str_add(&p->text, "] ");
	}
	for (uint32_t i = 0; i < n->nout; i++) {
		str_add(&p->text, i ? ", " : "");
		print_name(p, name_of(&p->names, n->out[i]), PLACE_PLAIN);
	}
	str_add(&p->text, n->nout ? " = " : "= ");
	print_domain(p, n->domain);
	print_name(p, n->type, PLACE_PLAIN);
	if (*n->overload) {
		str_addc(&p->text, ':');
		print_name(p, n->overload, PLACE_PLAIN);
	}
	if (!graphs && !print_attrs(p, n->attr, n->nattr, e))
		return false;
	str_add(&p->text, " (");
	for (uint32_t i = 0; i < n->nin; i++) {
		str_add(&p->text, i ? ", " : "");
		print_name(p, name_of(&p->names, n->in[i].value), PLACE_PLAIN);
	}
	str_addc(&p->text, ')');
	if (graphs && !print_attrs(p, n->attr, n->nattr, e))
		return false;
	str_addc(&p->text, '\n');
	return printer_drain(p, e);
}

static void print_identities(struct printer *p, const struct graph *g)
{
	for (uint32_t i = 0; i < g->nout; i++) {
		const struct port *port = &g->out[i];

		if (!port_needs_identity(&p->names, port))
			continue;
		indent(p, p->depth);
		print_name(p, port->name, PLACE_PLAIN);
		str_add(&p->text, " = Identity (");
		print_name(p, name_of(&p->names, port->read.value),
			   PLACE_PLAIN);
		str_add(&p->text, ")\n");
	}
}

/* ---- graphs ------------------------------------------------------------- */

static void print_declared(struct printer *p, const struct type *t,
			   const char *name)
{
	if (t->kind != TYPE_UNKNOWN) {
		print_type(p, t);
		str_addc(&p->text, ' ');
	}
	print_name(p, name, PLACE_OF_VALUE);
}

/* Outputs of a function have no type of their own: it is their value's. */
static const struct type *type_of_port(const struct printer *p,
				       const struct port *port)
{
	const struct graph *g = port->read.graph;
	const struct value *v = port->read.value;

	if (port->type.kind != TYPE_UNKNOWN || g->outer ||
	    g == p->model->main || !v || port_needs_identity(&p->names, port))
		return &port->type;
	return &v->type;
}

static void print_interface(struct printer *p, const struct graph *g)
{
	str_addc(&p->text, '(');
	for (uint32_t i = 0; i < g->nin; i++) {
		str_add(&p->text, i ? ", " : "");
		print_declared(p, &g->in[i]->type,
			       name_of(&p->names, g->in[i]));
	}
	str_add(&p->text, ") => (");
	for (uint32_t i = 0; i < g->nout; i++) {
		str_add(&p->text, i ? ", " : "");
		print_declared(p, type_of_port(p, &g->out[i]), g->out[i].name);
	}
	str_addc(&p->text, ')');
}

/* The start of one more line between '<' and '>'. */
static void start_entry(struct printer *p, bool *any)
{
	str_add(&p->text, *any ? ",\n" : " <\n");
	indent(p, p->depth);
	*any = true;
}

static bool print_constant(struct printer *p, const struct value *v,
			   const struct tensor *t, bool *any, struct err *e)
{
	start_entry(p, any);
	print_tensor_type(p, t);
	str_addc(&p->text, ' ');
	print_name(p, name_of(&p->names, v), PLACE_OF_VALUE);
	str_add(&p->text, " =");
	return print_values(p, t, e);
}

/* Is V written under the name of a port, which has its type already? */
static bool is_port(const struct printer *p, const struct value *v)
{
	for (const struct use *u = v->uses; u; u = u->next)
		if (!u->user && u->graph == v->graph) {
			const struct graph *g = u->graph;

			for (uint32_t i = 0; i < g->nout; i++)
				if (&g->out[i].read == u &&
				    !port_needs_identity(&p->names, &g->out[i]))
					return true;
		}
	return false;
}

static void print_inner_types(struct printer *p, const struct graph *g,
			      bool *any)
{
	for (const struct node *n = g->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++) {
			const struct value *v = n->out[i];

			if (!v || v->type.kind == TYPE_UNKNOWN || is_port(p, v))
				continue;
			start_entry(p, any);
			print_declared(p, &v->type, name_of(&p->names, v));
		}
}

static bool print_constants(struct printer *p, const struct graph *g,
			    struct err *e)
{
	bool any = false;

	for (uint32_t i = 0; i < g->nin; i++)
		if (g->in[i]->fallback &&
		    !print_constant(p, g->in[i], g->in[i]->fallback, &any, e))
			return false;
	for (uint32_t i = 0; i < g->nkonst; i++)
		if (!print_constant(p, g->konst[i], g->konst[i]->konst, &any,
				    e))
			return false;
	if (!p->opts.no_types)
		print_inner_types(p, g, &any);
	if (any) {
		str_addc(&p->text, '\n');
		indent(p, p->depth - 1);
		str_addc(&p->text, '>');
	}
	return true;
}

/* Everything behind the name. */
static bool print_body(struct printer *p, const struct graph *g, struct err *e)
{
	print_interface(p, g);
	p->depth++;
	if (!print_constants(p, g, e))
		return false;
	str_add(&p->text, " {\n");
	for (const struct node *n = g->first; n; n = n->next)
		if (!print_node(p, n, e))
			return false;
	print_identities(p, g);
	p->depth--;
	indent(p, p->depth);
	str_addc(&p->text, '}');
	return true;
}

bool print_graph(struct printer *p, const struct graph *g, struct err *e)
{
	bool ok;

	p->depth++;
	print_name(p, g->name, PLACE_OF_VALUE);
	str_addc(&p->text, ' ');
	ok = print_body(p, g, e);
	p->depth--;
	return ok;
}

/* ---- functions and models ----------------------------------------------- */

static void print_opsets(struct printer *p, const struct opset *x,
			 uint32_t count)
{
	str_add(&p->text, "opset_import: [");
	for (uint32_t i = 0; i < count; i++) {
		str_add(&p->text, i ? ", " : "");
		print_quoted(p, x[i].domain, strlen(x[i].domain));
		str_addf(&p->text, " : %" PRId64, x[i].version);
	}
	str_addc(&p->text, ']');
}

static void print_field(struct printer *p, const char *key, const char *value)
{
	if (!value)
		return;
	str_addf(&p->text, ",\n   %s: ", key);
	print_quoted(p, value, strlen(value));
}

static void print_properties(struct printer *p, const struct model *m)
{
	if (!m->nproperty)
		return;
	str_add(&p->text, ",\n   metadata_props: [");
	for (uint32_t i = 0; i < m->nproperty; i++) {
		const struct property *x = &m->property[i];

		str_add(&p->text, i ? ", " : "");
		print_quoted(p, x->key, strlen(x->key));
		str_add(&p->text, " : ");
		print_quoted(p, x->value, strlen(x->value));
	}
	str_addc(&p->text, ']');
}

static void print_model_header(struct printer *p, const struct model *m)
{
	struct header_text h;

	header_of_model(m, &h);
	str_addf(&p->text, "<ir_version: %" PRId64, m->ir_version);
	if (m->nopset) {
		str_add(&p->text, ", ");
		print_opsets(p, m->opset, m->nopset);
	}
	print_field(p, "producer_name", h.producer_name);
	print_field(p, "producer_version", h.producer_version);
	print_field(p, "domain", h.domain);
	if (h.has_version)
		str_addf(&p->text, ",\n   model_version: %" PRId64, h.version);
	print_field(p, "doc_string", h.doc_string);
	print_properties(p, m);
	str_add(&p->text, ">\n");
}

static bool print_parameters(struct printer *p, const struct function *f,
			     struct err *e)
{
	if (!f->nattr && !f->nattr_default)
		return true;
	str_addc(&p->text, '<');
	for (uint32_t i = 0; i < f->nattr; i++) {
		str_add(&p->text, i ? ", " : "");
		print_name(p, f->attr[i], PLACE_PLAIN);
	}
	for (uint32_t i = 0; i < f->nattr_default; i++) {
		str_add(&p->text, i || f->nattr ? ", " : "");
		if (!print_attr(p, &f->attr_default[i], e))
			return false;
	}
	str_add(&p->text, "> ");
	return true;
}

static bool print_function(struct printer *p, const struct function *f,
			   struct err *e)
{
	struct header_text h;

	header_of_function(f, &h);
	str_add(&p->text, "\n<domain: ");
	print_quoted(p, f->domain, strlen(f->domain));
	str_add(&p->text, ", ");
	print_opsets(p, f->opset, f->nopset);
	if (*f->overload)
		print_field(p, "overload", f->overload);
	print_field(p, "doc_string", h.doc_string);
	str_add(&p->text, ">\n");
	print_name(p, f->name, PLACE_PLAIN);
	str_addc(&p->text, ' ');
	if (!print_parameters(p, f, e) || !print_body(p, f->body, e))
		return false;
	str_addc(&p->text, '\n');
	return true;
}

static bool print_model(struct printer *p, const struct model *m, struct err *e)
{
	print_model_header(p, m);
	print_name(p, m->main->name, PLACE_PLAIN);
	str_addc(&p->text, ' ');
	if (!print_body(p, m->main, e))
		return false;
	str_addc(&p->text, '\n');
	for (uint32_t i = 0; i < m->nfunction; i++)
		if (!print_function(p, &m->function[i], e))
			return false;
	return sink_write(p->sink, p->text.text, p->text.len, e);
}

bool onnxtxt_print(struct sink *out, const struct model *m,
		   const struct onnxtxt_opts *o, struct err *e)
{
	struct printer p = {.sink = out, .model = m};
	bool ok;

	if (o)
		p.opts = *o;
	names_init(&p.names, m);
	ok = print_model(&p, m, e);
	names_release(&p.names);
	str_release(&p.text);
	return ok;
}
