/* SPDX-License-Identifier: Apache-2.0 */
/* passes/range.h -- what the elements of a value can be.
 *
 * Interval analysis over the producers of one value, a few operators deep:
 * Relu yields [0, inf], a sum of intervals their sum, a move its operand's.
 * NaN may occur besides; an unknown operator yields everything.
 */
#ifndef PASSES_RANGE_H
#define PASSES_RANGE_H

#include "graph/graph.h"

struct value_range {
	double lo, hi; /* -inf and inf where nothing is known */
};

struct value_range range_of(const struct value *v);

#endif
