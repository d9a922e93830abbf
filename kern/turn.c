/* SPDX-License-Identifier: Apache-2.0 */
/* kern/turn.c -- transposed matrices, 4 x 4 elements of 32 bits or 8 x 8 bytes
 * in registers. */
#include <string.h>

#include "kern/turn.h"
#include "kern/vec.h"

static inline vi4 load(const char *p)
{
	vi4 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void store(char *p, vi4 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void turn_4x4(const char *in, ptrdiff_t in_step, char *out,
			    ptrdiff_t out_step)
{
	vi4 a = load(in), b = load(in + in_step);
	vi4 c = load(in + 2 * in_step), d = load(in + 3 * in_step);
	vi4 ab = V_SHUFFLE4(a, b, 0, 4, 1, 5),
	    cd = V_SHUFFLE4(c, d, 0, 4, 1, 5);

	store(out, V_SHUFFLE4(ab, cd, 0, 1, 4, 5));
	store(out + out_step, V_SHUFFLE4(ab, cd, 2, 3, 6, 7));
	ab = V_SHUFFLE4(a, b, 2, 6, 3, 7);
	cd = V_SHUFFLE4(c, d, 2, 6, 3, 7);
	store(out + 2 * out_step, V_SHUFFLE4(ab, cd, 0, 1, 4, 5));
	store(out + 3 * out_step, V_SHUFFLE4(ab, cd, 2, 3, 6, 7));
}

/* Elements one by one: the edges. */
static void turn_rest(const char *in, ptrdiff_t in_step, char *out,
		      ptrdiff_t out_step, size_t rows, size_t cols)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			memcpy(out + (ptrdiff_t)i * out_step + 4 * j,
			       in + (ptrdiff_t)j * in_step + 4 * i, 4);
}

/* Three planes of an image to pixels of 12 bytes.  A store of 16 spills into
 * the next pixel, which comes after it; the last ones are left to others.
 * Returns how many were done. */
static size_t turn_three(const char *in, ptrdiff_t in_step, char *out,
			 size_t rows)
{
	size_t i = 0;

	for (; i + 4 < rows; i += 4, in += 16, out += 48) {
		vi4 a = load(in), b = load(in + in_step);
		vi4 c = load(in + 2 * in_step);
		vi4 ab = V_SHUFFLE4(a, b, 0, 4, 1, 5);

		store(out, V_SHUFFLE4(ab, c, 0, 1, 4, 4));
		store(out + 12, V_SHUFFLE4(ab, c, 2, 3, 5, 5));
		ab = V_SHUFFLE4(a, b, 2, 6, 3, 7);
		store(out + 24, V_SHUFFLE4(ab, c, 0, 1, 6, 6));
		store(out + 36, V_SHUFFLE4(ab, c, 2, 3, 7, 7));
	}
	return i;
}

void kern_turn_32(const char *in, ptrdiff_t in_step, char *out,
		  ptrdiff_t out_step, size_t rows, size_t cols)
{
	size_t i = 0, whole = cols / 4 * 4;

	if (cols == 3 && out_step == 12)
		i = turn_three(in, in_step, out, rows);
	for (; i + 4 <= rows; i += 4) {
		const char *from = in + 4 * i;
		char *to = out + (ptrdiff_t)i * out_step;

		for (size_t j = 0; j < whole; j += 4)
			turn_4x4(from + (ptrdiff_t)j * in_step, in_step,
				 to + 4 * j, out_step);
		turn_rest(from + (ptrdiff_t)whole * in_step, in_step,
			  to + 4 * whole, out_step, 4, cols - whole);
	}
	turn_rest(in + 4 * i, in_step, out + (ptrdiff_t)i * out_step, out_step,
		  rows - i, cols);
}

/* ---- bytes -------------------------------------------------------------- */

typedef uint16_t vh8 VECTOR_OF(16);

/* Rows A and B, byte by byte in turn. */
static inline vh8 pair(const char *a, const char *b)
{
	vb8 x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (vh8)__builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11, 4,
					    12, 5, 13, 6, 14, 7, 15);
}

static inline void store_two(char *p, ptrdiff_t step, vi4 v)
{
	memcpy(p, &v, 8);
	memcpy(p + step, (const char *)&v + 8, 8);
}

static inline void turn_8x8(const char *in, ptrdiff_t in_step, char *out,
			    ptrdiff_t out_step)
{
	vh8 p[4];
	vi4 low[2], high[2];

	for (int i = 0; i < 4; i++)
		p[i] = pair(in + 2 * i * in_step, in + (2 * i + 1) * in_step);
	for (int i = 0; i < 2; i++) {
		vh8 a = p[2 * i], b = p[2 * i + 1];

		low[i] = (vi4)__builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10,
						      3, 11);
		high[i] = (vi4)__builtin_shufflevector(a, b, 4, 12, 5, 13, 6,
						       14, 7, 15);
	}
	store_two(out, out_step, V_SHUFFLE4(low[0], low[1], 0, 4, 1, 5));
	store_two(out + 2 * out_step, out_step,
		  V_SHUFFLE4(low[0], low[1], 2, 6, 3, 7));
	store_two(out + 4 * out_step, out_step,
		  V_SHUFFLE4(high[0], high[1], 0, 4, 1, 5));
	store_two(out + 6 * out_step, out_step,
		  V_SHUFFLE4(high[0], high[1], 2, 6, 3, 7));
}

static void turn_bytes(const char *in, ptrdiff_t in_step, char *out,
		       ptrdiff_t out_step, size_t rows, size_t cols)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			out[(ptrdiff_t)i * out_step + (ptrdiff_t)j] =
				in[(ptrdiff_t)j * in_step + (ptrdiff_t)i];
}

/* Bytes of three planes side by side: images. */
static void turn_three_bytes(const char *in, ptrdiff_t in_step, char *out,
			     size_t rows)
{
	const char *a = in, *b = in + in_step, *c = in + 2 * in_step;

	for (size_t i = 0; i < rows; i++, out += 3) {
		out[0] = a[i];
		out[1] = b[i];
		out[2] = c[i];
	}
}

void kern_turn_8(const char *in, ptrdiff_t in_step, char *out,
		 ptrdiff_t out_step, size_t rows, size_t cols)
{
	size_t i = 0, whole = cols / 8 * 8;

	if (cols == 3 && out_step == 3) {
		turn_three_bytes(in, in_step, out, rows);
		return;
	}
	for (; i + 8 <= rows; i += 8) {
		const char *from = in + i;
		char *to = out + (ptrdiff_t)i * out_step;

		for (size_t j = 0; j < whole; j += 8)
			turn_8x8(from + (ptrdiff_t)j * in_step, in_step, to + j,
				 out_step);
		turn_bytes(from + (ptrdiff_t)whole * in_step, in_step,
			   to + whole, out_step, 8, cols - whole);
	}
	turn_bytes(in + i, in_step, out + (ptrdiff_t)i * out_step, out_step,
		   rows - i, cols);
}
