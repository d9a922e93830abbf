/* SPDX-License-Identifier: Apache-2.0 */
/* validate/ulp_counts.h -- how distances in units of the last place spread.
 *
 * Exact below ULP_EXACT; above, distances are counted by powers of two, so a
 * quantile is then at most twice too large, never too small.
 */
#ifndef VALIDATE_ULP_COUNTS_H
#define VALIDATE_ULP_COUNTS_H

#include "graph/tensor.h"

enum { ULP_EXACT = 256, ULP_WIDE = 64 };

/* Start with a zeroed struct. */
struct ulp_counts {
	uint64_t total, max;
	uint64_t exact[ULP_EXACT];
	uint64_t wide[ULP_WIDE]; /* [k]: 2^k <= distance < 2^(k+1) */
};

/* The elements of GOT against WANT, both float and of one shape; pairs that
 * are not both finite are left out, and pairs that are both no further than
 * NOISE from zero: what is left where sums cancel. */
void ulp_counts_add(struct ulp_counts *u, const struct tensor *want,
		    const struct tensor *got, double noise);

/* The smallest distance (or the upper end of its power of two) that at least
 * SHARE of the elements do not exceed; 0 if there are none. */
uint64_t ulp_counts_quantile(const struct ulp_counts *u, double share);

#endif
