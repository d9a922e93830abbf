/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_rows.h -- what all convolutions share: shapes and the loop. */
#ifndef OPS_CONV_ROWS_H
#define OPS_CONV_ROWS_H

#include "base/parallel.h"
#include "kern/conv_ref.h"
#include "ops/doubles.h"
#include "ops/infer.h"
#include "ops/window.h"

enum { CONV_ROW = 256 };

/*
 * Shape of the result of a convolution of X with weights W and optional BIAS
 * (NULL: none), attributes of N; dims may be unknown.  Everything that does
 * not fit is ERR_SHAPE or ERR_FORMAT.
 */
MUST_USE bool conv_shape(struct shape *y, const struct node *n,
			 const struct shape *x, const struct shape *w,
			 const struct shape *bias, struct symbols *sy,
			 struct err *e);

/* Embed it first to carry what EMIT needs. */
struct conv_rows {
	struct job job;
	struct conv_ref k;
	struct window window;
	size_t channels, rows, width; /* of the result */
	/* Take sums ACC of COUNT neighbouring results, the first of which is
	 * element AT of the result, all of output channel CHANNEL. */
	void (*emit)(const struct conv_rows *r, size_t channel, size_t at,
		     size_t count, double *acc);
};

/* Geometry from shapes that conv_shape() accepted; X and W stay NULL. */
void conv_rows_make(struct conv_rows *r, const struct node *n,
		    const struct shape *x, const struct shape *w);

/* All results, in parallel. */
void conv_rows_run(struct conv_rows *r);

#endif
