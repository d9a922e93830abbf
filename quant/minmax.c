/* SPDX-License-Identifier: Apache-2.0 */
/* quant/minmax.c -- everything that was seen; exact. */
#include "quant/observer.h"

static void minmax_range(const struct histogram *h, int levels,
			 struct range *out)
{
	(void)levels;
	*out = range_full(h);
}

extern const struct observer observer_minmax;
const struct observer observer_minmax = {
	.name = "minmax",
	.summary = "the exact extremes",
	.range = minmax_range,
};
