/* SPDX-License-Identifier: Apache-2.0 */
/* exec/invoke.h -- one node, executed with types decided at this moment. */
#ifndef EXEC_INVOKE_H
#define EXEC_INVOKE_H

#include "exec/engine.h"
#include "exec/hold.h"
#include "ops/op.h"

struct invoke {
	struct call *call; /* node, operands, result slots and services set */
	const struct engine *engine;
	struct hold *hold; /* gets results and scratch */
	struct budget *budget;
	size_t tensor_limit; /* bytes of one result; 0: none */
};

/*
 * Infer the types of the results from the operands' contents, give them
 * storage, choose a kernel that prepares nothing, and run it.  Errors name the
 * node.
 */
MUST_USE bool invoke(const struct invoke *v, struct err *e);

/* The best kernel for a call with known types, or NULL.  PREPARED: rows that
 * prepare state are welcome. */
const struct kernel *kernel_choose(const struct engine *g, const struct call *c,
				   bool prepared);

/* D holds a tensor of type T without data yet; bytes are set if the shape is
 * known (ERR_LIMIT if they overflow or exceed LIMIT). */
MUST_USE bool datum_set_type(struct datum *d, const struct type *t,
			     size_t limit, struct err *e);

/* "'name' (Conv): " before the message of E; returns false. */
bool node_context(const struct node *n, struct err *e);

#endif
