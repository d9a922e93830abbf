/* SPDX-License-Identifier: Apache-2.0 */
/* kern/turn.h -- transposed matrices of 8-bit and 32-bit elements. */
#ifndef KERN_TURN_H
#define KERN_TURN_H

#include <stddef.h>

/*
 * Element J of row I of OUT is element I of row J of IN, I < ROWS, J < COLS.
 * Rows are STEP bytes apart; pointers need no alignment, and no element of OUT
 * is one of IN.
 */
void kern_turn_8(const char *in, ptrdiff_t in_step, char *out,
		 ptrdiff_t out_step, size_t rows, size_t cols);
void kern_turn_32(const char *in, ptrdiff_t in_step, char *out,
		  ptrdiff_t out_step, size_t rows, size_t cols);

#endif
