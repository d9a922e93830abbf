/* SPDX-License-Identifier: Apache-2.0 */
/* passes/prune_weights.c -- zeros in every eligible layer. */
#include "passes/prune.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "passes/layer_repair.h"
#include "quant/pruning.h"

/* One sample of these says whether a refit helps. */
enum { HOLD_EVERY = 5 };

struct pruning {
	struct model *model;
	const struct prune_opts *opts;
	struct prefix *prefix;
	struct repairs repairs;
	struct budget *budget;
	struct prune_report *report;
	const struct layer *layer; /* all of them, in order */
	struct arena arena;
};

void prune_report_release(struct prune_report *r)
{
	arena_release(&r->arena);
	*r = (struct prune_report){0};
}

static const char *why_dense(const struct pruning *p, uint32_t i)
{
	const struct layer *l = &p->layer[i];

	for (uint32_t k = 0; k < i; k++)
		if (p->layer[k].weight == l->weight)
			return "shares its weight with a layer before";
	if (!l->has_columns)
		return "transposed";
	if (l->depthwise && !p->opts->depthwise)
		return "depthwise";
	if (i == 0 && !p->opts->first)
		return "the first layer";
	return NULL;
}

/* The constants of a layer, to change and to put back. */
struct state {
	const struct tensor *weight, *bias;
	size_t zeros;
	double error;
};

static void get_state(struct state *s, const struct layer *l)
{
	struct value *b = node_in(l->node, 2);

	s->weight = l->weight->konst;
	s->bias = b ? b->konst : NULL;
}

static void put_state(const struct state *s, const struct layer *l)
{
	struct value *b = node_in(l->node, 2);

	l->weight->konst = s->weight;
	if (b)
		b->konst = s->bias;
}

/* L is fitted: drop weights, and let the bias make up for it. */
static bool prune_fitted(struct pruning *p, const struct layer_repair *r,
			 struct state *s, struct err *e)
{
	const struct layer *l = r->layer;
	size_t each = (size_t)l->rows * l->columns;
	struct buf w = {0};
	double *at;
	bool ok = prune_layer(l, &p->opts->sparsity, NULL, r->h, p->budget,
			      &s->zeros, e) &&
		  buf_array(&w, each, l->groups * sizeof(*at), p->budget, e);

	at = (double *)(void *)w.data;
	for (uint32_t g = 0; ok && g < l->groups; g++)
		layer_get_rows(l, g, at + g * each);
	if (ok)
		layer_repair_bias(&p->repairs, r, at);
	buf_free(&w);
	get_state(s, l);
	return ok && layer_repair_error(&p->repairs, r, &s->error, e);
}

/* Fitted and pruned, or pruned alone: what is nearer to the original on samples
 * held out. */
static bool prune_better(struct pruning *p, const struct layer *l,
			 const struct layer_data *data, struct pruned_layer *to,
			 struct err *e)
{
	struct state old, alone = {0}, fitted = {0};
	struct layer_repair r = {.h = NULL};
	bool ok;

	get_state(&old, l);
	ok = !p->repairs.then ||
	     layer_repair_begin(&p->repairs, &r, l, data, e);
	if (ok && r.h && r.held.batches)
		ok = prune_fitted(p, &r, &fitted, e);
	put_state(&old, l);
	ok = ok && prune_layer(l, &p->opts->sparsity, data, NULL, p->budget,
			       &alone.zeros, e);
	to->zeros = alone.zeros;
	if (ok && fitted.weight)
		ok = layer_repair_error(&p->repairs, &r, &alone.error, e);
	if (ok && fitted.weight && fitted.error < alone.error) {
		put_state(&fitted, l);
		to->zeros = fitted.zeros;
		to->refit_db = 10 * log10(alone.error / fitted.error);
	}
	layer_repair_end(&r);
	return ok;
}

static bool prune_one(struct pruning *p, const struct layer *l,
		      struct pruned_layer *r, struct err *e)
{
	struct arena a = {0};
	struct layer_data all = {.in = NULL}, *data = NULL;
	bool ok = true;

	if (p->prefix && l->node->graph == p->model->main) {
		ok = prefix_advance(p->prefix, l->node, e);
		if (ok && prefix_layer_data(p->prefix, l, &a, &all))
			data = &all;
	}
	if (data)
		ok = prune_better(p, l, data, r, e);
	else
		ok = ok && prune_layer(l, &p->opts->sparsity, NULL, NULL,
				       p->budget, &r->zeros, e);
	arena_release(&a);
	return ok || err_context(e, "'%s'", r->label);
}

static void record(const struct pruning *p)
{
	const struct sparsity *s = &p->opts->sparsity;
	struct str text = {0};

	if (s->group) {
		str_addf(&text, "pattern=%u:%u", s->keep, s->group);
	} else {
		str_add(&text, "pattern=unstructured; sparsity=");
		str_add_double(&text, s->share);
	}
	str_addf(&text, "; feedback=%s", p->prefix ? "yes" : "no");
	model_set_property(p->model, "mlopt.pruned", text.text);
	model_set_property(p->model, "mlopt.fidelity", "lossy");
	str_release(&text);
}

static uint32_t find_layers(struct pruning *p)
{
	struct layer l, *all;
	uint32_t n = 0;

	for (struct node *at = model_first(p->model); at; at = model_next(at))
		n += layer_of(&l, at) && l.input;
	all = arena_array(&p->arena, struct layer, n);
	n = 0;
	for (struct node *at = model_first(p->model); at; at = model_next(at))
		if (layer_of(&l, at) && l.input)
			all[n++] = l;
	p->layer = all;
	return n;
}

bool prune_model(struct model *m, const struct prune_opts *o,
		 struct prefix *prefix, struct prune_report *r, struct err *e)
{
	struct pruning p = {
		.model = m,
		.opts = o,
		.prefix = prefix,
		.budget = (o->limits ? o->limits : &limits_default)->memory,
		.report = r,
	};
	bool ok = true, some = false;

	*r = (struct prune_report){0};
	r->count = find_layers(&p);
	r->layer = arena_array(&r->arena, struct pruned_layer, r->count);
	if (prefix && !o->no_refit)
		ok = repairs_begin(&p.repairs, m, prefix, p.budget, e);
	p.repairs.hold_every = HOLD_EVERY;
	for (uint32_t i = 0; ok && i < r->count; i++) {
		const struct layer *l = &p.layer[i];
		struct pruned_layer *to = &r->layer[i];

		to->label = arena_strdup(&r->arena,
					 node_label(l->node, &p.arena));
		to->type = arena_strdup(&r->arena, l->node->type);
		to->weights = tensor_count(l->weight->konst);
		to->why_not = why_dense(&p, i);
		some |= !to->why_not;
		ok = to->why_not || prune_one(&p, l, to, e);
	}
	if (ok && !some)
		ok = err_set(e, ERR_UNSUPPORTED,
			     "no layer to prune: %u of Conv, Gemm and MatMul "
			     "have constant float weights",
			     r->count);
	if (ok)
		record(&p);
	repairs_end(&p.repairs);
	arena_release(&p.arena);
	if (!ok)
		prune_report_release(r);
	return ok;
}
