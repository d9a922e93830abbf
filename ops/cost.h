/* SPDX-License-Identifier: Apache-2.0 */
/* ops/cost.h -- what one run of a model costs, told from its types alone. */
#ifndef OPS_COST_H
#define OPS_COST_H

#include "graph/graph.h"

struct cost {
	uint64_t macs;		 /* of the nodes that could be counted */
	uint32_t uncounted;	 /* nodes whose macs are not known */
	uint64_t peak_bytes;	 /* activations alive at once, at most */
	const struct node *peak; /* where that is; NULL: no nodes */
	uint32_t unsized;	 /* values whose size is not known, as 0 */
	uint64_t parameters;	 /* elements of all constants */
	uint64_t weight_bytes;	 /* that they take, packed */
};

/*
 * The costs of M, which must be bound and inferred.  Inner graphs count as
 * executed once.  A value is alive from its definition to its last reader,
 * graph inputs from the start and graph outputs to the end; every node has
 * storage of its own for its results.  What is computed from constants alone
 * is no activation.
 */
void model_cost(const struct model *m, struct cost *c);

#endif
