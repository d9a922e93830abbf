/* SPDX-License-Identifier: Apache-2.0 */
/* data/sample.h -- made-up inputs that are the same everywhere. */
#ifndef DATA_SAMPLE_H
#define DATA_SAMPLE_H

#include "base/limits.h"
#include "graph/graph.h"

/* One datum per fed input of a model. */
struct sample {
	struct arena arena;
	struct buf *buf;
	struct datum *at;
	const struct datum **in; /* pointers to AT, as plan_run() wants them */
	uint32_t count;
};

/*
 * Inputs for M, NULL where they have a default, with BATCH (0: one) where the
 * first dimension is not known and 1 where another is not: float element i is
 * sin(0.37 i); integer element i is 7919 i mod 1999, at most the type's
 * largest value; 1 if the input's name has "mask" in it; bool true; strings
 * "a".  ERR_UNSUPPORTED for an input
 * that is not a tensor or whose rank is unknown.  Release S after a failure
 * too.
 */
MUST_USE bool sample_inputs(struct sample *s, const struct model *m,
			    int64_t batch, const struct limits *lim,
			    struct err *e);
void sample_release(struct sample *s);

#endif
