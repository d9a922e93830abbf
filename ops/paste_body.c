/* SPDX-License-Identifier: Apache-2.0 */
/* ops/paste_body.c -- the body of a function in place of a call of it.
 *
 * Two steps, neither recursive: the first makes every graph, node and value,
 * the second joins the reads, which may point outward.  Graphs that come as
 * attributes of the call, or their defaults, read nothing of the body, so each
 * use is copied after it, by the same two steps.
 */
#include "ops/paste_body.h"

#include <inttypes.h>
#include <string.h>

#include "ops/paste_names.h"

/* What became of a value of the original, by its id, in one turn. */
struct paste_slot {
	struct value *to; /* NULL: an operand that the call leaves out */
	uint32_t turn;
	bool is_result; /* of the call */
};

struct copied_graph {
	const struct graph *from;
	struct graph *to;
	struct node *before; /* NULL: nodes go to the end of TO */
	struct copied_graph *next;
};

struct copied_node {
	const struct node *from;
	struct node *to;
	struct copied_node *next;
};

/* A graph that is not the body's, and where its copy goes. */
struct wanted_graph {
	const struct graph *from;
	struct graph *to;
	struct wanted_graph *next;
};

/* One paste. */
struct pasting {
	struct paste *p;
	const struct function *f;
	struct node *call;
	const char *prefix;
	struct node *first;
	struct copied_graph *graphs, **graph_end;
	struct copied_node *nodes;
	struct wanted_graph *wanted;
};

/* ---- limits ------------------------------------------------------------- */

static bool charge(struct pasting *j, uint64_t bytes, struct err *e)
{
	struct paste *p = j->p;

	if (bytes <= p->left_bytes) {
		p->left_bytes -= bytes;
		return true;
	}
	return err_set(e, ERR_LIMIT,
		       "with its functions expanded, the model is too large");
}

static bool charge_node(struct pasting *j, const struct node *n, struct err *e)
{
	if (j->p->left-- == 0)
		return err_set(e, ERR_LIMIT,
			       "with its functions expanded, the model has too "
			       "many nodes");
	return charge(j,
		      sizeof(*n) + strlen(n->domain) + strlen(n->type) +
			      (uint64_t)n->nin * sizeof(*n->in) +
			      (uint64_t)n->nout * sizeof(struct value) +
			      (uint64_t)n->nattr * sizeof(*n->attr),
		      e);
}

static bool charge_graph(struct pasting *j, const struct graph *g,
			 struct err *e)
{
	return charge(j,
		      sizeof(*g) +
			      ((uint64_t)g->nin + g->nkonst) *
				      sizeof(struct value) +
			      (uint64_t)g->nout * sizeof(*g->out),
		      e);
}

/* ---- slots --------------------------------------------------------------- */

static void remember(struct paste *p, const struct value *from,
		     struct value *to)
{
	p->slot[from->id] = (struct paste_slot){.to = to, .turn = p->turn};
}

static struct value *copy_of(const struct paste *p, const struct value *v)
{
	const struct paste_slot *s;

	if (!v || v->id >= p->nslot)
		return (struct value *)v;
	s = &p->slot[v->id];
	return s->turn == p->turn ? s->to : (struct value *)v;
}

static void begin_turn(struct paste *p)
{
	uint32_t room = p->nslot ? p->nslot : 64;

	p->turn++;
	if (p->nslot >= p->model->nvalues)
		return;
	while (room < p->model->nvalues)
		room *= 2;
	p->slot = arena_array(&p->scratch, struct paste_slot, room);
	p->nslot = room;
}

/* ---- making ------------------------------------------------------------- */

/* A type as declared; names of dimensions mean something else in each call. */
static struct type without_names(const struct type *t)
{
	struct type x = *t;

	for (int32_t i = 0; i < x.shape.rank; i++)
		if (x.shape.dim[i] < 0)
			x.shape.dim[i] = DIM_UNKNOWN;
	return x;
}

static struct graph *queue_graph(struct pasting *j, const struct graph *from,
				 struct node *owner)
{
	struct copied_graph *c = arena_new(&j->p->scratch, struct copied_graph);
	struct graph *g = graph_new(j->p->model, owner->graph);

	g->owner = owner;
	g->name = from->name;
	g->origin = from->origin;
	*c = (struct copied_graph){.from = from, .to = g};
	*j->graph_end = c;
	j->graph_end = &c->next;
	return g;
}

/* FOREIGN graphs are not the body's: the call's, or a default's. */
static void copy_graphs(struct pasting *j, struct node *n, struct attr *x,
			bool foreign)
{
	uint32_t count = attr_count(x);
	struct graph **to = arena_array(&j->p->model->arena, struct graph *,
					count);

	for (uint32_t k = 0; k < count; k++) {
		struct wanted_graph *w;

		if (!foreign) {
			to[k] = queue_graph(j, x->u.graphs[k], n);
			continue;
		}
		to[k] = graph_new(j->p->model, n->graph);
		to[k]->owner = n;
		to[k]->name = x->u.graphs[k]->name;
		to[k]->origin = x->u.graphs[k]->origin;
		w = arena_new(&j->p->scratch, struct wanted_graph);
		*w = (struct wanted_graph){x->u.graphs[k], to[k], j->wanted};
		j->wanted = w;
	}
	x->u.graphs = to;
}

/* What attribute X of the body is in this call, or NULL. */
static const struct attr *resolved(const struct pasting *j,
				   const struct attr *x)
{
	const struct attr *given;

	if (!x->ref)
		return x;
	given = node_attr(j->call, x->ref);
	for (uint32_t i = 0; !given && i < j->f->nattr_default; i++)
		if (!strcmp(j->f->attr_default[i].name, x->ref))
			given = &j->f->attr_default[i];
	return given;
}

static bool copy_attrs(struct pasting *j, const struct node *from,
		       struct node *to, struct err *e)
{
	to->attr = arena_array(&j->p->model->arena, struct attr, from->nattr);
	for (uint32_t i = 0; i < from->nattr; i++) {
		const struct attr *x = &from->attr[i], *is = resolved(j, x);
		struct attr *slot = &to->attr[to->nattr];

		if (!is)
			continue;
		if (x->kind != ATTR_NONE && is->kind != x->kind)
			return err_set(e, ERR_TYPE,
				       "attribute '%s' is of another type than "
				       "function '%s' declares",
				       x->ref, j->f->name);
		*slot = *is;
		slot->name = x->name;
		slot->ref = NULL;
		if (x->ref)
			slot->origin = NULL;
		if (attr_graphs(is))
			copy_graphs(j, to, slot, is != x);
		to->nattr++;
	}
	return true;
}

/* What a body declares of its values holds for one call at most. */
static void copy_result(struct pasting *j, const struct copied_graph *c,
			const struct value *from, struct value *to)
{
	to->name = paste_new_name(j->p, j->prefix, from->name);
	if (!c->before) {
		to->type = without_names(&from->type);
		to->origin = from->origin;
	}
	remember(j->p, from, to);
}

static bool copy_node(struct pasting *j, const struct node *from,
		      const struct copied_graph *c, struct err *e)
{
	struct value *const *none = arena_array(&j->p->scratch, struct value *,
						from->nin);
	struct node_spec spec = {.domain = from->domain,
				 .type = from->type,
				 .in = none,
				 .nin = from->nin,
				 .nout = from->nout};
	struct copied_node *pair = arena_new(&j->p->scratch,
					     struct copied_node);
	struct node *n;

	if (!charge_node(j, from, e))
		return false;
	n = node_new(c->to, &spec);
	n->overload = from->overload;
	n->name = paste_name(j->p, j->prefix, from->name);
	n->sources = from->sources;
	n->origin = from->origin;
	for (uint32_t i = 0; i < n->nout; i++)
		if (from->out[i])
			copy_result(j, c, from->out[i], n->out[i]);
		else
			n->out[i] = NULL;
	if (c->before)
		node_insert_before(n, c->before);
	else
		node_append(n);
	if (!j->first)
		j->first = n;
	*pair = (struct copied_node){from, n, j->nodes};
	j->nodes = pair;
	return copy_attrs(j, from, n, e);
}

static void copy_inputs(struct pasting *j, const struct copied_graph *c)
{
	for (uint32_t i = 0; i < c->from->nin; i++) {
		const struct value *v = c->from->in[i];
		struct type t = without_names(&v->type);
		struct value *to = graph_add_input(
			c->to, paste_new_name(j->p, j->prefix, v->name), &t);

		to->origin = v->origin;
		remember(j->p, v, to);
	}
}

static void copy_consts(struct pasting *j, const struct copied_graph *c)
{
	for (uint32_t i = 0; i < c->from->nkonst; i++) {
		const struct value *v = c->from->konst[i];

		if (v->is_input)
			graph_set_const(c->to, copy_of(j->p, v), v->konst);
		else
			remember(j->p, v,
				 graph_add_const(c->to,
						 paste_new_name(j->p, j->prefix,
								v->name),
						 v->konst));
	}
}

/* The queue grows while inner graphs are found. */
static bool make_all(struct pasting *j, struct err *e)
{
	for (const struct copied_graph *c = j->graphs; c; c = c->next) {
		if (!c->before && !charge_graph(j, c->from, e))
			return false;
		if (!c->before)
			copy_inputs(j, c);
		copy_consts(j, c);
		for (const struct node *n = c->from->first; n; n = n->next)
			if (!copy_node(j, n, c, e))
				return false;
	}
	return true;
}

/* ---- joining ------------------------------------------------------------ */

/* A port of an inner graph has the name of what it reads, if it can. */
static const char *port_name(struct pasting *j, const struct graph *g,
			     const struct port *from, const struct value *v)
{
	bool same = !strcmp(from->name, from->read.value->name);
	const char *name;

	if (same && v->graph == g && *v->name)
		return v->name;
	name = paste_new_name(j->p, j->prefix, from->name);
	return *name ? name : paste_new_name(j->p, "", "out");
}

static bool join_ports(struct pasting *j, const struct copied_graph *c,
		       struct err *e)
{
	for (uint32_t i = 0; i < c->from->nout; i++) {
		const struct port *o = &c->from->out[i];
		struct type t = without_names(&o->type);
		struct value *v = copy_of(j->p, o->read.value);

		if (!v)
			return err_set(e, ERR_FORMAT,
				       "a graph in function '%s' returns '%s', "
				       "which the call leaves out",
				       j->f->name, o->name);
		graph_add_output(c->to, port_name(j, c->to, o, v), v, &t)
			->origin = o->origin;
	}
	return true;
}

static bool join_all(struct pasting *j, struct err *e)
{
	for (const struct copied_node *c = j->nodes; c; c = c->next)
		for (uint32_t i = 0; i < c->from->nin; i++)
			use_set(&c->to->in[i],
				copy_of(j->p, c->from->in[i].value));
	for (const struct copied_graph *c = j->graphs; c; c = c->next)
		if (!c->before && !join_ports(j, c, e))
			return false;
	return true;
}

static void start(struct pasting *j)
{
	j->graphs = NULL;
	j->graph_end = &j->graphs;
	j->nodes = NULL;
	begin_turn(j->p);
}

/* The graphs that the call gave, each in a turn of its own. */
static bool copy_wanted(struct pasting *j, struct err *e)
{
	for (const struct wanted_graph *w = j->wanted; w; w = w->next) {
		struct copied_graph root = {.from = w->from, .to = w->to};

		start(j);
		j->graphs = &root;
		j->graph_end = &root.next;
		if (!make_all(j, e) || !join_all(j, e))
			return false;
	}
	return true;
}

/* ---- the call ----------------------------------------------------------- */

static bool bind_operands(struct pasting *j, struct err *e)
{
	const struct graph *body = j->f->body;

	if (j->call->nin > body->nin || j->call->nout > body->nout)
		return err_set(e, ERR_FORMAT,
			       "%" PRIu32 " operands and %" PRIu32
			       " results, function '%s' has %" PRIu32
			       " and %" PRIu32,
			       j->call->nin, j->call->nout, j->f->name,
			       body->nin, body->nout);
	for (uint32_t i = 0; i < body->nin; i++)
		remember(j->p, body->in[i], node_in(j->call, i));
	return true;
}

/* Give V, made here, the name and what is declared of the call's result OLD. */
static void take_over(struct value *v, const struct value *old)
{
	v->name = old->name;
	v->origin = old->origin;
	if (old->type.dtype != DTYPE_NONE)
		v->type = old->type;
}

static bool bind_results(struct pasting *j, uint32_t first_id, struct err *e)
{
	for (uint32_t i = 0; i < j->call->nout; i++) {
		const struct port *o = &j->f->body->out[i];
		struct value *old = j->call->out[i];
		struct value *v = copy_of(j->p, o->read.value);
		bool *is_result;

		if (!old)
			continue;
		if (!v)
			return err_set(e, ERR_FORMAT,
				       "function '%s' returns '%s', which the "
				       "call leaves out",
				       j->f->name, o->name);
		is_result = &j->p->slot[o->read.value->id].is_result;
		if (v->id >= first_id && !v->konst && !*is_result)
			take_over(v, old);
		*is_result = true;
		value_replace(old, v);
	}
	return true;
}

bool paste_body(struct paste *p, const struct function *f, struct node *call,
		struct node **first, struct err *e)
{
	struct pasting j = {.p = p, .f = f, .call = call};
	struct copied_graph root = {
		.from = f->body, .to = call->graph, .before = call};
	uint32_t first_id = p->model->nvalues;

	if (!p->names.arena)
		paste_take_names(p);
	j.prefix = node_label(call, &p->model->arena);
	start(&j);
	j.graphs = &root;
	j.graph_end = &root.next;
	if (!bind_operands(&j, e) || !make_all(&j, e) || !join_all(&j, e) ||
	    !bind_results(&j, first_id, e) || !copy_wanted(&j, e))
		return err_context(e, "node '%s' (%s)", j.prefix, call->type);
	*first = j.first ? j.first : call->next;
	node_remove(call);
	return true;
}
