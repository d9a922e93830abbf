/* SPDX-License-Identifier: Apache-2.0 */
/* kern/select.h -- one of two elements, by a condition. */
#ifndef KERN_SELECT_H
#define KERN_SELECT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * OUT[i] = COND[i * step[0]] ? A[i * step[1]] : B[i * step[2]] for i < N.
 * Elements have SIZE bytes (1, 2, 4, 8 or 16); steps are in elements, 0
 * repeats.
 */
void kern_select(size_t size, size_t n, const size_t step[3], const bool *cond,
		 const void *a, const void *b, void *out);

#endif
