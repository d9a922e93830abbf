/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver_channels.h -- what it costs to do without some columns.
 *
 * A layer makes w x of its inputs.  If the columns S of all rows become 0 and
 * the other weights are changed for the best, the mean squared error grows by
 *
 *     tr(W_S (inverse(H)_SS)^-1 W_S^T)
 *
 * with H the covariance of the inputs (a bias takes up their mean).  Removing
 * S is block elimination: it leaves the updated W and the inverse of H without
 * S.  Source: Hassibi and Stork, Optimal Brain Surgeon (1992), for blocks.
 */
#ifndef QUANT_SOLVER_CHANNELS_H
#define QUANT_SOLVER_CHANNELS_H

#include <stdint.h>

#include "base/buf.h"

struct channel_solver {
	uint32_t rows, n;
	double *w;	 /* [rows, n] */
	double *inverse; /* [n, n], symmetric; removed rows are 0 */
	double energy;	 /* mean square of the outputs, their mean aside */
	struct buf w_buf, inverse_buf;
};

/*
 * Start with weights W [rows, n], copied, and the means S of products as
 * curvature_joint() makes them without targets: [n + 1, n + 1].  DAMP is a
 * share of the mean diagonal.  Free with channel_solver_release().
 */
MUST_USE bool channel_solver_init(struct channel_solver *c, const double *w,
				  uint32_t rows, uint32_t n, const double *s,
				  double damp, struct budget *budget,
				  struct err *e);
void channel_solver_release(struct channel_solver *c);

/* The cost of columns AT[COUNT], as a share of the energy.  SCRATCH has
 * channel_solver_scratch() elements. */
double channel_solver_cost(const struct channel_solver *c, const uint32_t *at,
			   uint32_t count, double *scratch);
size_t channel_solver_scratch(uint32_t count);

/* Remove them. */
MUST_USE bool channel_solver_remove(struct channel_solver *c,
				    const uint32_t *at, uint32_t count,
				    struct budget *budget, struct err *e);

#endif
