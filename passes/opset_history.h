/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_history.h -- which operators an opset has, for which types. */
#ifndef PASSES_OPSET_HISTORY_H
#define PASSES_OPSET_HISTORY_H

#include "graph/graph.h"

/*
 * Whether N, of the default domain, exists in opset TO and for its element
 * types.  ERR_UNSUPPORTED is worded like an adapter's refusal (opset_row.h).
 */
MUST_USE bool opset_fits(const struct node *n, int to, struct err *e);

/*
 * N goes from opset VERSION to VERSION - 1, after its adapter: attributes that
 * came with VERSION go if they say what is meant without them.
 * ERR_UNSUPPORTED as above if they do not, and for operands that came with it.
 */
MUST_USE bool opset_step_down(struct node *n, int version, struct err *e);

/* N goes from VERSION - 1 to VERSION: attributes that went, and said nothing
 * of the result, go. */
void opset_step_up(struct node *n, int version);

#endif
