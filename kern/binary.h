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

/* ROWS rows of N elements.  The next element of an operand is STEP (0 or 1)
 * further, its next row DOWN; rows of Y follow each other. */
struct binary_rows {
	const float *a, *b;
	float *y; /* may be A or B where that goes on the same way */
	size_t astep, bstep, adown, bdown, n, rows;
};

/* Y = A op B. */
void kern_binary_f32(enum binary_kind op, const struct binary_rows *r);

#endif
