/* SPDX-License-Identifier: Apache-2.0 */
/* exec/eval.h -- one node computed by itself: for folding and for checks. */
#ifndef EXEC_EVAL_H
#define EXEC_EVAL_H

#include "base/limits.h"
#include "exec/hold.h"
#include "graph/graph.h"

/* Results of one node; zeroed: empty. */
struct eval {
	struct datum *out; /* one per result; unused entries are zero */
	uint32_t nout;
	struct arena arena;
	struct hold hold;
};

/*
 * Run the reference kernel of N on IN (one entry per operand of N; NULL where
 * it is left out; tensor data need no alignment).  N must be bound, belong to
 * a model, and have no inner graphs.  LIM may be NULL.  Results live until
 * eval_release(), which is right after a failure too.
 */
MUST_USE bool eval_node(struct eval *r, struct node *n,
			const struct datum *const *in, const struct limits *lim,
			struct err *e);

/* Every operand of N is constant or left out, and N could be evaluated:
 * bound, with a kernel, not random, without inner graphs. */
bool eval_can_fold(const struct node *n);

/* eval_node() on the constant operands of N; eval_can_fold() holds. */
MUST_USE bool eval_consts(struct eval *r, struct node *n,
			  const struct limits *lim, struct err *e);

void eval_release(struct eval *r);

#endif
