/* SPDX-License-Identifier: Apache-2.0 */
/* ops/einsum_terms.h -- equations of Einsum.
 *
 * "ij,jk->ik": one term of letters for each operand, then the result's.  An
 * ellipsis stands for any number of axes, which broadcast and meet on the
 * right.  Without an arrow the result has the ellipsis and then the letters
 * that occur once, sorted.
 */
#ifndef OPS_EINSUM_TERMS_H
#define OPS_EINSUM_TERMS_H

#include "graph/tensor.h"

enum { EINSUM_OPERANDS = 16, EINSUM_LABELS = 52 + MAX_RANK };

/* Labels 0..25 are A-Z, 26..51 a-z, 52 + i ellipsis axis i from the right. */
struct einsum {
	uint32_t nin;
	int32_t rank[EINSUM_OPERANDS];
	int8_t label[EINSUM_OPERANDS][MAX_RANK]; /* of each axis */
	int32_t out_rank;
	int8_t out[MAX_RANK];
	/* Sizes; DIM_UNKNOWN, or -2 where no operand has the label. */
	int64_t size[EINSUM_LABELS];
	bool used[EINSUM_LABELS];
};

/*
 * Parse EQUATION for NIN operands of the shapes S (all of known rank; dims may
 * be unknown).  ERR_FORMAT for a bad equation, ERR_SHAPE where operands do not
 * fit it, ERR_UNSUPPORTED for more operands than EINSUM_OPERANDS.
 */
MUST_USE bool einsum_parse(struct einsum *x, const char *equation,
			   const struct shape *const *s, uint32_t nin,
			   struct err *e);

/* Shape of the result. */
struct shape einsum_shape(const struct einsum *x);

#endif
