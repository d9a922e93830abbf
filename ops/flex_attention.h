/* SPDX-License-Identifier: Apache-2.0 */
/* ops/flex_attention.h -- what the graphs in FlexAttention are given. */
#ifndef OPS_FLEX_ATTENTION_H
#define OPS_FLEX_ATTENTION_H

#include "graph/graph.h"

/* The type of scores and weights: [batch, heads, queries, keys] as far as Q
 * and K tell, of softmax_precision. */
struct type flex_attention_scores(const struct node *n, const struct type *q,
				  const struct type *k);

#endif
