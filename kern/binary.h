/* SPDX-License-Identifier: Apache-2.0 */
/* kern/binary.h -- arithmetic on rows of floats. */
#ifndef KERN_BINARY_H
#define KERN_BINARY_H

#include <stddef.h>

/* MAX and MIN are NaN where either operand is. */
enum binary_kind {
	BINARY_ADD,
	BINARY_SUB,
	BINARY_MUL,
	BINARY_DIV,
	BINARY_MAX,
	BINARY_MIN,
};

/* Y[i] = A[i * ASTEP] op B[i * BSTEP], i < N, steps 0 or 1; Y may be A. */
void kern_binary_f32(enum binary_kind op, const float *a, size_t astep,
		     const float *b, size_t bstep, float *y, size_t n);

#endif
