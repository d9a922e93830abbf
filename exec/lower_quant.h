/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_quant.h -- what the integer lowerings share.
 *
 * Where every operand of a node comes from DequantizeLinear and its result
 * goes to QuantizeLinear alone, one integer operator does the same:
 *
 *     Q(f(DQ(a), DQ(b)))  ->  QLinearF(a, b)
 *
 * at most one quantization step away, because f's result is rounded once
 * instead of twice.
 */
#ifndef EXEC_LOWER_QUANT_H
#define EXEC_LOWER_QUANT_H

#include "graph/graph.h"

/* A tensor of codes with its constant scale and zero point. */
struct codes {
	struct value *code, *scale, *zero;
	int64_t axis; /* of the scales, if there are several */
};

/* V is the result of DequantizeLinear of 8-bit codes (32-bit ones if WIDE);
 * the zero point is made if it is left out. */
MUST_USE bool codes_of(struct codes *c, struct value *v, bool wide, bool *found,
		       struct err *e);

bool codes_have_one_scale(const struct codes *c);

/* What follows node N: an activation that saturation does as well, perhaps,
 * then QuantizeLinear to 8 bits with one scale. */
struct quantizer {
	struct node *node, *act;
	struct codes y; /* CODE is the quantizer's result */
};

MUST_USE bool quantizer_after(struct quantizer *q, const struct node *n,
			      bool *found, struct err *e);

/*
 * Put DOMAIN.TYPE on the COUNT operands IN before N; its result is what Q's
 * quantizer gave.  Attributes of N named in ATTRS (ended by NULL) go over.
 * N, the activation and the quantizer are removed.
 */
struct node *lower_to_codes(struct node *n, const struct quantizer *q,
			    const char *domain, const char *type,
			    struct value *const *in, uint32_t count,
			    const char *const *attrs);

/* Lowerings of one node; see exec/lower.h. */
bool lower_qconv(struct node *n, struct node **again, struct err *e);
bool lower_qgemm(struct node *n, struct node **again, struct err *e);
bool lower_qmatmul(struct node *n, struct node **again, struct err *e);
bool lower_qfloat(struct node *n, struct node **again, struct err *e);
bool lower_qbinary(struct node *n, struct node **again, struct err *e);
bool lower_qresidual(struct node *n, struct node **again, struct err *e);
bool lower_qtable(struct node *n, struct node **again, struct err *e);
bool lower_qunary(struct node *n, struct node **again, struct err *e);
bool lower_qconcat(struct node *n, struct node **again, struct err *e);
bool lower_qmean(struct node *n, struct node **again, struct err *e);
bool lower_qmove(struct node *n, struct node **again, struct err *e);

#endif
