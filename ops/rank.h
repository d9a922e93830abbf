/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rank.h -- a total order on the elements of a tensor. */
#ifndef OPS_RANK_H
#define OPS_RANK_H

#include "graph/tensor.h"

/*
 * A number that orders like element I: for integers the value, for floating
 * types an order-preserving code of it, with -0 equal to 0 and every NaN equal
 * and above infinity.  Not for strings and complex numbers.
 */
int64_t rank_key(const struct tensor *t, size_t i);

/* Negative, 0 or positive as element A of T is before, equal to or after B;
 * strings by bytes, complex numbers by real, then imaginary part. */
int rank_compare(const struct tensor *t, size_t a, size_t b);

#endif
