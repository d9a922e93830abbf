/* SPDX-License-Identifier: Apache-2.0 */
/* ops/beam_run.h -- a running beam search. */
#ifndef OPS_BEAM_RUN_H
#define OPS_BEAM_RUN_H

#include "ops/beam_scorer.h"

/* A tensor that is made anew in every step, of more bytes if need be. */
struct room {
	void *data;
	size_t bytes;
};

struct beam_run {
	const struct call *c;
	struct beam_scorer s;
	const struct graph *decoder;
	size_t texts, beams, length; /* of input_ids */
	size_t vocab, returns;
	float *scores; /* [texts * beams, vocab] */
	/* Of the decoder. */
	struct datum *in, *out;
	const struct datum **feed;
	struct room *room;
	int32_t *mask, *place; /* [texts * beams, length]; the next one */
	int32_t *spread;       /* [texts * beams]: the text of each */
};

MUST_USE bool beam_take_ints(const struct call *c, size_t count, int32_t **out,
			     struct err *e);

/* The scores of what follows the last token of each sequence; LOGITS are of
 * sequences or of texts. */
MUST_USE bool beam_take_logits(struct beam_run *r, const struct datum *logits,
			       struct err *e);

/* What the decoder is fed at first, and after a step of the scorer
 * (ops/beam_feed.c).  GPT's start is a prompt without states; T5's runs the
 * encoder, which decides the first step, and FIRST is the one after that. */
MUST_USE bool beam_gpt_start(struct beam_run *r, struct err *e);
MUST_USE bool beam_gpt_next(struct beam_run *r, struct err *e);
MUST_USE bool beam_t5_start(struct beam_run *r, struct err *e);
MUST_USE bool beam_t5_next(struct beam_run *r, bool first, struct err *e);

#endif
