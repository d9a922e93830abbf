/* SPDX-License-Identifier: Apache-2.0 */
/* kern/turn.c -- transposed matrices of 32-bit elements, 4 x 4 in registers. */
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

void kern_turn_32(const char *in, ptrdiff_t in_step, char *out,
		  ptrdiff_t out_step, size_t rows, size_t cols)
{
	size_t i = 0, whole = cols / 4 * 4;

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
