/* SPDX-License-Identifier: Apache-2.0 */
/* data/fit.h -- does a sample fit an input, and how?
 *
 * A sample is either one row of the input, whose first axis then counts
 * samples, or the whole of it.  Shapes that differ only by dimensions of size
 * 1 are the same; named and unknown dimensions take any size.
 */
#ifndef DATA_FIT_H
#define DATA_FIT_H

#include "graph/graph.h"

enum sample_fit { FIT_ROW, FIT_WHOLE };

/*
 * What SAMPLE becomes for input V when taken as FIT says: *OUT is the shape
 * of the row (without the first axis) or of the whole input.  False, and no
 * error, if it does not fit.
 */
bool fit_shape(struct shape *out, enum sample_fit fit,
	       const struct shape *sample, const struct value *v);

/*
 * The one that fits; FIRST is tried first.  Where the first dimension of V
 * is fixed to more than 1, the whole is always tried first.  ERR_SHAPE names
 * the input, the sample's shape and the input's.
 */
MUST_USE bool fit_choose(enum sample_fit *fit, enum sample_fit first,
			 const struct shape *sample, const struct value *v,
			 struct err *e);

bool fit_fail(const struct shape *sample, const struct value *v, struct err *e);

#endif
