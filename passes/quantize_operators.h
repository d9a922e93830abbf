/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_operators.h -- integer operators in the place of float ones
 * between DequantizeLinear and QuantizeLinear. */
#ifndef PASSES_QUANTIZE_OPERATORS_H
#define PASSES_QUANTIZE_OPERATORS_H

#include "passes/edit.h"
#include "passes/quantize_impl.h"

/* A value as integers: value = (code - zero) * scale. */
struct coded_value {
	struct value *code, *scale, *zero;
};

/* A constant weight as integers, with one scale or one for each channel. */
struct integer_weight {
	struct value *codes, *scale;
};

/* passes/quantize_products.c */
/* The weight of N, if it is int4 or int8 behind a DequantizeLinear. */
bool integer_weight(const struct node *n, struct integer_weight *w);
/*
 * Its codes as uint8 with WEIGHT_ZERO for 0, transposed if TURN; that zero in
 * a shape.  Not int8: where a CPU without VNNI multiplies uint8 and int8, pairs
 * of products saturate in runtimes that take the fastest instruction.
 */
enum { WEIGHT_ZERO = 128 };
MUST_USE bool weight_codes(struct graph *g, const struct integer_weight *w,
			   bool turn, struct value **out, struct err *e);
MUST_USE bool weight_zeros(struct graph *g, const struct shape *s,
			   struct value **out, struct err *e);
/* N is a MatMul, a Gemm without factors, or a Conv. */
bool product_fits(const struct node *n);
/*
 * Let the readers of N read the float product of X and W, plus N's operand 2,
 * which for a Conv is a constant.  A scale of X that is no constant is
 * multiplied at run time.
 */
MUST_USE bool float_product(struct node *n, const struct integer_weight *w,
			    const struct coded_value *x, struct err *e);
/* A node of DOMAIN with one result in front of BEFORE. */
struct node *new_domain_node(struct node *before, const char *domain,
			     const char *type, struct value *const *in,
			     uint32_t nin);

/* passes/quantize_dynamic.c: products of inputs that are quantized at run
 * time. */
MUST_USE bool quantize_dynamic(struct quantizing *q, struct err *e);

/* passes/quantize_qoperator.c: QLinearConv and the like. */
MUST_USE bool quantize_qoperator(struct quantizing *q, struct err *e);
/* Remove the nodes of the main graph that nothing reads. */
void drop_dead_nodes(struct graph *g);

#endif
