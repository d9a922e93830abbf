/* SPDX-License-Identifier: Apache-2.0 */
/* kern/move.h -- moving elements that nobody looks at.
 *
 * An element has BITS bits: 8, 16, 32, 64, 128, or 2, 4, 6 packed into one
 * little-endian bit stream (graph/element.h).  Positions, counts and strides
 * are in elements.  Pointers need no alignment and must not overlap.
 */
#ifndef KERN_MOVE_H
#define KERN_MOVE_H

#include <stddef.h>

enum { KERN_RANK = 64 };

/* OUT[out_at + i] = IN[in_at + i] for i < COUNT. */
void kern_move_block(unsigned bits, const void *in, size_t in_at, void *out,
		     size_t out_at, size_t count);

/* OUT[at + i] = VALUE[value_at] for i < COUNT. */
void kern_move_fill(unsigned bits, const void *value, size_t value_at,
		    void *out, size_t at, size_t count);

/*
 * A loop nest: for every index (i0, i1 ...) below DIM
 *     OUT[out_at + sum i_k * out_k] = IN[in_at + sum i_k * in_k]
 * Strides may be 0 (IN, repeats) and negative.  RANK 0 moves one element, a
 * DIM of 0 none.
 */
struct strided {
	int rank;
	size_t dim[KERN_RANK];
	ptrdiff_t in[KERN_RANK], out[KERN_RANK];
	size_t in_at, out_at;
};

/* Runs in parallel (base/parallel.h) if there is enough to move. */
void kern_move_strided(unsigned bits, const struct strided *s, const void *in,
		       void *out);

/*
 * OUT[i, j, :] = IN[i, INDEX[j], :] for i < OUTER, j < COUNT, rows of INNER
 * elements; IN has EXTENT rows per i.  INDEX is in [0, EXTENT).
 */
void kern_move_rows(unsigned bits, const void *in, size_t outer, size_t extent,
		    size_t inner, const size_t *index, size_t count, void *out);

/* OUT[out_at + i] = IN[in_at + MAP[i]] for i < COUNT. */
void kern_move_map(unsigned bits, const void *in, size_t in_at,
		   const size_t *map, void *out, size_t out_at, size_t count);

#endif
