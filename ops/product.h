/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product.h -- shapes and reference loops of matrix products.
 *
 * The rules of numpy.matmul: a rank-1 operand is a row on the left and a
 * column on the right whose axis disappears from the result; axes before the
 * last two broadcast.
 */
#ifndef OPS_PRODUCT_H
#define OPS_PRODUCT_H

#include "ops/infer.h"

struct product {
	size_t m, n, k;
	struct shape batch; /* of the result */
	struct shape a, b;  /* batch axes of the operands */
};

/* Shape of A * B; dims may be unknown or named.  ERR_SHAPE if either is a
 * scalar or the inner dims differ. */
MUST_USE bool product_shape(struct shape *y, const struct shape *a,
			    const struct shape *b, struct err *e);

/* A and B are known and product_shape() accepts them. */
void product_make(struct product *p, const struct shape *a,
		  const struct shape *b);

size_t product_count(const struct product *p); /* elements of the result */

/* Which matrix of the operand with batch axes S (p->a or p->b) matrix I of the
 * result comes from. */
size_t product_matrix(const struct product *p, const struct shape *s, size_t i);

/* All matrices, in parallel over rows; Y is dense. */
void product_run(const struct product *p, const double *a, const double *b,
		 double *y);
void product_run_ints(const struct product *p, const int64_t *a,
		      const int64_t *b, int64_t *y); /* modulo 2^64 */

#endif
