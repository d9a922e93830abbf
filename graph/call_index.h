/* SPDX-License-Identifier: Apache-2.0 */
/* graph/call_index.h -- which function of its model a node calls.
 *
 * A node calls the function that has its domain, type and overload, even where
 * that is also the name of an operator: ONNX leaves the choice to the runtime,
 * and the file's own definition is the one that surely is meant.
 * Source: onnx.proto, ModelProto.functions and FunctionProto.
 */
#ifndef GRAPH_CALL_INDEX_H
#define GRAPH_CALL_INDEX_H

#include "base/map.h"
#include "graph/graph.h"

struct call_index {
	const struct model *model;
	struct map map; /* to places in MODEL->function */
};

/* Index the functions of M, which must outlive X; of those with one name, the
 * first counts.  Storage comes from A. */
void call_index_init(struct call_index *x, const struct model *m,
		     struct arena *a);

/* The function that N calls, or NULL.  SCRATCH is left as it was. */
struct function *call_index_find(const struct call_index *x,
				 const struct node *n, struct arena *scratch);

/* The function that has the name of F: F itself or one before it. */
struct function *call_index_same(const struct call_index *x,
				 const struct function *f,
				 struct arena *scratch);

#endif
