/* SPDX-License-Identifier: Apache-2.0 */
/* passes/prune_channels.c -- see prune_channels.h. */
#include "passes/prune_channels.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "ops/cost.h"
#include "ops/infer.h"
#include "passes/channel_choice.h"
#include "passes/channel_repair.h"
#include "passes/cut_channels.h"

struct pruning {
	struct model *model;
	const struct prune_channels_opts *opts;
	const struct limits *lim;
	struct prune_channels_report *report;
	struct channels channels;
	struct group_choice *pick; /* by group */
	bool *dead;		   /* by atom */
	struct arena arena;
};

void prune_channels_report_release(struct prune_channels_report *r)
{
	arena_release(&r->arena);
	*r = (struct prune_channels_report){.count = 0};
}

/* ---- how many ----------------------------------------------------------- */

/* Units of G that stay: a multiple of ROUND_TO channels. */
static uint32_t units_to_keep(const struct channel_group *g,
			      const struct prune_channels_opts *o)
{
	/* 0.2 of 10 are 2, whatever 0.2 is in binary. */
	double remove = floor(o->share * g->count + 1e-9);
	uint32_t keep = g->count - (uint32_t)remove;

	if (keep < 1)
		keep = 1;
	while (o->round_to > 1 && keep < g->count && g->width &&
	       (uint64_t)keep * g->width % o->round_to)
		keep++;
	return keep;
}

static const char *why_whole(struct pruning *p, const struct channel_group *g,
			     struct group_choice *pick)
{
	if (g->why_not)
		return arena_printf(&p->report->arena, "blocked by %s",
				    g->why_not);
	if (g->residual && !p->opts->residual)
		return "residual stream";
	pick->remove = g->count - units_to_keep(g, p->opts);
	return pick->remove ? NULL : "too few channels";
}

/* ---- the report --------------------------------------------------------- */

static const char *label_of(struct pruning *p, const struct channel_group *g)
{
	struct arena *a = &p->report->arena;
	const char *first = node_label(g->maker[0], a);

	if (g->makers == 1)
		return arena_strdup(a, first);
	return arena_printf(a, "%s + %u more", first, g->makers - 1);
}

static void begin_report(struct pruning *p)
{
	struct prune_channels_report *r = p->report;
	const struct channels *c = &p->channels;

	r->count = c->ngroups;
	r->group = arena_array(&r->arena, struct pruned_group, r->count);
	p->pick = arena_array(&p->arena, struct group_choice, r->count);
	for (uint32_t i = 0; i < r->count; i++) {
		const struct channel_group *g = &c->group[i];
		struct pruned_group *to = &r->group[i];

		to->label = label_of(p, g);
		to->why_not = why_whole(p, g, &p->pick[i]);
		to->before = to->after = g->channels;
		p->pick[i].prune = !to->why_not;
		r->pruned += p->pick[i].prune;
	}
}

/* Channels that are left: the units of a group may differ in size. */
static void end_report(struct pruning *p)
{
	const struct channels *c = &p->channels;

	for (uint32_t i = 0; i < c->ngroups; i++) {
		const struct channel_group *g = &c->group[i];
		struct pruned_group *to = &p->report->group[i];

		to->by_loss = p->pick[i].by_loss;
		for (uint32_t u = 0; u < g->count; u++)
			if (p->dead[g->unit[u]])
				to->after -= g->size[u];
	}
}

/* Open dims are the first numbers that the model allows. */
static void measure(const struct model *m, uint64_t *macs, uint64_t *parameters)
{
	static const int64_t sizes[] = {1, 64, 256, 4096};
	bool known = false;

	for (size_t i = 0; !known && i < COUNT_OF(sizes); i++) {
		struct model *closed = model_clone(m);
		struct cost cost;
		struct err e;

		model_close_dims(closed, 1, sizes[i]);
		known = infer_model(closed, &e);
		model_cost(known ? closed : m, &cost);
		*macs = cost.macs;
		*parameters = cost.parameters;
		model_free(closed);
	}
}

static bool nothing_to_prune(const struct prune_channels_report *r,
			     struct err *e)
{
	struct str why = {0};

	for (uint32_t i = 0; i < r->count && i < 3; i++)
		str_addf(&why, "%s'%s': %s", i ? "; " : "", r->group[i].label,
			 r->group[i].why_not);
	err_set(e, ERR_UNSUPPORTED,
		"no channels to prune: none of %u groups can lose any%s%s",
		r->count, why.len ? ": " : "", why.len ? why.text : "");
	str_release(&why);
	return false;
}

static void record(const struct pruning *p)
{
	struct str text = {0};

	str_add(&text, "pattern=structured; sparsity=");
	str_add_double(&text, p->opts->share);
	str_addf(&text, "; groups=%s; repair=%s",
		 p->opts->residual ? "all" : "inner",
		 p->report->repaired ? "yes" : "no");
	model_set_property(p->model, "mlopt.pruned", text.text);
	model_set_property(p->model, "mlopt.fidelity", "lossy");
	str_release(&text);
}

/* ---- all of it ---------------------------------------------------------- */

static bool choose_and_cut(struct pruning *p, struct err *e)
{
	struct model *m = p->model, *reference = NULL;
	const struct prune_samples *s = p->opts->samples;
	bool ok;

	p->dead = arena_array(&p->arena, bool, p->channels.natoms);
	if (!choose_channels(&p->channels, p->pick, s, p->lim, p->dead, e))
		return false;
	end_report(p);
	if (s && !p->opts->no_repair)
		reference = model_clone(m);
	ok = cut_channels(&p->channels, p->dead, e);
	if (ok && reference)
		ok = repair_channels(&p->channels, p->dead, reference, s,
				     p->lim, &p->report->repaired, e);
	if (reference)
		model_free(reference);
	return ok;
}

static bool prune(struct pruning *p, struct err *e)
{
	struct prune_channels_report *r = p->report;

	begin_report(p);
	if (!r->pruned)
		return nothing_to_prune(r, e);
	measure(p->model, &r->macs_before, &r->parameters_before);
	if (!choose_and_cut(p, e))
		return false;
	measure(p->model, &r->macs_after, &r->parameters_after);
	record(p);
	return true;
}

bool prune_channels(struct model *m, const struct prune_channels_opts *o,
		    struct prune_channels_report *r, struct err *e)
{
	struct pruning p = {.model = m,
			    .opts = o,
			    .lim = o->limits ? o->limits : &limits_default,
			    .report = r};
	bool ok;

	*r = (struct prune_channels_report){.count = 0};
	ok = channels_find(&p.channels, m, e) && prune(&p, e);
	channels_release(&p.channels);
	arena_release(&p.arena);
	if (!ok)
		prune_channels_report_release(r);
	return ok;
}
