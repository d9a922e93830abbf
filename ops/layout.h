/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layout.h -- physical orders of a tensor's elements.
 *
 * Tensors are row-major; between kernels that ask for it (kernel.layouts) a
 * tensor [N, C, spatial ...] may lie in another order.  Blocks of channels
 * are filled up with zeros.
 */
#ifndef OPS_LAYOUT_H
#define OPS_LAYOUT_H

#include "graph/tensor.h"

enum tensor_layout {
	LAYOUT_ROWS, /* N, C, spatial: row-major */
	LAYOUT_LAST, /* N, spatial, C */
	LAYOUT_C8,   /* N, C / 8, spatial, 8 channels */
	LAYOUT_C16,  /* N, C / 16, spatial, 16 channels */
	LAYOUT_COUNT
};

const char *layout_name(enum tensor_layout l);

/* Channels side by side in a block; 0 where blocks are not filled up. */
size_t layout_block(enum tensor_layout l);

/* Bytes of a tensor of known shape S; rank < 3 has only LAYOUT_ROWS. */
MUST_USE bool layout_bytes(const struct shape *s, enum dtype t,
			   enum tensor_layout l, size_t *bytes, struct err *e);

/* No block of a tensor of shape S is filled up. */
bool layout_is_dense(const struct shape *s, enum tensor_layout l);

/*
 * The dims as they lie in memory, outermost first, of a dense tensor of shape
 * S: LAST [N, spatial ..., C], blocks [N, C / b, spatial ..., b].  A single
 * channel makes a block of one, so that what broadcasts along the channels of
 * a blocked tensor fits beside it.
 */
void layout_shape(const struct shape *s, enum tensor_layout l, struct shape *y);

/* Along which dim of that shape neighbours along AXIS of S lie; channels of
 * blocks go on along dim 1. */
int32_t layout_axis(const struct shape *s, enum tensor_layout l, int32_t axis);

/* Row-major order and L are the same for a tensor of shape S. */
bool layout_is_rows(const struct shape *s, enum tensor_layout l);

#endif
