/* SPDX-License-Identifier: Apache-2.0 */
/* ops/infer.h -- types, shapes and shape contents before execution.
 *
 * The same functions serve the whole-model inference, plans with known input
 * shapes, and execution with shapes decided at run time: they see a node, the
 * types of its operands and as much of their contents as is known.
 */
#ifndef OPS_INFER_H
#define OPS_INFER_H

#include "graph/graph.h"

/* One node under inference.  Arrays are indexed like the node's operands and
 * results; omitted ones are NULL / ignored. */
struct infer {
	struct model *model; /* symbols, opsets, arena for contents */
	const struct node *node;
	const struct type *const *in;
	/* Constant or already computed operands, else NULL. */
	const struct tensor *const *konst;
	/* Partly known integer contents (see value.content), else NULL. */
	const struct shape *const *content;
	struct type *out;		  /* to fill; TYPE_UNKNOWN on entry */
	const struct shape **out_content; /* to fill where known */
};

typedef bool infer_fn(struct infer *c, struct err *e);

/* Operand I exists; its element type; its shape (a static shape of unknown
 * rank if nothing is known). */
bool infer_has(const struct infer *c, uint32_t i);
enum dtype infer_dtype(const struct infer *c, uint32_t i);
const struct shape *infer_shape(const struct infer *c, uint32_t i);

/* Contents of integer operand I of rank <= 1 as dimensions, from its constant
 * or from data propagation; false if not even the number is known.  Single
 * entries may be DIM_UNKNOWN or named.  Lists longer than MAX_RANK: false. */
bool infer_ints(const struct infer *c, uint32_t i, struct shape *dims);

/* Element 0 of operand I if its contents are known. */
bool infer_scalar(const struct infer *c, uint32_t i, double *x);

void infer_set(struct infer *c, uint32_t i, enum dtype t,
	       const struct shape *s);
void infer_set_type(struct infer *c, uint32_t i, const struct type *t);
/* Result I is an integer tensor with these contents. */
void infer_set_content(struct infer *c, uint32_t i, const struct shape *dims);

/* Axis AXIS of a tensor of rank RANK, negative counted from the end, into
 * *OUT; ERR_SHAPE names the attribute as "axis". */
MUST_USE bool infer_axis(int64_t axis, int32_t rank, int32_t *out,
			 struct err *e);

/* infer_fn for the common families. */
infer_fn infer_same_as_first;  /* y: type and shape of operand 0 */
infer_fn infer_broadcast;      /* y: dtype of operand 0, shapes broadcast */
infer_fn infer_broadcast_bool; /* the same, but bool */

/*
 * Infer every value of M, inner graphs included.  Declared types that are
 * more precise are kept; those that contradict are ERR_SHAPE or ERR_TYPE
 * naming node, found and wanted.  Nodes without op leave their results as
 * declared.  M must be bound (op_bind_model()).
 */
MUST_USE bool infer_model(struct model *m, struct err *e);

/* The same for one node of a bound graph: after an edit. */
MUST_USE bool infer_node(struct node *n, struct err *e);

/*
 * Check operand count and types against the schema, then call the row's
 * infer.  The core of the two above and of execution.
 */
MUST_USE bool infer_call(struct infer *c, struct err *e);

#endif
