/* SPDX-License-Identifier: Apache-2.0 */
/* ops/position.h -- where indices from operands point to. */
#ifndef OPS_POSITION_H
#define OPS_POSITION_H

#include "graph/tensor.h"

/* Walks the elements of one shape, and the position with the same coordinates
 * in a second shape of the same rank. */
struct position {
	int32_t rank;
	int64_t index[MAX_RANK], extent[MAX_RANK]; /* of the walked shape */
	int64_t limit[MAX_RANK];
	ptrdiff_t stride[MAX_RANK]; /* of the second shape */
	ptrdiff_t at;
};

void position_start(struct position *p, const struct shape *walked,
		    const struct shape *second);
void position_next(struct position *p);

/* *AT = the current position with the coordinate of AXIS replaced by element I
 * of INDEX, negative counted from the end; ERR_SHAPE if that is outside. */
MUST_USE bool position_along(const struct position *p, int32_t axis,
			     const struct tensor *index, size_t i, size_t *at,
			     struct err *e);

/* *AT = where tuple I of INDEX (coordinates along its last axis) points to in
 * the dims of S from FIRST on; ERR_SHAPE if that is outside. */
MUST_USE bool position_of_tuple(const struct shape *s, int32_t first,
				const struct tensor *index, size_t i,
				size_t *at, struct err *e);

#endif
