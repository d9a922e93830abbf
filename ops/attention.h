/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention.h -- the parts of ai.onnx's Attention. */
#ifndef OPS_ATTENTION_H
#define OPS_ATTENTION_H

#include "ops/call.h"

enum attention_operand {
	ATTENTION_Q,
	ATTENTION_K,
	ATTENTION_V,
	ATTENTION_MASK,
	ATTENTION_PAST_KEY,
	ATTENTION_PAST_VALUE,
	ATTENTION_LENGTHS, /* nonpad_kv_seqlen */
	ATTENTION_OPERANDS
};

/* Dims, negative where unknown or named. */
struct attention_dims {
	/* Q, K, V and Y have rank 4: [batch, heads, rows, size]. */
	bool by_head;
	int64_t batch, heads, kv_heads, rows, size, v_size;
	int64_t fresh, past; /* keys of K, of past_key */
};

/* From the shapes S of the operands, NULL where left out; ranks are known. */
MUST_USE bool attention_dims_of(struct attention_dims *d, const struct node *n,
				const struct shape *const *s, struct err *e);

/* A kernel's. */
size_t attention_scratch(const struct call *c);
bool attention_f32_accepts(const struct call *c);
bool attention_run(const struct call *c, struct err *e);

#endif
