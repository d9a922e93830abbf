/* SPDX-License-Identifier: Apache-2.0 */
/* passes/linear.h -- operators that are linear in constant weights.
 *
 * Conv, ConvTranspose, Gemm and MatMul multiply their input by a constant W
 * and (but for MatMul) add a constant B.  A scale and a shift of every output
 * channel, or a scale of every input channel, can move into W and B:
 *
 *     g (W x + b) + h = (g W) x + (g b + h)
 *     W (g x + h)     = (W g) x + (W h)
 *
 * in double, rounded once to the type of W.
 */
#ifndef PASSES_LINEAR_H
#define PASSES_LINEAR_H

#include "passes/constant.h"

struct linear {
	const struct node *node;
	enum { LINEAR_CONV, LINEAR_CONV_T, LINEAR_GEMM, LINEAR_MATMUL } kind;
	const struct tensor *w, *b; /* B is NULL where there is none */
	int64_t channels;	    /* of the result */
	int64_t inputs;		    /* channels of the operand */
	int32_t rank;		    /* of operand and result */
	int32_t axis;		    /* of the channels, in the result */
	int32_t in_axis;	    /* and in the operand */
	int64_t group;
	bool transposed; /* Gemm: transB */
};

/* N has constant floating weights, a known rank, and a bias that is constant
 * along all but the channels.  A MatMul's W has rank 2. */
bool linear_of(const struct node *n, struct linear *l);

/* A convolution whose every window lies inside the input: no pads. */
bool linear_is_unpadded(const struct linear *l);

/*
 * Replace OLD by L with output channel c scaled by G[c] and shifted by H[c]
 * (NULL: by 0).  Nothing is replaced if a weight would not be finite any
 * more, or if MatMul would need a bias.
 */
MUST_USE bool linear_scale_output(struct edit *ed, const struct linear *l,
				  const double *g, const double *h,
				  struct value *old, struct err *e);

/* The same with operand X, whose channel c is scaled by G[c] and shifted by
 * H[c] first.  H needs linear_is_unpadded(). */
MUST_USE bool linear_scale_input(struct edit *ed, const struct linear *l,
				 struct value *x, const double *g,
				 const double *h, struct value *old,
				 struct err *e);

#endif
