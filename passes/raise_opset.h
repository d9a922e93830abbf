/* SPDX-License-Identifier: Apache-2.0 */
/* passes/raise_opset.h -- the same model in a newer operator set.
 *
 * Between two opsets an operator may have changed how it says something
 * (attributes became operands) or what it means (Softmax).  One adapter is a
 * row (operator, from, to): what an operator of an opset < TO must become to
 * mean the same from TO on.  Raising applies the rows in order of TO.
 */
#ifndef PASSES_RAISE_OPSET_H
#define PASSES_RAISE_OPSET_H

#include "graph/graph.h"

/* What rewrites and quantizers ask for: Gelu, uint4, block-wise Q/DQ. */
enum { OPSET_DEFAULT = 21, OPSET_FIRST = 7 };

/*
 * Raise M, bound and inferred, from opset 7 or newer to VERSION of the default
 * domain; nothing happens if it is there already.  The IR version follows
 * (constants leave the input list).  M is bound and inferred afterwards.
 * ERR_UNSUPPORTED names every node that cannot be expressed there, and then M
 * is unchanged but for adapted nodes' twins: use a clone to try.
 */
MUST_USE bool raise_opset(struct model *m, int64_t version, struct err *e);

#endif
