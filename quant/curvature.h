/* SPDX-License-Identifier: Apache-2.0 */
/* quant/curvature.h -- what a layer's inputs make of an error in its weights.
 *
 *     H = mean over columns x of the layer's inputs of x x^T
 *
 * for each group.  Of all columns at most CURVATURE_SAMPLES are used, one
 * drawn from each of that many equal parts; the draw depends on nothing but
 * their number.
 */
#ifndef QUANT_CURVATURE_H
#define QUANT_CURVATURE_H

#include "quant/layer.h"

enum { CURVATURE_SAMPLES = 20000 };

/* Inputs of a layer, one tensor for each batch. */
struct layer_data {
	const struct tensor *in; /* float, aligned */
	uint32_t batches;
	/* What the layer should make of them, aligned; NULL: not known. */
	const struct tensor *want;
};

/* The diagonals: DIAGONAL [groups, columns]. */
MUST_USE bool curvature_diagonal(const struct layer *l,
				 const struct layer_data *d, double *diagonal,
				 struct budget *budget, struct err *e);

/*
 * H for the columns FIRST .. LAST - 1, n of them: H [groups, n, n], of which
 * the lower triangle is set.
 */
MUST_USE bool curvature(const struct layer *l, const struct layer_data *d,
			uint32_t first, uint32_t last, double *h,
			struct budget *budget, struct err *e);

/*
 * For a fit: the same mean of z z^T, z = (x, 1, y), y being the targets of the
 * group's rows, none if D has no WANT.  S [groups, width, width], of which the
 * lower triangle is set; width is curvature_width().
 */
MUST_USE bool curvature_joint(const struct layer *l, const struct layer_data *d,
			      double *s, struct budget *budget, struct err *e);
uint32_t curvature_width(const struct layer *l, const struct layer_data *d);

#endif
