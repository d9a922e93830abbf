/* SPDX-License-Identifier: Apache-2.0 */
/* ops/beam_search.h -- the operands of BeamSearch, and its kernel. */
#ifndef OPS_BEAM_SEARCH_H
#define OPS_BEAM_SEARCH_H

#include "ops/call.h"

enum beam_operand {
	BEAM_IDS,
	BEAM_LONGEST,
	BEAM_SHORTEST,
	BEAM_BEAMS,
	BEAM_RETURNS,
	BEAM_PENALTY,
	BEAM_REPETITION,
	BEAM_VOCAB_MASK,
	BEAM_PROCESSOR = 11
};

enum beam_model { BEAM_GPT, BEAM_T5 };

enum { BEAM_MOST = 128, BEAM_LONGEST_MOST = 4096 };

/* The kernel (ops/beam_run.c). */
bool beam_search_run(const struct call *c, struct err *e);

#endif
