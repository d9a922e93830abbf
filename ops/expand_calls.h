/* SPDX-License-Identifier: Apache-2.0 */
/* ops/expand_calls.h -- models without functions of their own. */
#ifndef OPS_EXPAND_CALLS_H
#define OPS_EXPAND_CALLS_H

#include "base/limits.h"
#include "graph/graph.h"

/*
 * Replace every call of a function of M, which is bound, by the function's
 * body (paste_body()), calls inside of bodies and inner graphs too, drop the
 * functions, and bind what is new.  As ONNX says, a function goes before an
 * operator of the same name.
 *
 * A function may import other opsets than the model: domains that the model
 * lacks are added, and where versions differ every operator that the body uses
 * must be the same in both, else ERR_UNSUPPORTED.  ERR_LIMIT beyond LIM->nodes.
 */
MUST_USE bool expand_calls(struct model *m, const struct limits *lim,
			   struct err *e);

#endif
