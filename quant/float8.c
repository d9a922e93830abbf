/* SPDX-License-Identifier: Apache-2.0 */
/* quant/float8.c -- the magnitudes of an 8-bit float. */
#include "quant/float8.h"

#include <math.h>

#include "graph/element.h"

void float8_fill(struct codebook *b)
{
	/* Magnitudes ascend with their codes, the finite ones first. */
	for (uint8_t code = 0; code < CODEBOOK_LEVELS / 2; code++) {
		double x = element_double(b->scheme->dtype, &code, 0);

		if (!isfinite(x))
			break;
		b->mag[b->nmags++] = x;
	}
}
