/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver_refine.h -- better codes than one sweep finds.
 *
 * For rows w and codes that stand for q, lower (w - q)^T H (w - q):
 *
 *     scale   the best for the codes: q^T H w / q^T H q times the old one
 *     codes   one after the other to the level nearest to
 *             q[j] + (H (w - q))[j] / H[j][j], while that helps
 *
 * in turns, a few times.  Never makes it worse, but for the rounding of scales
 * to float.  The error of each fit becomes this loss, damping included.  Rows
 * do not depend on each other, sums have a fixed order.
 */
#ifndef QUANT_SOLVER_REFINE_H
#define QUANT_SOLVER_REFINE_H

#include "quant/solver.h"

/*
 * W [rows, n] are the weights wanted, VALUE [rows, n] what CODE stands for
 * with FIT [rows]; the last three change.  H [n, n]: the lower triangle is
 * read; DAMP of its mean diagonal is added to the diagonal.  Weights that are
 * exactly 0 stay.
 */
MUST_USE bool solve_refine(const double *w, double *value, uint8_t *code,
			   struct fit *fit, uint32_t rows, uint32_t n,
			   const double *h, double damp, struct budget *budget,
			   struct err *e);

#endif
