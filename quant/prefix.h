/* SPDX-License-Identifier: Apache-2.0 */
/* quant/prefix.h -- a model run piece by piece, while its weights change.
 *
 * The prefix holds, for every batch of its data, the values that nodes not
 * yet run still read.  Advancing runs the nodes up to a given one with the
 * weights as they are at that moment, so a layer sees what the layers before
 * it, already changed, make of the data; each node runs once.
 */
#ifndef QUANT_PREFIX_H
#define QUANT_PREFIX_H

#include "base/limits.h"
#include "exec/engine.h"
#include "exec/hold.h"
#include "graph/graph.h"
#include "quant/curvature.h"

struct prefix_value;

struct prefix {
	struct model *model;
	const struct engine *engine; /* NULL: the default one */
	const struct limits *limits;
	struct node *at; /* the first node not yet run; NULL: none left */
	uint32_t batches;
	struct prefix_value **held; /* by value id, of those at the start */
	uint32_t nheld;
	bool keep_outputs; /* the model's: as if read at its end */
	struct arena arena;
};

/*
 * Start before the first node of M, which is bound and inferred, and must not
 * change but for the contents of constants.  IN[b * nin + i] is fed input i
 * of batch b; copied.  What the prefix holds counts against no budget: the
 * caller chooses the batches (prefix_sample_bytes()).
 */
MUST_USE bool prefix_begin(struct prefix *p, struct model *m,
			   const struct datum *in, uint32_t batches,
			   const struct engine *engine,
			   const struct limits *lim, struct err *e);

/* The same samples before the first node of M, a clone of FROM's model; FROM
 * has not advanced yet. */
MUST_USE bool prefix_again(struct prefix *p, const struct prefix *from,
			   struct model *m, struct err *e);

/* Run all nodes of the main graph before UNTIL. */
MUST_USE bool prefix_advance(struct prefix *p, struct node *until,
			     struct err *e);

/* V in batch B: an input or a result of a node that ran; NULL if nothing that
 * is left reads it. */
const struct tensor *prefix_value(const struct prefix *p, const struct value *v,
				  uint32_t b);

/* The inputs of L's node, which the prefix has reached, in *D and A; false if
 * they are not there or not float. */
bool prefix_layer_data(const struct prefix *p, const struct layer *l,
		       struct arena *a, struct layer_data *d);

void prefix_end(struct prefix *p);

/*
 * Samples of M that give every layer EACH columns of inputs for each of its
 * own, or of the MOST it has of them; sizes that are unknown count as 1.
 */
size_t prefix_samples(const struct model *m, size_t each, size_t most);

/* Bytes of one sample's values at the widest place of M, a sample being an
 * entry of the first dimension; unknown sizes count as nothing. */
size_t prefix_sample_bytes(const struct model *m);

#endif
