/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_recipe.h -- an operator in terms of others, written down.
 *
 *     "a = Sigmoid(X0); Y0 = Mul(X0, a)"
 *
 * Each statement makes a node with one result.  Y<i> replaces result I of the
 * node that goes; a statement for a result that nobody reads is left out.
 * "a = X0" makes nothing: a name for a value.
 *
 * Operands:
 *     X0          operand 0 of the node that goes (left out if it has none)
 *     a, Y0       the result of a statement before
 *     0.5         a scalar of the element type of X0
 *     0.5f 1i 2d  the same as float, int64, double
 *     [0, -1]     a vector of int64
 *     $alpha=1    attribute "alpha", 1 by default, as 0.5 is
 *     %0          value 0 of the arguments
 *     _           left out
 * Attributes, between < and > behind the operator:
 *     axis=-1  alpha=0.5  mode=linear  axes=[1, 2]
 *     to=@X0      the element type of X0
 *     seed=$      the attribute of that name, if there is one
 *     axis=%0     integer 0 of the arguments
 *     axes=%a     list 0 of the arguments
 */
#ifndef PASSES_OPSET_RECIPE_H
#define PASSES_OPSET_RECIPE_H

#include "graph/graph.h"

struct recipe_args {
	struct value *v[8];
	int64_t i[6];
	struct shape list[2];
};

/*
 * Replace N by what TEXT says; ARGS may be NULL.  ERR_UNSUPPORTED if the
 * element type of a scalar is not known; a mistake in TEXT is a bug().
 */
MUST_USE bool opset_recipe(struct node *n, const char *text,
			   const struct recipe_args *args, struct err *e);

#endif
