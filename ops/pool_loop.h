/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pool_loop.h -- the loop over windows that all pools share. */
#ifndef OPS_POOL_LOOP_H
#define OPS_POOL_LOOP_H

#include "base/parallel.h"
#include "ops/call.h"
#include "ops/window.h"

struct pool;

/* One result from one input plane; *WHERE: which input a maximum is. */
typedef double pool_fn(const struct pool *p, const double *plane,
		       size_t position, size_t *where);

struct pool {
	struct job job;
	struct window window;
	pool_fn *f;
	struct tensor *indices; /* of maxima in the whole operand, or NULL */
	bool column_major;	/* indices count the first axis fastest */
	bool count_padding;	/* divide by taps in the padding too */
	bool count_all;		/* ... and by those beyond it */
	double p;		/* of the norm */
	/* real = (code - zero) * scale on both sides */
	bool quantized;
	double x_scale, x_zero, y_scale, y_zero;
	/* set by pool_run() */
	const double *x;
	size_t inputs, outputs; /* of one plane */
	size_t channels;	/* if they are the last axis, else 0 */
	struct tensor *y;
};

/* Padding takes no part in maxima and norms; a NaN is the maximum. */
pool_fn pool_max;
pool_fn pool_average;
pool_fn pool_norm;

size_t pool_scratch(const struct call *c);

/* Result 0 of C from operand 0; window, f and parameters are set. */
void pool_run(struct pool *p, const struct call *c);

#endif
