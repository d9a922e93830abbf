/* SPDX-License-Identifier: Apache-2.0 */
/* passes/optimize.c -- see optimize.h. */
#include "passes/optimize.h"

#include <stdio.h>
#include <string.h>

#include "ops/op.h"
#include "passes/opset_convert.h"

/* In the order of a round: what makes constants and removes clutter first. */
static const struct {
	const char *pass;
	int level;
} levels[] = {
	{"fold-constants", 1},	 {"fold-shapes", 1},
	{"inline-if", 1},	 {"drop-no-ops", 1},
	{"merge-duplicates", 1}, {"cancel-transposes", 1},
	{"merge-reshapes", 1},	 {"fold-pad", 1},
	{"fuse-layer-norm", 2},	 {"fuse-gelu", 2},
	{"fuse-hard-swish", 2},	 {"fold-bn", 2},
	{"fold-scale", 2},	 {"fuse-gemm", 2},
	{"drop-dead", 1},
};

enum { ROUNDS_MAX = 100 };

static void add(struct schedule *s, const char *name)
{
	const struct pass *p = pass_find(name);

	if (!p)
		bug("level names the unknown pass '%s'", name);
	s->at[s->count++] = (struct scheduled){.pass = p};
}

void schedule_level(struct schedule *s, int level)
{
	*s = (struct schedule){.raise_opset = level >= 3};
	for (size_t i = 0; i < COUNT_OF(levels); i++)
		if (levels[i].level <= level)
			add(s, levels[i].pass);
}

static int position(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(levels); i++)
		if (!strcmp(levels[i].pass, name))
			return (int)i;
	return (int)COUNT_OF(levels);
}

static void leave_out(struct schedule *s, const struct pass *p)
{
	int kept = 0;

	for (int i = 0; i < s->count; i++)
		if (s->at[i].pass != p)
			s->at[kept++] = s->at[i];
	s->count = kept;
}

/* P at its place in a round. */
static void put_in(struct schedule *s, const struct pass *p)
{
	int at = 0;

	leave_out(s, p);
	while (at < s->count &&
	       position(s->at[at].pass->name) <= position(p->name))
		at++;
	memmove(&s->at[at + 1], &s->at[at],
		(size_t)(s->count - at) * sizeof(*s->at));
	s->at[at] = (struct scheduled){.pass = p};
	s->count++;
}

static bool known_pass(const char *name, const struct pass **p, struct err *e)
{
	struct str names = {0};

	*p = pass_find(name);
	if (*p)
		return true;
	for (const struct pass *q = pass_next(NULL); q; q = pass_next(q))
		str_addf(&names, "%s%s", names.len ? ", " : "", q->name);
	err_set(e, ERR_USAGE, "unknown pass '%s'; there are: %s", name,
		names.text);
	str_release(&names);
	return false;
}

bool schedule_choose(struct schedule *s, const char *names, struct err *e)
{
	struct arena a = {0};
	bool alone = *names && *names != '-' && *names != '+', ok = true;

	if (alone)
		s->count = 0;
	while (ok && *names) {
		size_t len = strcspn(names, ",");
		char *name = arena_strndup(&a, names, len);
		bool drop = *name == '-';
		const struct pass *p;

		ok = known_pass(name + (drop || *name == '+'), &p, e);
		if (ok && drop)
			leave_out(s, p);
		else if (ok)
			put_in(s, p);
		names += len + (names[len] == ',');
	}
	arena_release(&a);
	return ok;
}

uint64_t schedule_applied(const struct schedule *s)
{
	uint64_t n = 0;

	for (int i = 0; i < s->count; i++)
		n += s->at[i].applied;
	return n;
}

static bool is_banned(const struct schedule *s, const struct pass *p)
{
	for (size_t i = 0; i < s->nbanned; i++)
		if (!strcmp(s->banned[i], p->name))
			return true;
	return false;
}

static bool run_one(struct model *m, struct schedule *s, int i,
		    uint64_t *budget, struct err *e)
{
	struct scheduled *at = &s->at[i];
	struct rewriting rw = {.model = m,
			       .pass = at->pass,
			       .budget = budget,
			       .banned = s->banned,
			       .nbanned = s->nbanned};

	if (is_banned(s, at->pass))
		return true;
	if (!pass_run(&rw, e))
		return false;
	if (rw.applied)
		snprintf(s->last, sizeof(s->last), "%s",
			 rw.last[0] ? rw.last : at->pass->name);
	at->applied += rw.applied;
	if (rw.refused && !at->refused)
		at->refusal = rw.refusal;
	at->refused += rw.refused;
	return true;
}

/* Rounds of S until one changes nothing. */
static bool run_rounds(struct model *m, struct schedule *s, uint64_t *budget,
		       struct err *e)
{
	uint64_t before;
	int round = 0;

	do {
		before = schedule_applied(s);
		for (int i = 0; i < s->count; i++)
			if (!run_one(m, s, i, budget, e))
				return false;
		if (!infer_model(m, e))
			return err_context(e, "after a round of passes");
	} while (schedule_applied(s) > before && ++round < ROUNDS_MAX);
	return true;
}

/* ---- fusions that need a newer opset ------------------------------------ */

/* The newest comes first: the first that fires decides. */
static const struct {
	const char *pass;
	int64_t opset;
} newer[] = {
	{"fuse-gelu", 20}, {"fuse-layer-norm", 17}, {"fuse-hard-swish", 14}};

static bool fired(const struct schedule *s, const char *pass)
{
	for (int i = 0; i < s->count; i++)
		if (!strcmp(s->at[i].pass->name, pass))
			return s->at[i].applied > 0;
	return false;
}

/* The opset that pays, tried on a copy; 0: none does. */
static bool wanted_opset(struct model *m, struct schedule *s, int64_t *version,
			 struct err *e)
{
	struct model *copy = model_clone(m);
	struct schedule trial = *s; /* nothing has fired yet */
	uint64_t budget = UINT64_MAX;
	bool ok = true;

	*version = 0;
	if (raise_opset(copy, newer[0].opset, &s->not_raised))
		ok = run_rounds(copy, &trial, &budget, e);
	for (size_t i = COUNT_OF(newer); i-- > 0;)
		if (fired(&trial, newer[i].pass))
			*version = newer[i].opset;
	model_free(copy);
	return ok;
}

static bool raise_for_fusions(struct model *m, struct schedule *s,
			      struct err *e)
{
	int64_t version, now = model_opset(m, "");

	if (now >= newer[0].opset)
		return true;
	if (!wanted_opset(m, s, &version, e))
		return false;
	return version <= now || raise_opset(m, version, e);
}

bool optimize(struct model *m, struct schedule *s, uint64_t budget,
	      struct err *e)
{
	if (!s->count)
		return true;
	if (s->raise_opset && budget && !raise_for_fusions(m, s, e))
		return false;
	return run_rounds(m, s, &budget, e);
}
