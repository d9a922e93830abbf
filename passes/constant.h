/* SPDX-License-Identifier: Apache-2.0 */
/* passes/constant.h -- what guards ask about constants, and small helpers. */
#ifndef PASSES_CONSTANT_H
#define PASSES_CONSTANT_H

#include "passes/pass.h"

/* V is a constant with one element: *X is it. */
bool const_scalar(const struct value *v, double *x);

/* V is a constant, not empty, and every element is X (never for NaN; 0 means
 * +0 alone where V is floating). */
bool const_is_all(const struct value *v, double x);

/* V is a constant and a list (or one) of at most MAX_RANK integers. */
bool const_ints(const struct value *v, struct shape *list);

bool const_is_finite(const struct tensor *t);

/* Every dimension of A is known or named and the same in B. */
bool same_shape(const struct value *a, const struct value *b);

/* An elementwise operator on X and C has the shape of X: every dimension of C
 * is 1 or the one of X. */
bool broadcasts_into(const struct value *c, const struct value *x);

/* DIM_UNKNOWN-free shape with every dim >= 0. */
bool static_shape(const struct value *v);

/*
 * Operand V, aligned to the right of a result of rank RANK, varies along AXIS
 * only: it has 1 or CHANNELS elements there and 1 elsewhere, and does not
 * exceed the rank.
 */
bool const_per_channel(const struct value *v, int32_t rank, int32_t axis,
		       int64_t channels);

/* Element for CHANNEL of what const_per_channel() accepted. */
double channel_element(const struct tensor *t, int64_t channel);

/*
 * Readers of OLD may read NEW in its place: types agree, and an output of a
 * graph does not become an input, a constant, an outer value or a value that
 * another output shows already (each would need an Identity).
 */
bool may_forward(const struct value *old, const struct value *new);

/* No result but result 0 is used. */
bool one_result(const struct node *n);

/* A list of integers that lies in operand OPERAND (newer opsets) or in
 * attribute NAME (older ones): false if it is neither given nor constant. */
bool node_list(const struct node *n, uint32_t operand, const char *name,
	       struct shape *list);

#endif
