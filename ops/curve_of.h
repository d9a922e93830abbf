/* SPDX-License-Identifier: Apache-2.0 */
/* ops/curve_of.h -- the activation of a fused operator. */
#ifndef OPS_CURVE_OF_H
#define OPS_CURVE_OF_H

#include "graph/graph.h"
#include "ops/curve.h"

/*
 * The attributes activation, activation_alpha, _beta and _gamma of N; without
 * them the identity.  Gamma stands for beta where the function calls it so.
 * ERR_UNSUPPORTED if there is no such function of one number.
 */
MUST_USE bool curve_of_node(struct curve *c, const struct node *n,
			    struct err *e);

#endif
