/* SPDX-License-Identifier: Apache-2.0 */
/* validate/sides.c -- see sides.h. */
#include "validate/sides.h"

#include <string.h>

/* Inputs that have a default keep it: passes make constants of them, so they
 * need not be there on both sides. */
static bool is_required(const struct value *v)
{
	return value_is_fed(v) && !v->fallback;
}

/* The required inputs of G, each with its place among the fed ones. */
static uint32_t list_required(struct sides *s, const struct graph *g,
			      const struct value ***of, uint32_t **place,
			      uint32_t *nfed)
{
	uint32_t n = 0;

	*of = arena_array(&s->arena, const struct value *, g->nin);
	*place = arena_array(&s->arena, uint32_t, g->nin);
	*nfed = 0;
	for (uint32_t i = 0; i < g->nin; i++) {
		if (is_required(g->in[i])) {
			(*of)[n] = g->in[i];
			(*place)[n++] = *nfed;
		}
		*nfed += value_is_fed(g->in[i]);
	}
	return n;
}

static bool pair_inputs(struct sides *s, struct err *e)
{
	const struct value **ref, **cand;
	uint32_t *from, *to, nref, ncand, unused;

	nref = list_required(s, s->model[REFERENCE]->main, &ref, &from,
			     &unused);
	ncand = list_required(s, s->model[CANDIDATE]->main, &cand, &to,
			      &s->nin);
	if (ncand != nref)
		return err_set(e, ERR_SHAPE,
			       "the candidate has %u inputs without a default, "
			       "the reference %u",
			       (unsigned)ncand, (unsigned)nref);
	s->in = arena_array(&s->arena, const struct datum *, s->nin);
	s->input = arena_array(&s->arena, uint32_t, s->nin);
	for (uint32_t i = 0; i < s->nin; i++)
		s->input[i] = NO_INPUT;
	for (uint32_t i = 0; i < ncand; i++) {
		enum dtype found = cand[i]->type.dtype, want;
		uint32_t k = 0;

		while (k < nref && strcmp(ref[k]->name, cand[i]->name))
			k++;
		k = k < nref ? k : i;
		want = ref[k]->type.dtype;
		s->input[to[i]] = from[k];
		if (found != want)
			return err_set(e, ERR_TYPE,
				       "candidate input '%s' is %s, want %s",
				       cand[i]->name, dtype_info[found].text,
				       dtype_info[want].text);
	}
	return true;
}

static bool pair_outputs(struct sides *s, struct err *e)
{
	const struct graph *ref = s->model[REFERENCE]->main;
	const struct graph *cand = s->model[CANDIDATE]->main;

	s->nout = ref->nout;
	if (cand->nout != ref->nout)
		return err_set(e, ERR_SHAPE,
			       "the candidate has %u outputs, the reference %u",
			       (unsigned)cand->nout, (unsigned)ref->nout);
	s->output = arena_array(&s->arena, uint32_t, s->nout);
	for (uint32_t i = 0; i < s->nout; i++) {
		uint32_t k = 0;

		while (k < s->nout &&
		       strcmp(cand->out[k].name, ref->out[i].name))
			k++;
		s->output[i] = k < s->nout ? k : i;
	}
	return true;
}

bool sides_init(struct sides *s, const struct model *const model[2],
		const struct compare_opts *o, struct err *e)
{
	*s = (struct sides){.model = {model[0], model[1]}, .opts = o};
	if (pair_inputs(s, e) && pair_outputs(s, e))
		return true;
	sides_release(s);
	return false;
}

void sides_release(struct sides *s)
{
	arena_release(&s->arena);
}

const struct datum *const *sides_feed(struct sides *s, const struct batch *b,
				      enum side side)
{
	if (side == REFERENCE)
		return b->in;
	for (uint32_t i = 0; i < s->nin; i++)
		s->in[i] = s->input[i] == NO_INPUT ? NULL : b->in[s->input[i]];
	return s->in;
}

/* What a fixed first dimension of the candidate allows; the dataset knows the
 * reference's. */
static size_t candidate_limit(const struct sides *s)
{
	const struct graph *g = s->model[CANDIDATE]->main;
	size_t limit = SIZE_MAX;

	for (uint32_t i = 0; i < g->nin; i++) {
		const struct shape *sh = &g->in[i]->type.shape;

		if (is_required(g->in[i]) && sh->rank > 0 && sh->dim[0] > 0 &&
		    (uint64_t)sh->dim[0] < limit)
			limit = (size_t)sh->dim[0];
	}
	return limit;
}

size_t sides_batch(const struct sides *s, const struct dataset *d)
{
	size_t n = s->opts->batch ? s->opts->batch : 32;
	size_t limit = dataset_batch_limit(d), other = candidate_limit(s);

	if (other < limit)
		limit = other;
	return n < limit ? n : limit;
}
