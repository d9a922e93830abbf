/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_row.h -- adapters of opset_convert.h, and what they use.
 *
 * Adapters work on a copy of the model first, so they may leave a node half
 * changed when they refuse it.  A refusal is ERR_UNSUPPORTED with a message
 * that follows the node's name: "needs constant 'axes' before opset 13".
 */
#ifndef PASSES_OPSET_ROW_H
#define PASSES_OPSET_ROW_H

#include "graph/graph.h"

typedef bool opset_adapter(struct node *n, struct err *e);

/* What happened to TYPE in opset VERSION. */
struct opset_row {
	const char *type;
	int version;
	opset_adapter *up;   /* VERSION - 1 to VERSION; NULL: as it is */
	opset_adapter *down; /* VERSION to VERSION - 1; NULL: as it is */
	/* Instead of DOWN: what it is in older operators, see
	 * passes/opset_recipe.h. */
	const char *recipe;
};

/* Tables, each ended by a NULL type. */
extern const struct opset_row opset_operands[];	    /* attributes, operands */
extern const struct opset_row opset_meanings[];	    /* defaults and meanings */
extern const struct opset_row opset_resizes[];	    /* Upsample and Resize */
extern const struct opset_row opset_broadcasts[];   /* operands before 8 */
extern const struct opset_row opset_oldest[];	    /* versions 1 to 6 */
extern const struct opset_row opset_experimental[]; /* gone with 10 */
extern const struct opset_row opset_norms[];	    /* normalizations */
extern const struct opset_row opset_quantizers[];   /* integers, scales */
extern const struct opset_row opset_attentions[];   /* of transformers */
extern const struct opset_row opset_indices[];	    /* from the end */
extern const struct opset_row opset_newer[];	    /* came later: down only */

/* The row for a step of N to VERSION (up) or from it (down), or NULL. */
const struct opset_row *opset_find_row(const char *type, int version, bool up);

/* ---- operands and attributes -------------------------------------------- */

/* Operand I of N becomes V; operands between are left out.  V may be NULL:
 * then trailing slots that are empty go. */
void opset_set_operand(struct node *n, uint32_t i, struct value *v);

/* The contents of V if they are constant (a Constant node's too), else NULL. */
const struct tensor *opset_constant(const struct value *v);

/* The integers of operand I if they are known, else NULL. */
const int64_t *opset_ints(const struct node *n, uint32_t i, uint32_t *count);

/* INTS attribute NAME becomes operand I; nothing if N has none. */
void opset_ints_operand(struct node *n, const char *name, uint32_t i);

/* Operand I becomes INTS attribute NAME; nothing if N has none. */
MUST_USE bool opset_ints_attr(struct node *n, uint32_t i, const char *name,
			      struct err *e);

/* N needs operand or attribute NAME to be constant in the older form. */
bool opset_not_constant(const char *name, struct err *e);

/* Element type and rank of a value; DTYPE_NONE and RANK_UNKNOWN where they are
 * not known. */
enum dtype opset_dtype(const struct value *v);
int32_t opset_rank(const struct value *v);
/* Extent AXIS of V, or DIM_UNKNOWN; names count as unknown. */
int64_t opset_dim(const struct value *v, int32_t axis);

/* Result I is wanted by somebody. */
bool opset_is_used(const struct node *n, uint32_t i);

/* ---- new constants and nodes -------------------------------------------- */

/* A constant T; a scalar X of type T; a vector of int64; one of float. */
struct value *opset_const(struct node *n, const struct tensor *t);
struct value *opset_scalar(struct node *n, enum dtype t, double x);
struct value *opset_int_list(struct node *n, const int64_t *x, size_t count);
struct value *opset_float_list(struct node *n, const float *x, size_t count);

void opset_rename(struct node *n, const char *type);

/* A new node before N that N's adapter made, and its first result, whose type
 * is not known yet. */
struct node *opset_insert(struct node *n, const struct node_spec *spec);
struct value *opset_op(struct node *n, const char *type,
		       struct value *const *in, uint32_t nin);

/* Whoever reads result I of N reads V, a new result of the same type. */
void opset_replace(struct node *n, uint32_t i, struct value *v);

/* A new node behind N whose operand 0 is result I of N, and which gives the
 * result that N gave before. */
struct node *opset_append(struct node *n, uint32_t i, const char *type);

#endif
