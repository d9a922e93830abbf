/* SPDX-License-Identifier: Apache-2.0 */
/* ops/scales.h -- scales and zero points of quantized tensors.
 *
 *     real = (code - zero_point) * scale
 *
 * with one scale for the whole tensor, one for every index along an axis, or
 * one for every BLOCK indices along it.
 */
#ifndef OPS_SCALES_H
#define OPS_SCALES_H

#include "graph/tensor.h"

struct scales {
	const struct tensor *scale, *zero; /* zero may be NULL */
	/* The tensor is [outer, extent, inner]; EXTENT 0: one scale. */
	size_t extent, inner;
	size_t block, blocks; /* block 0: a scale for each index */
};

/*
 * SCALE and ZERO (NULL: none) fit a tensor of shape X quantized along AXIS in
 * blocks of BLOCK (0: no blocks); dims may be unknown.  ERR_SHAPE names what
 * was found and wanted.
 */
MUST_USE bool scales_check(const struct shape *x, const struct shape *scale,
			   const struct shape *zero, int64_t axis,
			   int64_t block, struct err *e);

/* Every element of SCALE is positive, finite and, as a float, not denormal. */
MUST_USE bool scales_check_values(const struct tensor *scale, struct err *e);

/* For shapes that scales_check() accepts. */
void scales_make(struct scales *a, const struct shape *x,
		 const struct tensor *scale, const struct tensor *zero,
		 int64_t axis, int64_t block);

/* Index of the scale of element I. */
size_t scales_index(const struct scales *a, size_t i);
double scales_scale(const struct scales *a, size_t i);
double scales_zero(const struct scales *a, size_t i);

#endif
