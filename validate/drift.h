/* SPDX-License-Identifier: Apache-2.0 */
/* validate/drift.h -- how far two tensors are apart.
 *
 * Over all elements w (wanted) and g (got) where both are finite:
 *
 *     max_abs = max |g - w|            rmse = sqrt(sum (g - w)^2 / n)
 *     sqnr_db = 10 log10(sum w^2 / sum (g - w)^2)
 *     cosine  = sum w g / sqrt(sum w^2 sum g^2)
 *     max_ulp = the largest distance in units of the last place of the
 *               wanted type, counted through zero
 *
 * Equal infinities and NaN against NaN agree and enter no sum; any other pair
 * with a non-finite side counts in NONFINITE.
 */
#ifndef VALIDATE_DRIFT_H
#define VALIDATE_DRIFT_H

#include "graph/tensor.h"

struct drift {
	size_t count;	  /* elements compared */
	size_t nonfinite; /* pairs that disagree about being finite */
	size_t worst;	  /* running index of the element with max_abs */
	double max_abs;	  /* in the units of the tensor */
	uint64_t max_ulp; /* floats; for integers the distance itself */
	double sum_want, sum_error, sum_got, sum_product; /* of squares */
};

/*
 * Add the elements of GOT against WANT to D (zeroed to start).  Sums run in
 * double in index order: the same bits on every machine.  ERR_SHAPE or
 * ERR_TYPE if shapes or types differ; strings count as max_abs 0 or 1.
 */
MUST_USE bool drift_add(struct drift *d, const struct tensor *want,
			const struct tensor *got, struct err *e);

double drift_rmse(const struct drift *d);
/* +infinity if nothing differs; NaN if nothing was compared, or if the wanted
 * side is all zero and the other is not. */
double drift_sqnr_db(const struct drift *d);
/* 1 if nothing differs; NaN if one side is all zero. */
double drift_cosine(const struct drift *d);

/* Distance of two floats of type T (F16, BF16, F32, F64) in representable
 * steps; +0 and -0 are 0 apart.  Both finite. */
uint64_t ulp_distance(enum dtype t, double want, double got);

#endif
