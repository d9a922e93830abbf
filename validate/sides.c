/* SPDX-License-Identifier: Apache-2.0 */
/* validate/sides.c -- see sides.h. */
#include "validate/sides.h"

#include <string.h>

/* The K-th fed input of G; K counts fed inputs only. */
static const struct value *fed(const struct graph *g, uint32_t k)
{
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i]) && !k--)
			return g->in[i];
	return NULL;
}

static uint32_t count_fed(const struct graph *g)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->nin; i++)
		n += value_is_fed(g->in[i]);
	return n;
}

static bool pair_inputs(struct sides *s, struct err *e)
{
	const struct graph *ref = s->model[REFERENCE]->main;
	const struct graph *cand = s->model[CANDIDATE]->main;

	s->nin = count_fed(ref);
	if (count_fed(cand) != s->nin)
		return err_set(e, ERR_SHAPE,
			       "the candidate has %u inputs, the reference %u",
			       (unsigned)count_fed(cand), (unsigned)s->nin);
	s->input = arena_array(&s->arena, uint32_t, s->nin);
	s->in = arena_array(&s->arena, const struct datum *, s->nin);
	for (uint32_t i = 0; i < s->nin; i++) {
		const struct value *v = fed(cand, i);
		uint32_t k = 0;

		while (k < s->nin && strcmp(fed(ref, k)->name, v->name))
			k++;
		s->input[i] = k < s->nin ? k : i;
		if (fed(ref, s->input[i])->type.dtype != v->type.dtype)
			return err_set(
				e, ERR_TYPE,
				"candidate input '%s' is %s, want %s", v->name,
				dtype_info[v->type.dtype].text,
				dtype_info[fed(ref, s->input[i])->type.dtype]
					.text);
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
		s->in[i] = b->in[s->input[i]];
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

		if (value_is_fed(g->in[i]) && sh->rank > 0 && sh->dim[0] > 0 &&
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
