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
	/* The layer's outputs plus ADD (NULL: nothing) should be WANT (NULL:
	 * not known), aligned ... */
	const struct tensor *want, *add;
	/* ... before all below LOW and above HIGH is cut off, if CUTS. */
	bool cuts;
	double low, high;
	/* H is a mean over this many columns for each of its own, but 2,000
	 * at least and CURVATURE_SAMPLES at most; 0: over CURVATURE_SAMPLES. */
	uint32_t draws;
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
 * For a fit: the same mean of z z^T, z = (x, 1, y), y being the targets (WANT -
 * ADD) of the group's rows, none if D has no WANT.  S [groups, width, width],
 * of which the lower triangle is set; width is curvature_width().  Of all
 * columns 16 * width are used with targets, 8 * width without, but 2,000 at
 * least and CURVATURE_SAMPLES at most.
 */
MUST_USE bool curvature_joint(const struct layer *l, const struct layer_data *d,
			      double *s, struct budget *budget, struct err *e);
/*
 * The same S, made before for the same D, with targets that allow for the cut:
 * where the target lies beyond LOW or HIGH, an output beyond it is as good.
 * The outputs are those of weights W [groups, rows, columns] and biases B
 * [groups, rows], NULL: 0.  Fitting and this in turns lowers the error of what
 * is left after the cut, each time.
 */
MUST_USE bool curvature_aim(const struct layer *l, const struct layer_data *d,
			    const double *w, const double *b, double *s,
			    struct budget *budget, struct err *e);
uint32_t curvature_width(const struct layer *l, const struct layer_data *d);

#endif
