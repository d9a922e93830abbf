/* SPDX-License-Identifier: Apache-2.0 */
/* ops/random.h -- nodes whose results are drawn.
 *
 * A node with the attribute "seed" draws the same numbers in every run of
 * every program; others draw from the plan's seed and their place in the
 * model.
 */
#ifndef OPS_RANDOM_H
#define OPS_RANDOM_H

#include "base/rng.h"
#include "ops/call.h"

/* N draws: its operator is OP_RANDOM; of Dropout, if it trains, or may. */
bool node_is_random(const struct node *n);

/* What C's node draws from. */
void random_begin(struct rng *r, const struct call *c);

#endif
