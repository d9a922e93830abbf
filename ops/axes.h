/* SPDX-License-Identifier: Apache-2.0 */
/* ops/axes.h -- spans and strides of known shapes. */
#ifndef OPS_AXES_H
#define OPS_AXES_H

#include "graph/tensor.h"
#include "kern/move.h"
#include "ops/call.h"

/* Product of the known dims [FROM, TO).  Exact for tensors that exist and have
 * elements; anything if some dim is 0. */
size_t shape_span(const struct shape *s, int32_t from, int32_t to);

/* Row-major strides in elements. */
void shape_strides(const struct shape *s, ptrdiff_t *stride);

/* A nest over every element of a dense result of shape OUT; in[] are 0. */
struct strided strided_over(const struct shape *out);

/* The strides with which a dense operand of shape IN is read while walking the
 * broadcast shape OUT: 0 where IN repeats. */
void strides_broadcast(const struct shape *in, const struct shape *out,
		       ptrdiff_t *stride);

/* Where element I of a dense tensor of shape OUT is read with STRIDE. */
size_t strides_at(const struct shape *out, const ptrdiff_t *stride, size_t i);

/* Index into a tensor of shape S, broadcast to X, of element I of X. */
size_t broadcast_at(const struct shape *x, const struct shape *s, size_t i);

unsigned tensor_bits(const struct tensor *t); /* of one element */

/* The attribute "axis" of a checked call, counted from 0. */
int32_t call_axis(const struct call *c, int32_t rank);

/* Copy operand 0's elements to result 0 as they are: Reshape and its like. */
bool call_copy(const struct call *c, struct err *e);

#endif
