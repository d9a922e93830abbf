/* SPDX-License-Identifier: Apache-2.0 */
/* ops/infer.h -- types, shapes and shape contents before execution.
 *
 * The same functions serve the whole-model inference, plans with known input
 * shapes, and execution with shapes decided at run time: they see a node, the
 * types of its operands and as much of their contents as is known.
 */
#ifndef OPS_INFER_H
#define OPS_INFER_H

#include "graph/finding.h"

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
	struct type *out; /* to fill; TYPE_UNKNOWN on entry */
	/* To fill where known; NULL: the caller wants no contents, and
	 * nothing is allocated in the model. */
	const struct shape **out_content;
	struct findings *found; /* NULL: stop at the first error */
};

typedef bool infer_fn(struct infer *c, struct err *e);

/* Operand I exists; its element type; its shape (a static shape of unknown
 * rank if nothing is known). */
bool infer_has(const struct infer *c, uint32_t i);
enum dtype infer_dtype(const struct infer *c, uint32_t i);
const struct shape *infer_shape(const struct infer *c, uint32_t i);

/*
 * Contents of integer operand I of rank <= 1, from its constant or from data
 * propagation; false if not even the number is known.  Lists longer than
 * MAX_RANK: false.  Entries are dims: a number >= 0, DIM_UNKNOWN, a named
 * dim, or a negative number as content_literal() writes it.
 */
bool infer_ints(const struct infer *c, uint32_t i, struct shape *dims);

/* The same with every entry a plain number; false if any is not known. */
bool infer_exact_ints(const struct infer *c, uint32_t i, struct shape *ints);

/*
 * The shape that operand I spells out, as far as it is known: entries that are
 * not are DIM_UNKNOWN, and without even the length the rank is RANK_UNKNOWN.
 * ERR_SHAPE if the operand is no vector, ERR_LIMIT beyond MAX_RANK entries.
 */
MUST_USE bool infer_dims(const struct infer *c, uint32_t i, struct shape *dims,
			 struct err *e);

/* Element 0 of operand I if its contents are known. */
bool infer_scalar(const struct infer *c, uint32_t i, double *x);
/* The same for an integer operand, without rounding. */
bool infer_scalar_int(const struct infer *c, uint32_t i, int64_t *x);

/*
 * Numbers in contents.  Dims give -1 and below another meaning, but a shape
 * under construction may well hold the number -1 (Reshape), so a negative
 * number X > INT64_MIN / 2 is stored as INT64_MIN / 2 + X; other negative
 * numbers become DIM_UNKNOWN.  content_int() reads an entry back; false if it
 * is unknown or named.
 */
int64_t content_literal(int64_t x);
bool content_int(int64_t entry, int64_t *x);

void infer_set(struct infer *c, uint32_t i, enum dtype t,
	       const struct shape *s);
void infer_set_type(struct infer *c, uint32_t i, const struct type *t);
/* Result I is an integer tensor with these contents (entries as above). */
void infer_set_content(struct infer *c, uint32_t i, const struct shape *dims);

/* Axis AXIS of a tensor of rank RANK, negative counted from the end, into
 * *OUT; ERR_SHAPE names the attribute as "axis". */
MUST_USE bool infer_axis(int64_t axis, int32_t rank, int32_t *out,
			 struct err *e);

/* infer_fn for the common families. */
infer_fn infer_same_as_first; /* y: type and shape of operand 0 */
infer_fn infer_identity;      /* the same, with its contents */
/* y: dtype of operand 0, shapes of all operands broadcast.  Contents go
 * through Add, Sub, Mul, Div, Min and Max. */
infer_fn infer_broadcast;
infer_fn infer_broadcast_bool; /* the same, but bool */

/*
 * Broadcasting before opset 7 (attributes "broadcast" and "axis" of binary
 * operators): y has the type of A.  infer_legacy_align() gives the shape with
 * which B takes part in today's broadcasting: its dims at AXIS of A, ones
 * after them.
 */
infer_fn infer_broadcast_legacy;
infer_fn infer_broadcast_legacy_bool;
MUST_USE bool infer_legacy_align(const struct node *n, const struct shape *a,
				 const struct shape *b, struct shape *aligned,
				 struct err *e);

/*
 * Infer every value of M, inner graphs included; function bodies are left for
 * when their calls are expanded.  Declared types that are more precise are
 * kept; element types that contradict are ERR_TYPE naming node, value, found
 * and wanted, shapes that do are replaced, with a warning of the model.
 * Inside a branch of an If, which may never run, any ERR_SHAPE is a warning;
 * the results stay as declared, as do those of nodes without op.  M must be
 * bound (op_bind_model()) and in execution order.
 */
MUST_USE bool infer_model(struct model *m, struct err *e);

/*
 * The same for all graphs of M, function bodies included, where errors become
 * findings.  M need not be in order.  Nodes that FOUND blames already are left
 * out.  False only where it is impossible to go on.
 */
MUST_USE bool infer_check(struct model *m, struct findings *found,
			  struct err *e);

/* The same for one node of a bound graph: after an edit. */
MUST_USE bool infer_node(struct node *n, struct err *e);

/*
 * Check operand count, types and attributes against the schema, then call the
 * row's infer.  The core of the two above and of execution.  Messages name
 * operand, found, wanted; the caller adds the node.
 */
MUST_USE bool infer_call(struct infer *c, struct err *e);

/* TO += what FROM knows more, known dims before named ones before unknown;
 * ERR_TYPE or ERR_SHAPE where they contradict ("found ..., wanted ..."). */
MUST_USE bool infer_merge(struct type *to, const struct type *from,
			  const struct symbols *sy, struct err *e);

#endif
