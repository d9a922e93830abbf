/* SPDX-License-Identifier: Apache-2.0 */
/* kern/act.h -- functions of one float, alone or behind another operator. */
#ifndef KERN_ACT_H
#define KERN_ACT_H

#include <stddef.h>

enum act_kind {
	ACT_NONE,
	ACT_RELU,	  /* max(0, x) */
	ACT_CLIP,	  /* min(max(x, a), b) */
	ACT_LEAKY,	  /* x < 0 ? a x : x */
	ACT_SIGMOID,	  /* 1 / (1 + exp(-x)) */
	ACT_TANH,	  /* */
	ACT_SILU,	  /* x sigmoid(a x) */
	ACT_HARD_SIGMOID, /* min(max(a x + b, 0), 1) */
	ACT_HARD_SWISH,	  /* x hard_sigmoid(x), a = 1/6, b = 1/2 */
	ACT_ERF,	  /* */
	ACT_GELU,	  /* x / 2 (1 + erf(x / sqrt 2)) */
	ACT_GELU_TANH,	/* with tanh(sqrt(2 / pi) (x + 0.044715 x^3)) for erf */
	ACT_EXP,	/* */
	ACT_SQRT,	/* */
	ACT_RECIPROCAL, /* 1 / x */
	ACT_NEG,	/* -x */
	ACT_ABS,	/* |x| */
};

struct act {
	enum act_kind kind;
	float a, b;
};

/*
 * Y[i] = f(X[i]), i < N; X and Y may be the same.  Within 4 ulp of the exact
 * value where that is a normal number; exp() below the normal numbers is 0.
 * NaN stays NaN.  ACT_GELU cancels on the negative side as its formula does;
 * ACT_GELU_TANH loses digits there with the size of exp's argument.
 */
void kern_act_f32(const struct act *f, const float *x, float *y, size_t n);

/* Y[i] = f(X[i] + BIAS[i]), i < N; X and Y may be the same. */
void kern_act_row_f32(const struct act *f, const float *x, const float *bias,
		      float *y, size_t n);

/*
 * Y[i] = f(Y[i] + bias + R[i]), i < N: what follows a product.  R may be NULL.
 */
void kern_epilogue_f32(const struct act *f, float bias, const float *r,
		       float *y, size_t n);

/* The same with one bias for each element; BIAS may be NULL. */
void kern_epilogue_row_f32(const struct act *f, const float *bias,
			   const float *r, float *y, size_t n);

#endif
