/* SPDX-License-Identifier: Apache-2.0 */
/* ops/group_query.h -- the operands of GroupQueryAttention. */
#ifndef OPS_GROUP_QUERY_H
#define OPS_GROUP_QUERY_H

#include "ops/call.h"

enum gqa_operand {
	QUERY,
	KEY,
	VALUE,
	PAST_KEY,
	PAST_VALUE,
	LENGTHS,
	TOTAL,
	COSINE,
	SINE,
	POSITIONS,
	EXTRA,
	SINK,
	K_SCALE,
	V_SCALE,
	Q_NORM,
	K_NORM
};

/* Dims, -1 where unknown. */
struct gqa_shape {
	int64_t batch, heads, kv_heads, rows, size, fresh;
	int64_t past; /* capacity; 0: none */
	bool packed;
};

/* S[i]: shapes of operands before LENGTHS, of known rank; NULL if left out. */
MUST_USE bool gqa_shape_of(struct gqa_shape *g, const struct node *n,
			   const struct shape *const *s, struct err *e);

/* The kernel (ops/group_query_run.c). */
size_t group_query_scratch(const struct call *c);
bool group_query_run(const struct call *c, struct err *e);

#endif
