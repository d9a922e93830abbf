/* SPDX-License-Identifier: Apache-2.0 */
/* validate/agree.h -- does a result agree with the wanted one? */
#ifndef VALIDATE_AGREE_H
#define VALIDATE_AGREE_H

#include "base/str.h"
#include "graph/tensor.h"

/*
 * A float or quantized element g agrees with the wanted w if both are NaN, if
 * they are equal, or if
 *     |g - w| <= atol + relative_atol * max |w| + rtol * |w|
 * where max runs over the finite elements of the tensor.  With STEP > 0 also
 * if |g - w| <= step * 1.001.  Of a tensor of numbers, MISSES times its
 * elements (0.001: one in a thousand, rounded down) need not agree at all.
 */
struct tolerance {
	double rtol, atol, relative_atol;
	double step; /* of the quantizer that made the result; 0: none */
	double misses;
	bool types_only; /* elements may be anything */
	/* A second opinion on a wanted tensor (not on items of containers):
	 * an element that agrees with either agrees.  NULL: none. */
	const struct tensor *also;
};

/*
 * Compare structure, element types, shapes, strings and numbers; integers,
 * bool and strings must be equal unless STEP says otherwise.  What differs
 * first, and by how much, is appended to WHY.
 */
bool datum_agrees(const struct datum *got, const struct datum *want,
		  const struct tolerance *t, struct str *why);

#endif
