/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention_mask.h -- masks and biases of com.microsoft's attention.
 *
 * A masked key's score gets FILTER added, so that a query whose keys are
 * all masked still has weights: rounded to float, as they are elsewhere.
 * Later keys of a causal operator get the lowest float.  Masks are int32, by
 * their shape for B texts, S queries, T keys:
 *
 *     [B]           keys from mask[b] on are padding
 *     [2 * B]       so, and those before mask[B + b]
 *     [3 * B + 2]   key lengths, then running sums, which are not read
 *     [B, T]        0: padding; [B, 1] and [1, 1] say nothing
 *     [B, S, T]     0: not for this query
 *     [B, 1, M, M]  so, of which rows past + s and columns 0..T-1 are read
 */
#ifndef OPS_ATTENTION_MASK_H
#define OPS_ATTENTION_MASK_H

#include "ops/attend.h"
#include "ops/infer.h"

struct attention_mask {
	const struct tensor *mask; /* NULL: none */
	const struct tensor *bias; /* [B or 1, N or 1, S or 1, T]; or NULL */
	size_t batch, rows, keys;
	size_t past; /* keys before the first query */
	bool causal;
	double filter;
};

/* Dims may be unknown (negative); NAME for messages. */
MUST_USE bool attention_mask_check(const struct shape *mask, const char *name,
				   int64_t batch, int64_t rows, int64_t keys,
				   struct err *e);
MUST_USE bool attention_bias_check(const struct shape *bias, int64_t batch,
				   int64_t heads, int64_t rows, int64_t keys,
				   struct err *e);

/* What attend.bias does with it. */
void attention_mask_add(const struct attention_mask *m,
			const struct attend_row *r, double *score);

#endif
