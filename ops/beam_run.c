/* SPDX-License-Identifier: Apache-2.0 */
/* ops/beam_run.c -- the kernel of BeamSearch. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "ops/beam_run.h"
#include "ops/beam_search.h"
#include "ops/inner.h"

bool beam_take_ints(const struct call *c, size_t count, int32_t **out,
		    struct err *e)
{
	void *data;

	if (!c->services->alloc(c->services, count * sizeof(**out), &data, e))
		return false;
	*out = data;
	return true;
}

/* ---- scores -------------------------------------------------------------- */

static void log_softmax(float *x, size_t n)
{
	float max = -INFINITY, line;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		max = fmaxf(max, x[i]);
	for (size_t i = 0; i < n; i++)
		sum += exp((double)(x[i] - max));
	line = (float)log(sum);
	for (size_t i = 0; i < n; i++)
		x[i] = x[i] - max - line;
}

static bool take_vocab(struct beam_run *r, size_t columns, struct err *e)
{
	int64_t vocab = attr_int(r->c->node, "vocab_size");
	struct shape s;
	size_t bytes;
	void *data;

	if (r->scores)
		return r->vocab == columns ||
		       err_set(e, ERR_SHAPE, "logits have %zu columns, had %zu",
			       columns, r->vocab);
	if (vocab > 0 && (size_t)vocab != columns)
		return err_set(e, ERR_UNSUPPORTED,
			       "vocab_size is %" PRId64
			       ", logits have %zu columns",
			       vocab, columns);
	if (columns < 2 || columns > INT32_MAX)
		return err_set(e, ERR_SHAPE, "logits have %zu columns",
			       columns);
	r->vocab = columns;
	s = SHAPE((int64_t)r->texts, (int64_t)r->beams, (int64_t)r->vocab);
	if (!shape_bytes(&s, DTYPE_F32, &bytes, e) ||
	    !r->c->services->alloc(r->c->services, bytes, &data, e))
		return false;
	r->scores = data;
	return true;
}

bool beam_take_logits(struct beam_run *r, const struct datum *logits,
		      struct err *e)
{
	const struct tensor *t = &logits->tensor;
	const int64_t *dim = t->shape.dim;
	size_t n = r->texts * r->beams;

	if (logits->type.kind != TYPE_TENSOR || t->shape.rank != 3 ||
	    !(TYPES_F16_32 >> t->dtype & 1))
		return err_set(e, ERR_TYPE,
			       "logits are no tensor of floats of rank 3");
	if (dim[1] < 1 || ((size_t)dim[0] != n && (size_t)dim[0] != r->texts))
		return err_set(e, ERR_SHAPE,
			       "logits have %" PRId64 " rows of %" PRId64
			       " tokens, want %zu",
			       dim[0], dim[1], n);
	if (!take_vocab(r, (size_t)dim[2], e))
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t row = (size_t)dim[0] == n ? i : i / r->beams;
		size_t at = (row * (size_t)dim[1] + (size_t)dim[1] - 1) *
			    (size_t)dim[2];
		float *x = r->scores + i * r->vocab;

		for (size_t k = 0; k < r->vocab; k++)
			x[k] = (float)element_double(t->dtype, t->data, at + k);
		log_softmax(x, r->vocab);
	}
	return true;
}

/* ---- the search ---------------------------------------------------------- */

static bool run_decoder(struct beam_run *r, struct err *e)
{
	const struct call *c = r->c;

	return inner_step(c, e) &&
	       c->services->run_graph(c->services, r->decoder, r->feed, r->out,
				      e) &&
	       beam_take_logits(r, &r->out[0], e);
}

static bool search(struct beam_run *r, bool gpt, struct err *e)
{
	bool first = true;

	if (gpt ? !beam_gpt_start(r, e) || !run_decoder(r, e)
		: !beam_t5_start(r, e))
		return false;
	while (beam_scorer_step(&r->s, r->scores, r->vocab)) {
		if (!(gpt ? beam_gpt_next(r, e) : beam_t5_next(r, first, e)) ||
		    !run_decoder(r, e))
			return false;
		first = false;
	}
	return true;
}

/* Operand I, one number from LEAST to MOST. */
static bool number(const struct call *c, enum beam_operand i, int64_t least,
		   int64_t most, size_t *out, struct err *e)
{
	const struct tensor *t = call_in(c, i);
	int64_t x = t && tensor_count(t) == 1 ? tensor_int(t, 0) : INT64_MIN;

	if (!t && i == BEAM_SHORTEST)
		x = 0;
	if (x < least || x > most)
		return err_set(e, ERR_SHAPE,
			       "%s is %" PRId64 ", want %" PRId64
			       " to %" PRId64,
			       c->node->op->in[i].name, x, least, most);
	*out = (size_t)x;
	return true;
}

static bool read_rules(struct beam_run *r, struct beam_rules *x, bool gpt,
		       struct err *e)
{
	const struct shape *ids = &call_in(r->c, BEAM_IDS)->shape;
	const struct node *n = r->c->node;
	int64_t start = gpt ? ids->dim[1] : 1;

	r->texts = (size_t)ids->dim[0];
	r->length = (size_t)ids->dim[1];
	*x = (struct beam_rules){
		.texts = r->texts,
		.start = (size_t)start,
		.eos = attr_int(n, "eos_token_id"),
		.pad = attr_int(n, "pad_token_id"),
		.ngram = (size_t)attr_int(n, "no_repeat_ngram_size"),
		.penalty = (float)call_scalar(r->c, BEAM_PENALTY, 1),
		.repetition = (float)call_scalar(r->c, BEAM_REPETITION, 1),
		.early = attr_int(n, "early_stopping") == 1,
	};
	if (ids->dim[0] < 1 || ids->dim[1] < 1)
		return err_set(e, ERR_SHAPE, "'input_ids' are empty");
	if (!(x->repetition > 0))
		return err_set(e, ERR_SHAPE,
			       "repetition_penalty is %g, want more than 0",
			       (double)x->repetition);
	if (!number(r->c, BEAM_BEAMS, 1, BEAM_MOST, &x->beams, e) ||
	    !number(r->c, BEAM_RETURNS, 1, (int64_t)x->beams, &r->returns, e) ||
	    !number(r->c, BEAM_LONGEST, start + 1, BEAM_LONGEST_MOST,
		    &x->longest, e) ||
	    !number(r->c, BEAM_SHORTEST, 0, (int64_t)x->longest - 1,
		    &x->shortest, e))
		return false;
	r->beams = x->beams;
	if (r->texts > INT32_MAX / r->beams)
		return err_set(e, ERR_LIMIT, "%zu texts of %zu beams", r->texts,
			       r->beams);
	return true;
}

static bool take_rooms(struct beam_run *r, struct err *e)
{
	const struct graph *g = r->decoder;
	size_t n = r->texts * r->beams;
	struct services *s = r->c->services;
	void *feed, *room;

	if (!inner_datums(r->c, g->nin, &r->in, e) ||
	    !inner_datums(r->c, g->nout, &r->out, e) ||
	    !s->alloc(s, g->nin * sizeof(*r->feed), &feed, e) ||
	    !s->alloc(s, g->nin * sizeof(*r->room), &room, e) ||
	    !beam_take_ints(r->c, n * r->length, &r->mask, e) ||
	    !beam_take_ints(r->c, n, &r->place, e) ||
	    !beam_take_ints(r->c, n, &r->spread, e))
		return false;
	r->feed = feed;
	r->room = memset(room, 0, g->nin * sizeof(*r->room));
	for (uint32_t i = 0; i < g->nin; i++)
		r->feed[i] = &r->in[i];
	for (size_t i = 0; i < n; i++)
		r->spread[i] = (int32_t)(i / r->beams);
	return true;
}

static bool give(struct beam_run *r, struct err *e)
{
	const struct call *c = r->c;
	const struct tensor *penalty = call_in(c, BEAM_PENALTY);
	enum dtype t = penalty ? penalty->dtype : DTYPE_F32;
	size_t longest = r->s.rules.longest, n = r->texts * r->returns;
	struct shape y = SHAPE((int64_t)r->texts, (int64_t)r->returns,
			       (int64_t)longest);
	struct shape s = SHAPE((int64_t)r->texts, (int64_t)r->returns);
	int32_t *sequences;
	void *scores;

	if (!call_alloc(c, 0, DTYPE_I32, &y, e) || !call_alloc(c, 1, t, &s, e))
		return false;
	if (!beam_take_ints(c, n * longest, &sequences, e) ||
	    !c->services->alloc(c->services, n * sizeof(float), &scores, e))
		return false;
	beam_scorer_give(&r->s, r->returns, sequences, scores);
	if (call_out(c, 0))
		memcpy(tensor_mut(call_out(c, 0)), sequences,
		       n * longest * sizeof(*sequences));
	for (size_t i = 0; i < n && call_out(c, 1); i++)
		element_set_double(t, tensor_mut(call_out(c, 1)), i,
				   (double)((float *)scores)[i]);
	return true;
}

bool beam_search_run(const struct call *c, struct err *e)
{
	bool gpt = attr_int(c->node, "model_type") == BEAM_GPT;
	struct beam_run r = {.c = c,
			     .decoder = inner_graph(c->node, "decoder")};
	struct beam_rules rules;

	return read_rules(&r, &rules, gpt, e) &&
	       beam_scorer_init(&r.s, &rules, c, e) && take_rooms(&r, e) &&
	       search(&r, gpt, e) && give(&r, e);
}
