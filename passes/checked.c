/* SPDX-License-Identifier: Apache-2.0 */
/* passes/checked.c -- see checked.h. */
#include "passes/checked.h"

#include <inttypes.h>
#include <string.h>

#include "ops/op.h"

struct checking {
	const struct model *old;
	const struct schedule *wanted;
	const struct check_opts *opts;
	struct dropped *dropped;
};

static enum fidelity least_faithful(const struct schedule *s)
{
	enum fidelity f = EXACT;

	for (int i = 0; i < s->count; i++)
		if (s->at[i].applied && s->at[i].pass->fidelity > f)
			f = s->at[i].pass->fidelity;
	return f;
}

/* The first BUDGET rewrites of what is still allowed, and how they compare.
 * *OUT is NULL after a failure. */
static bool attempt(const struct checking *c, uint64_t budget,
		    struct schedule *s, struct model **out, bool *agree,
		    struct str *why, struct err *e)
{
	struct model *m = model_clone(c->old);

	*s = *c->wanted;
	s->banned = c->dropped->rewrite;
	s->nbanned = c->dropped->count;
	*out = NULL;
	op_bind_model(m);
	if (!optimize(m, s, budget, e)) {
		model_free(m);
		return false;
	}
	*agree = models_agree(c->old, m, least_faithful(s), c->opts, why, e);
	if (!*agree && e->code) {
		model_free(m);
		return false;
	}
	*out = m;
	return true;
}

/* The smallest budget that differs, of at most HIGH, which does. */
static bool bisect(const struct checking *c, uint64_t high, uint64_t *first,
		   struct err *e)
{
	uint64_t low = 0; /* agrees: it is the model itself */

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		struct schedule s;
		struct model *m;
		struct str why = {0};
		bool agree, ok = attempt(c, middle, &s, &m, &agree, &why, e);

		str_release(&why);
		if (!ok)
			return false;
		model_free(m);
		*(agree ? &low : &high) = middle;
	}
	*first = high;
	return true;
}

/* Find the rewrite that makes the difference and never do it again. */
static bool drop_one(struct checking *c, uint64_t applied, struct err *e)
{
	struct dropped *d = c->dropped;
	struct str why = {0};
	struct schedule s;
	struct model *m;
	uint64_t first;
	bool agree;

	if (!bisect(c, applied, &first, e) ||
	    !attempt(c, first, &s, &m, &agree, &why, e)) {
		str_release(&why);
		return false;
	}
	model_free(m);
	d->rewrite[d->count] = arena_strdup(&d->arena, s.last);
	d->why[d->count++] = arena_strdup(&d->arena, why.text ? why.text : "");
	str_release(&why);
	return true;
}

bool optimize_checked(const struct model *old, struct model **out,
		      struct schedule *s, uint64_t budget,
		      const struct check_opts *o, struct dropped *d,
		      struct err *e)
{
	struct checking c = {old, s, o, d};
	struct schedule done;

	for (;;) {
		struct str why = {0};
		bool agree;

		if (!attempt(&c, budget, &done, out, &agree, &why, e)) {
			str_release(&why);
			return false;
		}
		if (agree) {
			done.banned = NULL;
			done.nbanned = 0;
			*s = done;
			return true;
		}
		model_free(*out);
		*out = NULL;
		if (d->count == DROPPED_MAX) {
			err_set(e, ERR_UNSUPPORTED,
				"without %zu rewrites it still differs: %s",
				d->count, why.text);
			str_release(&why);
			return false;
		}
		str_release(&why);
		if (!drop_one(&c, schedule_applied(&done), e))
			return false;
	}
}
