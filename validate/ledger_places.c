/* SPDX-License-Identifier: Apache-2.0 */
/* validate/ledger_places.c -- see ledger_places.h. */
#include "validate/ledger_places.h"

#include <math.h>
#include <string.h>

#include "base/map.h"
#include "exec/eval.h"
#include "graph/element.h"

/* What is looked at while places are found. */
struct search {
	struct places *p;
	const struct model *reference, *candidate;
	struct model *decoded;	    /* the candidate with constants computed */
	struct node **decoded_node; /* by id */
	const struct node **node;   /* of the reference, in order */
	struct map by_result, by_name;
};

/* ---- codes become numbers ----------------------------------------------- */

static bool decode_node(struct model *m, struct node *n, struct err *e)
{
	struct eval r = {.nout = 0};
	struct tensor t;
	void *data;
	bool ok = eval_consts(&r, n, NULL, e);

	if (ok && r.out[0].type.kind == TYPE_TENSOR) {
		t = r.out[0].tensor;
		ok = model_alloc(m, t.bytes, &data, e);
		if (ok) {
			if (t.bytes)
				memcpy(data, t.data, t.bytes);
			t.data = data;
			value_replace(n->out[0],
				      graph_add_const(m->main, "", &t));
		}
	}
	eval_release(&r);
	return ok;
}

static bool is_tensor_of_numbers(const struct value *v)
{
	return v && v->type.kind == TYPE_TENSOR &&
	       v->type.dtype != DTYPE_STRING;
}

/* Nodes whose operands are constants give way to their results. */
static bool decode(struct search *s, struct err *e)
{
	struct model *m = model_clone(s->candidate);

	s->decoded = m;
	s->decoded_node = arena_array(&s->p->arena, struct node *, m->nnodes);
	for (struct node *n = m->main->first; n; n = n->next) {
		s->decoded_node[n->id] = n;
		if (n->nin && n->nout == 1 && is_tensor_of_numbers(n->out[0]) &&
		    !value_is_output(n->out[0]) && eval_can_fold(n) &&
		    !decode_node(m, n, e))
			return false;
	}
	return true;
}

/* ---- which node was which ----------------------------------------------- */

static void list_reference(struct search *s)
{
	const struct graph *g = s->reference->main;
	uint32_t count = 0;

	s->by_result.arena = s->by_name.arena = &s->p->arena;
	s->node = arena_array(&s->p->arena, const struct node *,
			      s->reference->nnodes);
	for (const struct node *n = g->first; n; n = n->next) {
		if (n->nout && n->out[0] && n->out[0]->name[0])
			map_add(&s->by_result, n->out[0]->name, count);
		if (n->name[0])
			map_add(&s->by_name, n->name, count);
		s->node[count++] = n;
	}
}

static bool is_alike(const struct node *a, const struct node *b)
{
	return !strcmp(a->type, b->type) && !strcmp(a->domain, b->domain) &&
	       a->nin == b->nin;
}

/* The reference's node for N of the candidate, or NULL. */
static const struct node *original(const struct search *s, const struct node *n)
{
	uint32_t i;

	if (n->nout && n->out[0] &&
	    map_get(&s->by_result, n->out[0]->name, &i) &&
	    is_alike(n, s->node[i]))
		return s->node[i];
	if (map_get(&s->by_name, n->name, &i) && is_alike(n, s->node[i]))
		return s->node[i];
	return NULL;
}

/* ---- what happened to a constant ---------------------------------------- */

/* How V, constant or made of constants, is stored. */
static enum ledger_cause storage_of(const struct value *v)
{
	enum ledger_cause cause = CAUSE_FLOATS;

	for (int depth = 0; depth < 8 && v && v->def; depth++) {
		const struct node *n = v->def;

		if (node_is(n, "", "Gather"))
			return CAUSE_LOGARITHMS;
		if (node_is(n, "", "DequantizeLinear"))
			cause = CAUSE_WEIGHTS;
		v = node_in(n, 0);
	}
	return cause;
}

/* Elements of T in a row of weights that share a scale: the channel of element
 * I.  Only sizes matter here, so other operands may use the first axis. */
static size_t channel_of(const struct node *n, const struct tensor *t, size_t i)
{
	bool last = node_is(n, "", "MatMul") ||
		    (node_is(n, "", "Gemm") && !node_int(n, "transB", 0));
	size_t rows = t->shape.rank ? (size_t)t->shape.dim[0] : 1, columns;

	if (last) {
		columns = (size_t)t->shape.dim[t->shape.rank - 1];
		return i % columns;
	}
	columns = tensor_count(t) / rows;
	return i / columns;
}

static size_t channels_of(const struct node *n, const struct tensor *t)
{
	size_t count = tensor_count(t);

	return count ? channel_of(n, t, count - 1) + 1 : 0;
}

/*
 * Were weights pruned?  Those that are 0 and were not, if they are stored as
 * floats.  Codes also round to 0 what is smaller than the smallest level of
 * its channel, so there weights have to be larger than that, and more than
 * one in twenty: error feedback alone rounds a few so far.
 */
static bool is_pruned(const struct node *n, const struct tensor *was,
		      const struct tensor *is, bool coded)
{
	size_t count = tensor_count(is), found = 0;
	struct arena a = {0};
	double *least = arena_array(&a, double, channels_of(n, is));

	for (size_t i = 0; coded && i < count; i++) {
		double x = fabs(tensor_double(is, i));
		double *at = &least[channel_of(n, is, i)];

		if (x > 0 && (*at == 0 || x < *at))
			*at = x;
	}
	for (size_t i = 0; i < count; i++) {
		double w = fabs(tensor_double(was, i));

		found += tensor_double(is, i) == 0 && w > 0 &&
			 (!coded || w > least[channel_of(n, is, i)]);
	}
	arena_release(&a);
	return found > (coded ? count / 20 : 0);
}

/* ---- the places --------------------------------------------------------- */

static struct alteration *add_place(struct places *p, enum ledger_cause cause,
				    const struct node *label, uint32_t node)
{
	struct alteration *x = &p->at[p->count++];

	*x = (struct alteration){.cause = cause, .node = node};
	if (label) {
		x->label = node_label(label, &p->arena);
		x->type = label->type;
	}
	return x;
}

static const struct tensor *constant(const struct node *n, uint32_t i)
{
	const struct value *v = node_in(n, i);

	return v && v->konst && dtype_is_float(v->konst->dtype) ? v->konst
								: NULL;
}

/* Of operand I, the largest that changed. */
static enum ledger_cause cause_of(const struct node *n, const struct node *was,
				  const struct node *is, uint32_t i)
{
	enum ledger_cause cause = storage_of(node_in(n, i));

	if (is_pruned(is, constant(was, i), constant(is, i),
		      cause != CAUSE_FLOATS))
		return CAUSE_PRUNING;
	return cause;
}

/* Constants of IS that differ from those of WAS in R; *LARGEST of them. */
static uint32_t list_changes(struct places *p, const struct node *was,
			     const struct node *is, struct restored *r,
			     uint32_t *largest)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < is->nin; i++) {
		const struct tensor *w = constant(was, i), *c = constant(is, i);

		if (!w || !c || w->dtype != c->dtype)
			continue;
		if (!shape_equal(&w->shape, &c->shape)) {
			p->changed++;
			continue;
		}
		if (!w->bytes || !memcmp(w->data, c->data, w->bytes))
			continue;
		if (!count || w->bytes > constant(was, *largest)->bytes)
			*largest = i;
		r[count] = (struct restored){i, *w};
		r[count++].tensor.payload = NULL;
	}
	return count;
}

static void add_constants(struct search *s, const struct node *n,
			  const struct node *was)
{
	const struct node *is = s->decoded_node[n->id];
	struct restored *r = arena_array(&s->p->arena, struct restored, n->nin);
	uint32_t largest = 0;
	uint32_t count = list_changes(s->p, was, is, r, &largest);
	struct alteration *x;

	if (!count)
		return;
	x = add_place(s->p, cause_of(n, was, is, largest), was, n->id);
	x->restored = r;
	x->count = count;
}

/* What every reader of the result of N does: only then it can be undone. */
static bool is_dequantized(const struct node *n)
{
	const struct value *x = n->in[0].value;

	for (const struct use *u = n->out[0]->uses; u; u = u->next)
		if (!u->user || u != &u->user->in[0] ||
		    !node_is(u->user, "", "DequantizeLinear") ||
		    u->user->out[0]->type.dtype != x->type.dtype)
			return false;
	return true;
}

static void add_activation(struct search *s, const struct node *n)
{
	const struct value *x = node_in(n, 0);
	const struct node *maker = x->def;
	struct alteration *at;

	if (x->konst)
		return;
	if (!is_dequantized(n)) {
		s->p->integer++;
		return;
	}
	if (maker && original(s, maker))
		maker = original(s, maker);
	at = add_place(s->p, CAUSE_ACTIVATIONS, maker, n->id);
	if (!maker) {
		at->label = x->name;
		at->type = "input";
	}
}

static bool has_integer_operands(const struct node *n)
{
	return strstr(n->type, "Integer") || !strncmp(n->type, "QLinear", 7) ||
	       node_is(n, "", "DynamicQuantizeLinear");
}

static void add_places(struct search *s)
{
	const struct graph *g = s->candidate->main;
	const struct node *was;

	for (const struct node *n = g->first; n; n = n->next) {
		s->p->integer += has_integer_operands(n);
		if (node_is(n, "", "QuantizeLinear"))
			add_activation(s, n);
		else if ((was = original(s, n)) != NULL)
			add_constants(s, n, was);
	}
}

bool places_find(struct places *p, const struct model *reference,
		 const struct model *candidate, struct err *e)
{
	struct search s = {
		.p = p, .reference = reference, .candidate = candidate};
	bool ok;

	*p = (struct places){.count = 0};
	p->at = arena_array(&p->arena, struct alteration, candidate->nnodes);
	list_reference(&s);
	ok = decode(&s, e);
	if (ok)
		add_places(&s);
	model_free(s.decoded);
	return ok;
}

void places_release(struct places *p)
{
	arena_release(&p->arena);
}

/* ---- undoing ------------------------------------------------------------ */

static void undo_activation(struct node *q)
{
	struct value *x = q->in[0].value;

	while (q->out[0]->uses) {
		struct node *d = q->out[0]->uses->user;

		value_replace(d->out[0], x);
		node_remove_dead(d);
	}
}

void place_undo(const struct alteration *p, struct node *const *by_id)
{
	struct node *n = by_id[p->node];

	if (p->cause == CAUSE_ACTIVATIONS) {
		undo_activation(n);
		return;
	}
	for (uint32_t i = 0; i < p->count; i++) {
		struct use *u = &n->in[p->restored[i].operand];
		struct value *old = u->value;

		use_set(u,
			graph_add_const(n->graph, "", &p->restored[i].tensor));
		if (!old->uses && old->def)
			node_remove_dead(old->def);
	}
}
