/* SPDX-License-Identifier: Apache-2.0 */
/* validate/ulp_counts.c -- see ulp_counts.h. */
#include "validate/ulp_counts.h"

#include <math.h>

#include "validate/drift.h"

void ulp_counts_add(struct ulp_counts *u, const struct tensor *want,
		    const struct tensor *got, double noise)
{
	for (size_t i = 0; i < tensor_count(want); i++) {
		double w = tensor_double(want, i), g = tensor_double(got, i);
		uint64_t d;
		int k = 0;

		if (!isfinite(w) || !isfinite(g) ||
		    (fabs(w) <= noise && fabs(g) <= noise && noise > 0))
			continue;
		d = ulp_distance(want->dtype, w, g);
		u->total++;
		u->max = d > u->max ? d : u->max;
		if (d < ULP_EXACT) {
			u->exact[d]++;
			continue;
		}
		while (d >> k > 1)
			k++;
		u->wide[k]++;
	}
}

uint64_t ulp_counts_quantile(const struct ulp_counts *u, double share)
{
	uint64_t wanted = (uint64_t)ceil(share * (double)u->total), seen = 0;

	for (uint64_t d = 0; d < ULP_EXACT; d++) {
		seen += u->exact[d];
		if (seen >= wanted)
			return d;
	}
	for (int k = 0; k < ULP_WIDE; k++) {
		uint64_t top = k == 63 ? UINT64_MAX : (UINT64_C(2) << k) - 1;

		seen += u->wide[k];
		if (seen >= wanted)
			return top < u->max ? top : u->max;
	}
	return u->max;
}
