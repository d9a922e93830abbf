/* SPDX-License-Identifier: Apache-2.0 */
/* passes/inline_functions.h -- a model without functions of its own. */
#ifndef PASSES_INLINE_FUNCTIONS_H
#define PASSES_INLINE_FUNCTIONS_H

#include "base/limits.h"
#include "graph/graph.h"

/*
 * Replace every call of a function of M by the function's body, as
 * expand_calls() does (ops/expand_calls.h); functions that nothing calls are
 * dropped unseen.  M need not be bound, but is afterwards if it had functions.
 *
 * A function imports opsets of its own.  Where its version of the default
 * domain differs from the model's, its body is converted to that
 * (passes/opset_convert.h), or, if that cannot be, the whole model to the
 * newest version that a function has.
 *
 * ERR_UNSUPPORTED names what has another meaning in the model's opsets,
 * ERR_FORMAT a domain that a body uses without an import, or a call that does
 * not fit; ERR_LIMIT: the bodies have more nodes or deeper graphs than L
 * allows.  M is of no use after an error.
 */
MUST_USE bool inline_functions(struct model *m, const struct limits *l,
			       struct err *e);

#endif
