/* SPDX-License-Identifier: Apache-2.0 */
/* ops/act_of.h -- operators' names to functions of kern/act.h. */
#ifndef OPS_ACT_OF_H
#define OPS_ACT_OF_H

#include "graph/graph.h"
#include "kern/act.h"

/* NAME as in ops/curve.h with ONNX's default parameters; "" is ACT_NONE;
 * false if no fast function exists. */
bool act_find(struct act *f, const char *name);

/* The attributes "activation" and "activation_params" of fused operators. */
bool act_of_fused(struct act *f, const struct node *n);

#endif
