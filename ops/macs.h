/* SPDX-License-Identifier: Apache-2.0 */
/* ops/macs.h -- how much arithmetic a node is: multiply-accumulates.
 *
 * Counted are the products of the contractions (convolutions, matrix products,
 * recurrent layers, attention), padding included, as the literature and other
 * tools count them; everything else counts 0.
 *
 *     Conv, DeformConv        |y| * |w| / w[0]
 *     ConvTranspose           |x| * |w| / w[0]
 *     MatMul, Gemm            |y| * K
 *     RNN, GRU, LSTM          steps * batch * (|W| + |R|)
 *     Einsum                  product of all labels' dims, per product
 *     Attention               batch * heads * Lq * Lk * (D + Dv)
 */
#ifndef OPS_MACS_H
#define OPS_MACS_H

#include "graph/graph.h"

/*
 * Multiply-accumulates of one execution of N, whose operands and results have
 * types IN and OUT (indexed like the node's; NULL where left out).  False if
 * the node is a contraction whose dims are not all known numbers, if it is no
 * operator that is known here, or if the number exceeds 2^63.
 */
bool op_macs(const struct node *n, const struct type *const *in,
	     const struct type *const *out, uint64_t *macs);

/* The same for the types that inference gave the values of N. */
bool node_macs(const struct node *n, uint64_t *macs);

#endif
