/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver.h -- fix weights one by one, repair what each fix broke.
 *
 * A layer computes w x for rows w of weights.  Changing a row by d changes
 * its output by d^T H d on average, H = mean of x x^T.  Once column j of a
 * row is fixed at q, the columns still free take the update that is best for
 * this quadratic loss:
 *
 *     w[k] -= (w[j] - q) * U[j][k] / U[j][j],  k > j;  inverse(H) = U^T U
 *
 * with U upper triangular in the order of fixing.  What "fix" means is a
 * rule: round to a codebook, or drop to zero.
 *
 * Sources: Hassibi and Stork, Optimal Brain Surgeon (1992); Frantar et al.,
 * GPTQ (2022) and SparseGPT (2023).
 *
 * Rows do not depend on each other, and every sum has a fixed order: results
 * are the same for any number of threads.
 */
#ifndef QUANT_SOLVER_H
#define QUANT_SOLVER_H

#include <stdint.h>

#include "base/buf.h"
#include "quant/scheme.h"

enum column_order {
	COLUMNS_AS_THEY_ARE,
	COLUMNS_BY_WEIGHT, /* by falling diagonal of H; equals by index */
};

/* inverse(H) = U^T U in the order of fixing. */
struct factor {
	uint32_t n;
	uint32_t *order; /* order[j]: the column fixed as number j */
	double *u;	 /* [n, n] row-major, upper triangle */
	struct buf order_buf, u_buf;
};

/*
 * Factor H [N, N] (row-major; the lower triangle is read) after adding DAMP
 * times its mean diagonal to the diagonal, which makes it definite.  Free
 * with factor_release().  ERR_FORMAT if H is not finite.
 */
MUST_USE bool factor_init(struct factor *f, const double *h, uint32_t n,
			  double damp, enum column_order order,
			  struct budget *budget, struct err *e);
void factor_release(struct factor *f);

/* Column j of a row has the fit number j / block of that row. */
struct fits {
	const struct fit *at; /* of the first row */
	size_t step;	      /* from one row to the next */
	uint32_t block;	      /* columns, a power of two */
};

/*
 * Round each of the ROWS rows of W [rows, n] to the levels of its FITS; CODE
 * [rows, n] receives the codes, W the values they stand for.  Weights that
 * are exactly 0 keep code zero.  F NULL: nearest level, no feedback.
 */
MUST_USE bool solve_levels(double *w, uint32_t rows, uint32_t n,
			   const struct factor *f, const struct fits *fits,
			   uint8_t *code, struct budget *budget, struct err *e);

struct sparsity {
	/* Unstructured: floor(SHARE * size) weights of every block of 64
	 * columns become 0.  With GROUP > 0 instead: at most KEEP of each
	 * aligned GROUP of columns of a row stay; a shorter last group keeps
	 * KEEP as well. */
	double share; /* 0 .. 1 */
	uint32_t keep, group;
};

/*
 * Drop weights of W [rows, n] to zero, the cheapest first: w^2 / U[j][j]^2
 * with F, which must be in the columns' own order, w^2 if F is NULL.  With F
 * the weights that stay are updated.
 */
MUST_USE bool solve_sparse(double *w, uint32_t rows, uint32_t n,
			   const struct factor *f, const struct sparsity *s,
			   struct budget *budget, struct err *e);

#endif
