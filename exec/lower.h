/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower.h -- rewriting the private copy for speed, before it is bound.
 *
 * One file per lowering.  A lowering looks at one node at a time, in execution
 * order, and may change that node and those around it in place: the copy
 * belongs to one plan, and its types are known.  Results keep their real
 * function; roundings may change, and where the model says Q and DQ, integers
 * replace the floats between them.
 */
#ifndef EXEC_LOWER_H
#define EXEC_LOWER_H

#include "graph/graph.h"

/* If it applies, *AGAIN becomes the node to look at next: N, or what took its
 * place. */
typedef bool lower_fn(struct node *n, struct node **again, struct err *e);

lower_fn lower_noop;	      /* Identity, Cast to the same type */
lower_fn lower_pad;	      /* Pad + Conv, AveragePool: their pads */
lower_fn lower_batchnorm;     /* Conv + BatchNormalization: into the weights */
lower_fn lower_channel_scale; /* other BatchNormalization of constants */
lower_fn lower_bias;	      /* Conv, MatMul + Add of constants: bias */
lower_fn lower_residual;      /* Conv + Add: FusedConv with Z */
lower_fn lower_curve;	    /* Conv, Gemm + activation: FusedConv, FusedGemm */
lower_fn lower_swish;	    /* x * sigmoid(x), x * hard_sigmoid(x) */
lower_fn lower_gelu;	    /* x (1 + erf(x / sqrt 2)) / 2: Gelu */
lower_fn lower_layer_norm;  /* written out: LayerNormalization */
lower_fn lower_linear;	    /* MatMul, Gemm of constants: mlopt.Linear */
lower_fn lower_linear_bias; /* Linear + constant row */

/* All of the above on M, which is bound and inferred. */
MUST_USE bool lower_floats(struct model *m, struct err *e);

/* Q/DQ to integer operators (exec/lower_quant.h); before constants are
 * dequantized. */
MUST_USE bool lower_integers(struct model *m, struct err *e);

/* ---- for lowerings ------------------------------------------------------ */

/* The node that alone reads result 0 of N, in the same graph; NULL if there
 * are other readers. */
struct node *lower_only_reader(const struct node *n);

/* N is operator TYPE of ONNX with a result of known shape on floats. */
bool lower_is_f32(const struct node *n, const char *type);

/* N becomes DOMAIN.TYPE, bound anew; the model imports the domain. */
void lower_retype(struct node *n, const char *domain, const char *type);

/* N takes the place of LATER, whose result 0 N computes now: readers and
 * provenance move, LATER goes. */
void lower_absorb(struct node *n, struct node *later, const char *rewrite);

/* The same where other nodes lie between the two: they go if nothing else
 * needs them. */
void lower_replace(struct node *n, struct node *last, const char *rewrite);

/* LATER, which alone reads result 0 of N, reads operand 0 of N instead and does
 * N's work as well: N goes. */
void lower_skip(struct node *n, struct node *later, const char *rewrite);

/* Result 0 of every operand before I stays; operand I is V.  The list grows
 * with left-out operands as needed. */
void lower_set_operand(struct node *n, uint32_t i, struct value *v);

/* Provenance of a node that takes the place of N. */
const struct source *lower_sources(const struct node *n, const char *rewrite);

/* A constant of the model of G; DATA of BYTES to fill is in *DATA. */
MUST_USE bool lower_const(struct graph *g, enum dtype t, const struct shape *s,
			  struct value **out, void **data, struct err *e);

/* N is mlopt.Linear. */
bool lower_is_linear(const struct node *n);

/* V is one constant float, X but for rounding. */
bool lower_is_scalar(const struct value *v, double x);

/* V is a constant float of COUNT elements (any number if 0). */
bool lower_is_const_f32(const struct value *v, size_t count);

#endif
