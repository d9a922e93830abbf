/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_graph.c -- graphs and nodes of ONNX's text syntax.
 *
 * A use is created when its name is read and stays pending until its graph
 * ends; then it is resolved among that graph's definitions or handed to the
 * graph around it.  So nodes may come in any order, and inner names shadow
 * outer ones.
 */
#include "formats/onnxtxt_origin.h"
#include "formats/onnxtxt_read.h"

#include <string.h>

/* A name with a type in front, in a list of inputs, outputs or types. */
struct declared {
	const char *name;
	const char *at;
	struct type type;
};

struct declarations {
	struct declared *at;
	uint32_t count;
};

/* One graph being read. */
struct scope {
	struct reader *r;
	struct graph *graph;
	struct map names;     /* -> index of VALUE */
	struct value **value; /* by definition order */
	uint32_t nvalue;
	struct declarations types;
	size_t mark; /* pending uses of the graphs around it */
	bool unsorted;
};

/* ---- names -------------------------------------------------------------- */

static bool define(struct scope *s, const char *name, const char *at,
		   struct value *v, struct err *e)
{
	v->name = name;
	if (!map_add(&s->names, name, s->nvalue))
		return lex_fail(&s->r->lex, at, e, "'%s' is defined twice",
				name) ||
		       findings_take(s->r->found, RULE_DUPLICATE,
				     &(struct where){.graph = s->graph,
						     .node = v->def,
						     .value = name},
				     e);
	s->value = array_add(&s->r->scratch, s->value, s->nvalue,
			     sizeof(struct value *));
	s->value[s->nvalue++] = v;
	return true;
}

static struct value *lookup(const struct scope *s, const char *name)
{
	uint32_t i;

	return map_get(&s->names, name, &i) ? s->value[i] : NULL;
}

static void await(struct reader *r, struct use *u, const char *name,
		  const char *at, struct node *user)
{
	if (r->npending == r->pending_cap) {
		size_t cap = r->pending_cap ? 2 * r->pending_cap : 64;
		struct pending *grown = arena_array(&r->scratch, struct pending,
						    cap);

		if (r->npending)
			memcpy(grown, r->pending, r->npending * sizeof(*grown));
		r->pending = grown;
		r->pending_cap = cap;
	}
	r->pending[r->npending++] = (struct pending){u, name, at, user};
}

/* P is defined nowhere: *OUT takes the place of its value. */
static bool go_on_undefined(struct scope *s, const struct pending *p,
			    struct value **out, struct err *e)
{
	struct graph *g = p->use->graph;

	if (!findings_take(
		    s->r->found,
		    p->use->user ? RULE_UNDEFINED : RULE_UNDEFINED_OUTPUT,
		    &(struct where){
			    .graph = g, .node = p->use->user, .value = p->name},
		    e))
		return false;
	*out = graph_add_undefined(g, p->name, NULL);
	return true;
}

/* Resolve what this graph reads; the rest waits for the graph around it. */
static bool resolve(struct scope *s, struct err *e)
{
	struct reader *r = s->r;
	size_t kept = s->mark;

	for (size_t i = s->mark; i < r->npending; i++) {
		struct pending *p = &r->pending[i];
		struct value *v = lookup(s, p->name);

		if (!v && !s->graph->outer) {
			lex_fail(&r->lex, p->at, e, "'%s' is not defined",
				 p->name);
			if (!go_on_undefined(s, p, &v, e))
				return false;
		} else if (!v) {
			r->pending[kept++] = *p;
			continue;
		}
		if (p->user && v->def && v->def->id >= p->user->id)
			s->unsorted = true;
		use_set(p->use, v);
	}
	r->npending = kept;
	return true;
}

/* ---- declarations ------------------------------------------------------- */

static bool read_declared(struct reader *r, struct declared *d, struct err *e)
{
	*d = (struct declared){.type.shape.rank = RANK_UNKNOWN};
	if (at_type(r) && !read_type(r, &d->type, e))
		return false;
	lex_peek(&r->lex);
	d->at = r->lex.at;
	return read_name(r, NAME_NEEDED, &d->name, e);
}

static void declare(struct reader *r, struct declarations *list,
		    const struct declared *d)
{
	list->at = array_add(&r->scratch, list->at, list->count, sizeof(*d));
	list->at[list->count++] = *d;
}

/* "= {1, 2}" behind the name D: a constant, or the default of an input. */
static bool read_constant(struct scope *s, const struct declared *d,
			  struct err *e)
{
	struct tensor t;
	struct value *v = lookup(s, d->name);

	if (d->type.kind == TYPE_SPARSE)
		return lex_fail_code(&s->r->lex, d->at, e, ERR_UNSUPPORTED,
				     "sparse constants belong in a Constant "
				     "node");
	if (!read_tensor(s->r, &d->type, &t, e))
		return false;
	if (!v) {
		v = graph_add_const(s->graph, d->name, &t);
		return define(s, v->name, d->at, v, e);
	}
	if (!v->is_input || v->konst || v->fallback)
		return lex_fail(&s->r->lex, d->at, e, "'%s' is defined twice",
				d->name) ||
		       findings_take(s->r->found, RULE_DUPLICATE,
				     &(struct where){.graph = s->graph,
						     .value = d->name},
				     e);
	/* Before IR version 4 every constant was listed as an input too. */
	if (s->r->model->ir_version < 4)
		graph_set_const(s->graph, v, &t);
	else
		v->fallback = arena_memdup(s->r->arena, &t, sizeof(t));
	return true;
}

static bool read_inputs(struct scope *s, struct err *e)
{
	struct lex *l = &s->r->lex;
	struct declared d;
	struct value *v;

	if (!lex_take(l, '(') || lex_take(l, ')'))
		return true;
	do {
		if (!read_declared(s->r, &d, e))
			return false;
		v = graph_add_input(s->graph, d.name,
				    d.type.kind ? &d.type : NULL);
		if (!define(s, v->name, d.at, v, e))
			return false;
		if (lex_take(l, '=') && !read_constant(s, &d, e))
			return false;
	} while (lex_take(l, ','));
	return lex_want(l, ')', e);
}

static bool read_outputs(struct scope *s, struct declarations *out,
			 struct err *e)
{
	struct lex *l = &s->r->lex;
	struct declared d;

	if (!lex_want(l, '(', e))
		return false;
	if (lex_take(l, ')'))
		return true;
	do {
		if (!read_declared(s->r, &d, e))
			return false;
		declare(s->r, out, &d);
	} while (lex_take(l, ','));
	return lex_want(l, ')', e);
}

static bool read_constants(struct scope *s, struct err *e)
{
	struct lex *l = &s->r->lex;
	struct declared d;

	if (!lex_take(l, '<') || lex_take(l, '>'))
		return true;
	do {
		if (!read_declared(s->r, &d, e))
			return false;
		if (!lex_take(l, '='))
			declare(s->r, &s->types, &d);
		else if (!read_constant(s, &d, e))
			return false;
	} while (lex_take(l, ','));
	return lex_want(l, '>', e);
}

/* ---- nodes -------------------------------------------------------------- */

struct name {
	const char *text, *at;
};

struct node_parts {
	struct name *out, *in;
	struct attr *attr;
	const char *name, *domain, *type, *overload;
	uint32_t nout, nin, nattr;
};

/* Names between commas; one may be left out where a comma follows. */
static bool read_names(struct reader *r, struct name **list, uint32_t *count,
		       struct err *e)
{
	struct lex *l = &r->lex;

	do {
		struct name x = {.text = ""};
		int c = lex_peek(l);

		x.at = l->at;
		if (c == '"' || lex_peek_word(l).len) {
			if (!read_name(r, NAME_MAY_BE_EMPTY, &x.text, e))
				return false;
		} else if (c != ',') {
			break;
		}
		*list = array_add(&r->scratch, *list, *count, sizeof(x));
		(*list)[(*count)++] = x;
	} while (lex_take(l, ','));
	return true;
}

/* "ai.onnx.ml.Scaler": the last part is the type, the rest the domain. */
static bool read_operator(struct reader *r, struct node_parts *p, struct err *e)
{
	p->domain = "";
	p->overload = "";
	if (!read_name(r, NAME_NEEDED, &p->type, e))
		return false;
	while (lex_take(&r->lex, '.')) {
		p->domain = *p->domain ? arena_printf(r->arena, "%s.%s",
						      p->domain, p->type)
				       : p->type;
		if (!read_name(r, NAME_NEEDED, &p->type, e))
			return false;
	}
	return !lex_take(&r->lex, ':') ||
	       read_name(r, NAME_NEEDED, &p->overload, e);
}

static bool refuse_second(struct reader *r, const char *at, const char *name,
			  struct err *e)
{
	return lex_fail(&r->lex, at, e, "attribute '%s' is given twice",
			name) ||
	       findings_take(r->found, RULE_DUPLICATE_ATTRIBUTE,
			     &(struct where){.graph = r->open, .value = name},
			     e);
}

static bool read_attrs(struct reader *r, struct node_parts *p, struct err *e)
{
	if (p->nattr || !lex_take(&r->lex, '<'))
		return true;
	do {
		const char *at = (lex_peek(&r->lex), r->lex.at);
		struct attr x;

		if (!read_attr(r, &x, e))
			return false;
		for (uint32_t i = 0; i < p->nattr; i++)
			if (!strcmp(p->attr[i].name, x.name) &&
			    !refuse_second(r, at, x.name, e))
				return false;
		p->attr = array_add(r->arena, p->attr, p->nattr, sizeof(x));
		p->attr[p->nattr++] = x;
	} while (lex_take(&r->lex, ','));
	return lex_want(&r->lex, '>', e);
}

static bool read_node_parts(struct reader *r, struct node_parts *p,
			    struct err *e)
{
	struct lex *l = &r->lex;

	*p = (struct node_parts){.name = ""};
	if (lex_take(l, '[') &&
	    ((lex_peek(l) != ']' &&
	      !read_name(r, NAME_MAY_BE_EMPTY, &p->name, e)) ||
	     !lex_want(l, ']', e)))
		return false;
	return read_names(r, &p->out, &p->nout, e) && lex_want(l, '=', e) &&
	       read_operator(r, p, e) && read_attrs(r, p, e) &&
	       lex_want(l, '(', e) && read_names(r, &p->in, &p->nin, e) &&
	       lex_want(l, ')', e) && read_attrs(r, p, e);
}

/* The graphs in N's attributes are its own now. */
static void adopt_graphs(struct node *n)
{
	struct graph *g = NULL;

	while ((g = node_next_graph(n, g)))
		g->owner = n;
}

static bool define_results(struct scope *s, struct node *n,
			   const struct node_parts *p, struct err *e)
{
	for (uint32_t i = 0; i < p->nout; i++) {
		if (!*p->out[i].text)
			n->out[i] = NULL;
		else if (!define(s, p->out[i].text, p->out[i].at, n->out[i], e))
			return false;
	}
	return true;
}

static bool read_node(struct scope *s, struct err *e)
{
	struct reader *r = s->r;
	size_t inner = r->npending;
	const char *at = (lex_peek(&r->lex), r->lex.at);
	struct node_parts p;
	struct node_spec spec;
	struct node *n;

	if (r->model->nnodes >= r->lim->nodes)
		return lex_fail_code(&r->lex, at, e, ERR_LIMIT,
				     "more than %u nodes",
				     (unsigned)r->lim->nodes);
	if (!read_node_parts(r, &p, e))
		return false;
	spec = (struct node_spec){
		.domain = p.domain,
		.type = p.type,
		.name = p.name,
		.in = arena_array(&r->scratch, struct value *, p.nin),
		.nin = p.nin,
		.nout = p.nout};
	n = node_new(s->graph, &spec);
	n->overload = p.overload;
	n->attr = p.attr;
	n->nattr = p.nattr;
	adopt_graphs(n);
	for (size_t i = inner; i < r->npending; i++)
		r->pending[i].user = n;
	for (uint32_t i = 0; i < p.nin; i++)
		if (*p.in[i].text)
			await(r, &n->in[i], p.in[i].text, p.in[i].at, n);
	node_append(n);
	return define_results(s, n, &p, e);
}

/* ---- graphs ------------------------------------------------------------- */

static void apply_type(struct value *v, const struct type *t)
{
	if (v && t->kind != TYPE_UNKNOWN && v->type.kind == TYPE_UNKNOWN)
		v->type = *t;
}

static void finish_outputs(struct scope *s, const struct declarations *out)
{
	struct graph *g = s->graph;

	for (uint32_t i = 0; i < out->count; i++) {
		const struct declared *d = &out->at[i];
		struct value *v = lookup(s, d->name);

		if (v)
			apply_type(v, &d->type);
		graph_add_output(g, d->name, v, d->type.kind ? &d->type : NULL);
	}
	/* Ports stay where they are from here on. */
	for (uint32_t i = 0; i < g->nout; i++)
		if (!g->out[i].read.value)
			await(s->r, &g->out[i].read, g->out[i].name,
			      out->at[i].at, NULL);
	for (uint32_t i = 0; i < s->types.count; i++) {
		const struct declared *d = &s->types.at[i];
		struct value *v = lookup(s, d->name);

		apply_type(v, &d->type);
		if (!v && s->r->found)
			findings_add(
				s->r->found, RULE_STALE_TYPE,
				&(struct where){.graph = g, .value = d->name},
				"'%s' has a type, but no definition", d->name);
		else if (!v)
			model_warn(s->r->model,
				   "'%s' has a type, but no definition",
				   d->name);
	}
}

static bool read_body(struct scope *s, struct err *e)
{
	struct reader *r = s->r;
	struct declarations out = {0};
	const char *at;

	if (!read_inputs(s, e))
		return false;
	at = (lex_peek(&r->lex), r->lex.at);
	if (r->lex.end - at < 2 || at[0] != '=' || at[1] != '>')
		return lex_expected(&r->lex, "'=>'", e);
	r->lex.at += 2;
	if (!read_outputs(s, &out, e) || !read_constants(s, e) ||
	    !lex_want(&r->lex, '{', e))
		return false;
	while (!lex_take(&r->lex, '}'))
		if (!read_node(s, e))
			return false;
	finish_outputs(s, &out);
	if (!resolve(s, e))
		return false;
	if (!r->in_function || s->graph->outer)
		onnxtxt_declare_types(s->graph);
	if (!s->unsorted)
		return true;
	if (r->found)
		findings_add(r->found, RULE_UNSORTED,
			     &(struct where){.graph = s->graph},
			     "the nodes are not in order, want each behind "
			     "its producers");
	else
		model_warn(r->model,
			   "the nodes of graph '%s' were not in order",
			   s->graph->name);
	return graph_sort(s->graph, e) ||
	       findings_take(r->found, RULE_CYCLE,
			     &(struct where){.graph = s->graph}, e) ||
	       err_context(e, "graph '%s'", s->graph->name);
}

bool read_graph_body(struct reader *r, struct graph *g, struct err *e)
{
	struct scope s = {.r = r,
			  .graph = g,
			  .names.arena = &r->scratch,
			  .mark = r->npending};

	if (r->depth >= r->lim->graph_depth)
		return lex_fail_code(&r->lex, r->lex.at, e, ERR_LIMIT,
				     "graphs nest deeper than %u",
				     (unsigned)r->lim->graph_depth);
	r->depth++;
	r->open = g;
	if (!read_body(&s, e))
		return false;
	r->open = g->outer;
	r->depth--;
	return true;
}

bool read_inner_graph(struct reader *r, struct graph **out, struct err *e)
{
	struct graph *g = graph_new(r->model, r->open);

	*out = g;
	return read_name(r, NAME_MAY_BE_EMPTY, &g->name, e) &&
	       read_graph_body(r, g, e);
}
