/* SPDX-License-Identifier: Apache-2.0 */
/* exec/session.c -- one model, run on inputs of varying shapes. */
#include <stdlib.h>

#include "exec/session.h"

/* Plans kept; the one used least recently makes room. */
enum { PLANS = 4 };

struct entry {
	struct plan *plan;
	struct type *inputs;
	uint64_t used; /* time of the last use, in runs */
};

struct session {
	struct arena arena;
	const struct model *model;
	struct plan_opts opts;
	const struct value **fed;
	uint32_t nfed;
	struct entry entry[PLANS];
	struct plan *last;
	uint64_t runs;
};

struct session *session_open(const struct model *m, const struct plan_opts *o)
{
	struct session *s = calloc(1, sizeof(*s));
	const struct graph *g = m->main;

	if (!s)
		die_oom();
	s->model = m;
	s->opts = *o;
	s->fed = arena_array(&s->arena, const struct value *, g->nin);
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i]))
			s->fed[s->nfed++] = g->in[i];
	for (int i = 0; i < PLANS; i++)
		s->entry[i].inputs = arena_array(&s->arena, struct type,
						 s->nfed);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	for (int i = 0; i < PLANS; i++)
		plan_free(s->entry[i].plan);
	arena_release(&s->arena);
	free(s);
}

/* The type that input I has in this run. */
static bool fed_type(const struct session *s, uint32_t i, const struct datum *d,
		     struct type *out, struct err *e)
{
	const struct value *v = s->fed[i];

	if (d)
		*out = d->type;
	else if (v->fallback)
		*out = (struct type){.kind = TYPE_UNKNOWN};
	else
		return err_set(e, ERR_USAGE, "input '%s' is missing", v->name);
	return true;
}

static bool same_inputs(const struct session *s, const struct type *a,
			const struct type *b)
{
	for (uint32_t i = 0; i < s->nfed; i++)
		if (!type_equal(&a[i], &b[i]))
			return false;
	return true;
}

/* T with element types that live as long as the session. */
static struct type keep_type(struct session *s, const struct type *t)
{
	struct type kept = *t, *last = &kept;

	while (last->elem) {
		struct type *elem = arena_memdup(&s->arena, last->elem,
						 sizeof(*elem));

		last->elem = elem;
		last = elem;
	}
	return kept;
}

/* The entry for these types: the one that has them, else the oldest. */
static struct entry *find_entry(struct session *s, const struct type *types)
{
	struct entry *oldest = &s->entry[0];

	for (int i = 0; i < PLANS; i++) {
		struct entry *x = &s->entry[i];

		if (x->plan && same_inputs(s, x->inputs, types))
			return x;
		if (x->used < oldest->used)
			oldest = x;
	}
	plan_free(oldest->plan);
	oldest->plan = NULL;
	for (uint32_t i = 0; i < s->nfed; i++)
		oldest->inputs[i] = keep_type(s, &types[i]);
	return oldest;
}

static bool prepare(struct session *s, struct type *types,
		    const struct datum *const *in, struct err *e)
{
	struct entry *x;

	for (uint32_t i = 0; i < s->nfed; i++)
		if (!fed_type(s, i, in[i], &types[i], e))
			return false;
	x = find_entry(s, types);
	x->used = ++s->runs;
	s->last = NULL;
	s->opts.inputs = x->inputs;
	if (!x->plan && !plan_build(&x->plan, s->model, &s->opts, e))
		return false;
	s->last = x->plan;
	return true;
}

bool session_prepare(struct session *s, const struct datum *const *in,
		     struct err *e)
{
	struct arena a = {0};
	bool ok = prepare(s, arena_array(&a, struct type, s->nfed), in, e);

	arena_release(&a);
	return ok;
}

bool session_run(struct session *s, const struct datum *const *in,
		 struct tap *tap, struct err *e)
{
	return session_prepare(s, in, e) && plan_run(s->last, in, tap, e);
}

struct plan *session_plan(const struct session *s)
{
	return s->last;
}
