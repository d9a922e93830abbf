/* SPDX-License-Identifier: Apache-2.0 */
/* ops/infer_inner.h -- what the inputs of inner graphs are bound to. */
#ifndef OPS_INFER_INNER_H
#define OPS_INFER_INNER_H

#include "graph/graph.h"

/* Give the inputs of G, held by an attribute of OWNER, the types that follow
 * from OWNER's operands (Loop, Scan, SequenceMap, FlexAttention). */
MUST_USE bool infer_inner_inputs(const struct node *owner, struct graph *g,
				 struct err *e);

#endif
