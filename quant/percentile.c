/* SPDX-License-Identifier: Apache-2.0 */
/* quant/percentile.c -- all but the outermost 0.01 % on either side.
 *
 * Sides are cut independently.  A cut lies on the outer edge of the bin that
 * holds the quantile, at most 1/64 beyond it, and never beyond the exact
 * extreme.
 */
#include "quant/observer.h"

#include <math.h>

static const double outside = 1e-4; /* share of samples, each side */

static void percentile_range(const struct histogram *h, int levels,
			     struct range *out)
{
	double below = 0, cut = outside * (double)h->count;
	struct range r = range_full(h);
	struct bin b = {0};
	bool found = false;

	(void)levels;
	while (histogram_next(h, &b)) {
		if (!found && below + (double)b.count > cut) {
			r.lo = fmin(b.lo, 0);
			found = true;
		}
		below += (double)b.count;
		if ((double)h->count - below <= cut) {
			r.hi = fmax(b.hi, 0);
			break;
		}
	}
	*out = r;
}

extern const struct observer observer_percentile;
const struct observer observer_percentile = {
	.name = "percentile",
	.summary = "all but 0.01 % of the samples on either side",
	.range = percentile_range,
};
