/* SPDX-License-Identifier: Apache-2.0 */
/* ops/beam_scorer.h -- which sequences a beam search keeps.
 *
 * For each text there are BEAMS open sequences and as many finished ones at
 * most, the best first; a finished sequence of L tokens whose logarithms of
 * probabilities add up to s scores s / L ^ penalty.  All in float, as ONNX
 * Runtime has it, so that the same sequences win.  A text is done when none of
 * 2 * BEAMS candidates could beat its last finished sequence; as there, these
 * are counted from TEXT * BEAMS on in [texts, 2 * beams] of all texts, so that
 * all but the first text look at an earlier one's, too.
 */
#ifndef OPS_BEAM_SCORER_H
#define OPS_BEAM_SCORER_H

#include "ops/call.h"

struct beam_rules {
	size_t texts, beams, start; /* START tokens stand at first */
	size_t longest, shortest;   /* of sequences; SHORTEST 0: any */
	int64_t eos, pad;	    /* eos below 0: none */
	size_t ngram;		    /* of so many none twice; 0: any */
	float penalty, repetition;  /* repetition 1: none */
	bool early; /* a text is done with its last finished sequence */
};

struct beam_scorer {
	struct beam_rules rules;
	size_t length;	/* of open sequences */
	int32_t *token; /* [texts * beams, longest]: the open ones */
	int32_t *other; /* the same, for the next ones */
	float *score;	/* [texts * beams], their sums */
	float *next_score;
	int32_t *last, *from; /* their last token, and which they continue */
	int32_t *finished;    /* [texts * beams, longest] */
	size_t *finished_length;
	float *finished_score;
	size_t *count;	  /* finished ones of each text */
	bool *done;	  /* of each text */
	size_t *top;	  /* [texts, 2 * beams]: the best tokens, and their */
	float *top_score; /* scores */
};

/* Room for RULES in the memory of C; the caller then fills the first START
 * tokens of each open sequence. */
MUST_USE bool beam_scorer_init(struct beam_scorer *s,
			       const struct beam_rules *rules,
			       const struct call *c, struct err *e);

/*
 * Take one more token each, by SCORES [texts * beams, vocab], the logarithms of
 * their probabilities, which are overwritten.  False: all texts are done, or
 * the longest length is reached.
 */
bool beam_scorer_step(struct beam_scorer *s, float *scores, size_t vocab);

/* The best COUNT sequences of each text and their scores. */
void beam_scorer_give(struct beam_scorer *s, size_t count, int32_t *sequences,
		      float *scores);

#endif
