/* SPDX-License-Identifier: Apache-2.0 */
/* ops/multi_head.h -- operands and dims of com.microsoft's MultiHeadAttention.
 */
#ifndef OPS_MULTI_HEAD_H
#define OPS_MULTI_HEAD_H

#include "graph/graph.h"

enum {
	MULTI_HEAD_QUERY,
	MULTI_HEAD_KEY,
	MULTI_HEAD_VALUE,
	MULTI_HEAD_BIAS,
	MULTI_HEAD_MASK,
	MULTI_HEAD_EXTRA,
	MULTI_HEAD_PAST_KEY,
	MULTI_HEAD_PAST_VALUE,
	MULTI_HEAD_LENGTH,
	MULTI_HEAD_BEAMS,
};

/* Dims, -1 where unknown; the same of a call, where all are known. */
struct multi_head_dims {
	int64_t batch, heads, rows, size, v_size;
	int64_t fresh; /* keys that are new */
	int64_t past;  /* keys of the past, or its capacity */
	bool packed_qkv, packed_kv, by_head;
};

/* Dims of operands of shapes S[i], NULL if left out; ranks are known.
 * ERR_SHAPE names the operand that does not fit. */
MUST_USE bool multi_head_dims_of(struct multi_head_dims *g,
				 const struct node *n,
				 const struct shape *const *s, struct err *e);

#endif
