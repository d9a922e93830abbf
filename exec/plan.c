/* SPDX-License-Identifier: Apache-2.0 */
/* exec/plan.c -- building, describing and freeing plans. */
#include <stdlib.h>
#include <string.h>

#include "exec/lower.h"
#include "exec/plan_impl.h"

/* What taps are told: the values of the caller's model, by id. */
static void note_tapped(struct plan *p, const struct model *m)
{
	p->ntapped = p->model->nvalues;
	p->tapped = arena_array(&p->arena, struct value *, p->ntapped);
	for (struct node *n = model_first(m); n; n = model_next(n))
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i])
				p->tapped[n->out[i]->id] = n->out[i];
}

static void note_fed(struct plan *p)
{
	struct graph *g = p->model->main;

	p->fed = arena_array(&p->arena, struct value *, g->nin);
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i]))
			p->fed[p->nfed++] = g->in[i];
}

static bool build(struct plan *p, const struct plan_opts *o, struct err *e)
{
	if (!plan_specialise(p, o, e))
		return false;
	if (!p->literal &&
	    (!plan_fold(p, true, e) || !lower_integers(p->model, e)))
		return false;
	if (!plan_fold(p, false, e))
		return false;
	plan_drop_dead(p);
	if (!p->literal && !lower_floats(p->model, e))
		return false;
	note_tapped(p, p->source);
	if (!plan_bind(p, e) || (plan_relayout(p) && !plan_bind(p, e)))
		return false;
	return plan_prepare(p, e) && plan_layout(p, e);
}

bool plan_build(struct plan **out, const struct model *m,
		const struct plan_opts *o, struct err *e)
{
	const struct limits *lim = o->limits ? o->limits : &limits_default;
	const struct engine *g = o->engine ? o->engine : engine_default();
	struct plan *p;
	bool ok;

	if (g->available && !g->available(e))
		return err_context(e, "engine '%s'", g->name);
	p = calloc(1, sizeof(*p));
	if (!p)
		die_oom();
	p->source = m;
	p->model = model_clone(m);
	p->engine = g;
	p->literal = o->literal || g->literal;
	p->strict = o->strict;
	p->services.seed = o->seed;
	p->budget = lim->memory;
	p->tensor_limit = lim->tensor_bytes ? lim->tensor_bytes
					    : limits_default.tensor_bytes;
	p->step_limit = lim->steps ? lim->steps : limits_default.steps;
	plan_serve(p);
	note_fed(p);
	ok = build(p, o, e);
	services_release(&p->services);
	if (!ok) {
		plan_free(p);
		return false;
	}
	*out = p;
	return true;
}

static void free_program(struct program *r)
{
	for (uint32_t i = 0; i < r->count; i++) {
		struct prepared *x = r->at[i].call.prepared;

		if (x)
			x->release(x);
		hold_release(&r->at[i].held);
	}
	hold_release(&r->result[0]);
	hold_release(&r->result[1]);
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < p->nprogram; i++)
		free_program(&p->program[i]);
	hold_release(&p->copies);
	hold_release(&p->fed_copies);
	buf_free(&p->buffer);
	model_free(p->model);
	arena_release(&p->arena);
	free(p);
}

uint32_t plan_nin(const struct plan *p)
{
	return p->nfed;
}

uint32_t plan_nout(const struct plan *p)
{
	return p->model->main->nout;
}

const struct value *plan_input_value(const struct plan *p, uint32_t i)
{
	return p->fed[i];
}

const struct datum *plan_output(const struct plan *p, uint32_t i)
{
	return &p->slot[p->model->main->out[i].read.value->id].datum;
}

const struct step *plan_steps(const struct plan *p, size_t *count)
{
	*count = p->nstep;
	return p->step;
}

void plan_time_steps(struct plan *p, bool on)
{
	p->timed = on;
}

size_t plan_bytes(const struct plan *p)
{
	return p->buffer.bytes + p->prepared_bytes;
}
