/* SPDX-License-Identifier: Apache-2.0 */
/* passes/prune_weights.c -- zeros in every eligible layer. */
#include "passes/prune.h"

#include <string.h>

#include "base/str.h"
#include "quant/pruning.h"

struct pruning {
	struct model *model;
	const struct prune_opts *opts;
	struct prefix *prefix;
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

static bool prune_one(struct pruning *p, const struct layer *l,
		      struct pruned_layer *r, struct err *e)
{
	struct arena a = {0};
	struct layer_data all = {.in = NULL}, *data = NULL;
	const struct limits *lim = p->opts->limits ? p->opts->limits
						   : &limits_default;
	bool ok = true;

	if (p->prefix && l->node->graph == p->model->main) {
		ok = prefix_advance(p->prefix, l->node, e);
		if (ok && prefix_layer_data(p->prefix, l, &a, &all))
			data = &all;
	}
	ok = ok && prune_layer(l, &p->opts->sparsity, data, lim->memory,
			       &r->zeros, e);
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
		.model = m, .opts = o, .prefix = prefix, .report = r};
	bool ok = true, some = false;

	*r = (struct prune_report){0};
	r->count = find_layers(&p);
	r->layer = arena_array(&r->arena, struct pruned_layer, r->count);
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
	arena_release(&p.arena);
	if (!ok)
		prune_report_release(r);
	return ok;
}
