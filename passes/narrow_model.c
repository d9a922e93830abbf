/* SPDX-License-Identifier: Apache-2.0 */
/* passes/narrow_model.c -- Casts and narrow constants where they are needed. */
#include <string.h>

#include "base/str.h"
#include "graph/element.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/narrow_impl.h"
#include "quant/calibrate.h"

/* A constant with fewer elements is shorter than the Cast behind it. */
enum { LEAST_ELEMENTS = 64 };

void narrow_report_release(struct narrow_report *r)
{
	arena_release(&r->arena);
	*r = (struct narrow_report){0};
}

int64_t narrow_opset(const struct narrow_opts *o)
{
	/* ONNX: bfloat16 is new in 13, in Conv, pools and RNNs in 22. */
	return o->to == DTYPE_BF16 && !o->weights_only ? 22 : 13;
}

/* ---- values in the other type ------------------------------------------- */

static bool narrow_constant(struct narrowing *w, const struct value *v,
			    struct value **out, struct err *e)
{
	struct tensor x = {.dtype = w->opts->to, .shape = v->konst->shape};
	struct model *m = w->model;
	void *data;

	if (!shape_bytes(&x.shape, x.dtype, &x.bytes, e) ||
	    !model_alloc(m, x.bytes, &data, e))
		return false;
	element_cast(v->konst->dtype, v->konst->data, x.dtype, data,
		     tensor_count(v->konst), SATURATE_NO);
	x.data = data;
	*out = graph_add_const(v->graph, v->name, &x);
	w->report->float_bytes += v->konst->bytes;
	w->report->bytes += x.bytes;
	return true;
}

/* A Cast of V right behind what makes it. */
static struct value *cast_behind(struct narrowing *w, struct value *v,
				 enum dtype to)
{
	struct node *before = v->def ? v->def->next : v->graph->first;
	struct node_spec spec = {.type = "Cast", .in = &v, .nin = 1, .nout = 1};
	struct node *n = node_new(v->graph, &spec);

	node_set_int(n, "to", to);
	n->out[0]->type = v->type;
	n->out[0]->type.dtype = to;
	if (before)
		node_insert_before(n, before);
	else
		node_append(n);
	w->report->casts++;
	return n->out[0];
}

/* Let U read its value in the other type. */
static bool read_other(struct narrowing *w, struct use *u, struct err *e)
{
	struct value *v = u->value, **other = &w->other[v->id];

	if (!*other && v->konst) {
		if (!narrow_constant(w, v, other, e))
			return false;
	} else if (!*other) {
		*other = cast_behind(w, v,
				     w->made[v->id] ? DTYPE_F32 : w->opts->to);
	}
	use_set(u, *other);
	return true;
}

/* ---- nodes -------------------------------------------------------------- */

static bool change_operands(struct narrowing *w, struct node *n, struct err *e)
{
	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = node_in(n, i);

		if (v && v->id < w->nvalues && w->single[v->id] &&
		    narrow_reads(w, n, i) != w->made[v->id] &&
		    !read_other(w, &n->in[i], e))
			return false;
	}
	return true;
}

/* Outputs of graphs stay float32. */
static bool change_ports(struct narrowing *w, struct node *n, struct err *e)
{
	for (uint32_t i = 0; i < n->nout; i++) {
		struct use *next;

		if (!n->out[i] || !w->made[n->out[i]->id])
			continue;
		for (struct use *u = n->out[i]->uses; u; u = next) {
			next = u->next;
			if (!u->user && !read_other(w, u, e))
				return false;
		}
	}
	return true;
}

static void change_results(struct narrowing *w, struct node *n)
{
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && w->made[n->out[i]->id])
			n->out[i]->type.dtype = w->opts->to;
	if (node_is(n, "", "Cast"))
		node_set_int(n, "to", w->opts->to);
	w->report->narrowed++;
}

static bool change_nodes(struct narrowing *w, struct err *e)
{
	for (struct node *n = model_first(w->model); n; n = model_next(n)) {
		if (n->id >= w->nnodes)
			continue;
		if (!change_operands(w, n, e) || !change_ports(w, n, e))
			return false;
		if (w->node[n->id].narrow)
			change_results(w, n);
	}
	return true;
}

static void keep(struct narrowing *w, const char *label, const char *type,
		 const char *why)
{
	struct narrow_report *r = w->report;

	r->kept[r->nkept++] = (struct narrow_kept){
		.label = arena_strdup(&r->arena, label),
		.type = arena_strdup(&r->arena, type),
		.why = why,
	};
}

static void report_nodes(struct narrowing *w)
{
	struct narrow_report *r = w->report;

	r->kept = arena_array(&r->arena, struct narrow_kept, w->nnodes);
	for (const struct node *n = model_first(w->model); n; n = model_next(n))
		if (w->node[n->id].why)
			keep(w, node_label(n, &r->arena), n->type,
			     w->node[n->id].why);
}

static bool names_exist(const struct narrowing *w, struct err *e)
{
	for (uint32_t k = 0; k < w->opts->nkeep; k++) {
		struct arena a = {0};
		bool found = false;

		for (const struct node *n = model_first(w->model); n && !found;
		     n = model_next(n))
			found = !strcmp(w->opts->keep[k], node_label(n, &a));
		arena_release(&a);
		if (!found)
			return err_set(e, ERR_USAGE, "no node is called '%s'",
				       w->opts->keep[k]);
	}
	return true;
}

/* ---- weights alone ------------------------------------------------------ */

static const char *why_stored(const struct narrowing *w, const struct value *v)
{
	for (const struct use *u = v->uses; u; u = u->next)
		if (u->user && narrow_is_named(w, u->user))
			return "named to stay";
	return narrow_refuses_constant(w, v);
}

static bool store_narrow(struct narrowing *w, struct value *v, struct err *e)
{
	const char *why;
	struct value *stored;

	if (!w->single[v->id] || !v->uses ||
	    tensor_count(v->konst) < LEAST_ELEMENTS)
		return true;
	why = why_stored(w, v);
	if (why) {
		keep(w, v->name, "constant", why);
		return true;
	}
	if (!narrow_constant(w, v, &stored, e))
		return false;
	value_replace(v, cast_behind(w, stored, DTYPE_F32));
	w->report->narrowed++;
	return true;
}

static bool store_weights(struct narrowing *w, struct graph *g, struct err *e)
{
	uint32_t n = g->nkonst;

	for (uint32_t i = 0; i < n; i++)
		if (g->konst[i]->id < w->nvalues &&
		    !store_narrow(w, g->konst[i], e))
			return false;
	return true;
}

static bool store_all_weights(struct narrowing *w, struct err *e)
{
	struct narrow_report *r = w->report;

	r->kept = arena_array(&r->arena, struct narrow_kept, w->nvalues);
	if (!store_weights(w, w->model->main, e))
		return false;
	for (struct node *n = model_first(w->model); n; n = model_next(n))
		for (struct graph *g = node_next_graph(n, NULL); g;
		     g = node_next_graph(n, g))
			if (!store_weights(w, g, e))
				return false;
	return true;
}

/* ---- all of it ---------------------------------------------------------- */

static void mark_value(struct narrowing *w, const struct value *v)
{
	if (v && v->type.kind == TYPE_TENSOR && v->type.dtype == DTYPE_F32)
		w->single[v->id] = true;
}

static void mark_singles(struct narrowing *w)
{
	for (struct node *n = model_first(w->model); n; n = model_next(n)) {
		for (uint32_t i = 0; i < n->nin; i++)
			mark_value(w, node_in(n, i));
		for (uint32_t i = 0; i < n->nout; i++)
			mark_value(w, n->out[i]);
	}
}

static void drop_unused(struct model *m)
{
	graph_drop_unused_consts(m->main);
	for (struct node *n = model_first(m); n; n = model_next(n))
		for (struct graph *g = node_next_graph(n, NULL); g;
		     g = node_next_graph(n, g))
			graph_drop_unused_consts(g);
}

static void record(const struct narrowing *w)
{
	const char *type = dtype_info[w->opts->to].text;
	struct str s = {0};

	str_addf(&s, "%s; %s=%u; kept=%u", type,
		 w->opts->weights_only ? "constants" : "nodes",
		 w->report->narrowed, w->report->nkept);
	model_set_property(w->model, "mlopt.weights", s.text);
	model_set_property(w->model, "mlopt.activations",
			   w->opts->weights_only ? "float" : type);
	model_set_property(w->model, "mlopt.fidelity", "lossy");
	str_release(&s);
}

static bool run(struct narrowing *w, struct err *e)
{
	if (!names_exist(w, e))
		return false;
	mark_singles(w);
	if (w->opts->weights_only) {
		if (!store_all_weights(w, e))
			return false;
	} else {
		narrow_choose(w);
		report_nodes(w);
		if (!change_nodes(w, e))
			return false;
	}
	if (!w->report->narrowed)
		return err_set(e, ERR_UNSUPPORTED, "nothing can become %s",
			       dtype_info[w->opts->to].text);
	drop_unused(w->model);
	record(w);
	op_bind_model(w->model);
	return infer_model(w->model, e);
}

bool narrow_model(struct model *m, const struct narrow_opts *o,
		  struct narrow_report *r, struct err *e)
{
	struct narrowing w = {.model = m,
			      .opts = o,
			      .report = r,
			      .nnodes = m->nnodes,
			      .nvalues = m->nvalues};
	bool ok;

	*r = (struct narrow_report){0};
	w.name = calibrated_names(m, &w.arena);
	w.node = arena_array(&w.arena, struct narrow_node, w.nnodes);
	w.single = arena_array(&w.arena, bool, w.nvalues);
	w.made = arena_array(&w.arena, bool, w.nvalues);
	w.measure = arena_array(&w.arena, bool, w.nvalues);
	w.other = arena_array(&w.arena, struct value *, w.nvalues);
	ok = run(&w, e);
	arena_release(&w.arena);
	if (!ok)
		narrow_report_release(r);
	return ok;
}
