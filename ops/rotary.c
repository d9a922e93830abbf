/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rotary.c -- see rotary.h. */
#include "ops/rotary.h"

void rotary_turn(double *x, size_t half, bool interleaved,
		 const struct tensor *cosine, const struct tensor *sine,
		 size_t at)
{
	for (size_t i = 0; i < half; i++) {
		double *a = x + (interleaved ? 2 * i : i);
		double *b = interleaved ? a + 1 : a + half;
		double c = tensor_double(cosine, at + i), old = *a;
		double s = tensor_double(sine, at + i);

		*a = old * c - *b * s;
		*b = *b * c + old * s;
	}
}
