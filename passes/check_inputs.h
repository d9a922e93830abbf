/* SPDX-License-Identifier: Apache-2.0 */
/* passes/check_inputs.h -- made-up inputs at the borders of what types hold. */
#ifndef PASSES_CHECK_INPUTS_H
#define PASSES_CHECK_INPUTS_H

#include "base/limits.h"
#include "graph/graph.h"

enum input_kind {
	INPUT_ORDINARY, /* normal, mean 0, variance 1 */
	INPUT_NEGATIVE, /* in (-2, 0) */
	INPUT_ZERO,	/* +0 and -0 */
	INPUT_DENORMAL,
	INPUT_NAN,     /* ordinary, with NaN and infinities */
	INPUT_EXTREME, /* the largest magnitudes, both signs */
	INPUT_KINDS
};

const char *input_kind_name(enum input_kind k);

/* One datum per fed input of a model. */
struct check_inputs {
	struct arena arena;
	struct buf *buf;
	struct datum *at;
	const struct datum **in;
	uint32_t count;
};

/* Inputs of kind K for M, BATCH where the first dimension is open and 1 where
 * another is.  check_inputs_release() after a failure too. */
MUST_USE bool check_inputs_make(struct check_inputs *s, const struct model *m,
				enum input_kind k, int64_t batch, uint64_t seed,
				const struct limits *lim, struct err *e);
void check_inputs_release(struct check_inputs *s);

#endif
