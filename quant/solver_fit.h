/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver_fit.h -- weights that make the most of their inputs.
 *
 * Least squares, held to weights W0 where the data says little:
 *
 *     min over W, b of  mean |W x + b - y|^2 + damp |W - W0|^2
 *
 * which is (H + damp I) W^T = C + damp W0^T with H the mean of x x^T and C
 * that of x y^T.
 */
#ifndef QUANT_SOLVER_FIT_H
#define QUANT_SOLVER_FIT_H

#include <stdint.h>

#include "base/buf.h"

/* Means of products, as curvature_joint() makes them: rows of STEP elements,
 * x in front, 1 at COLUMNS, targets behind; the lower triangle is read. */
struct fit_sums {
	const double *s;
	uint32_t columns, rows;
};

/*
 * W [rows, columns] is W0 at first and the solution then.  B [rows] receives
 * b; NULL: b is 0.  DAMP is a share of the mean diagonal of H.  ERR_FORMAT if
 * the sums are not finite.
 */
MUST_USE bool solve_fit(double *w, double *b, const struct fit_sums *s,
			double damp, struct budget *budget, struct err *e);

#endif
