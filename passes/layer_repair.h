/* SPDX-License-Identifier: Apache-2.0 */
/* passes/layer_repair.h -- layers that make up for those before them.
 *
 * Between layer_repair_begin() and layer_repair_bias() the layer's weights get
 * fewer bits or zeros.
 */
#ifndef PASSES_LAYER_REPAIR_H
#define PASSES_LAYER_REPAIR_H

#include "quant/prefix.h"

/* A model on its way, and as it was. */
struct repairs {
	struct model *model;
	struct prefix *prefix; /* in MODEL */
	struct budget *budget;
	struct model *before;
	struct prefix reference; /* in BEFORE, the same samples */
	struct node **then;	 /* its nodes, by id; NULL: no repair */
	/* Every so-manieth sample is not for the fit; 0: all are. */
	uint32_t hold_every;
	struct arena arena;
};

/* M and P, which has not advanced yet, outlive R; repairs_end() it, also on
 * failure. */
MUST_USE bool repairs_begin(struct repairs *r, struct model *m,
			    struct prefix *p, struct budget *budget,
			    struct err *e);
void repairs_end(struct repairs *r);

struct layer_repair {
	const struct layer *layer;
	struct layer_data data, held;
	uint32_t width;	    /* columns, 1, rows */
	double *sums;	    /* [groups, width, width]: curvature_joint() */
	double *h;	    /* [groups, columns, columns]; NULL: no repair */
	struct arena arena; /* of targets */
	struct buf sums_buf, h_buf;
};

/* Change the weights of L, which the prefix has reached with DATA, if its bias
 * allows.  End *R with layer_repair_end(), also on failure. */
MUST_USE bool layer_repair_begin(struct repairs *from, struct layer_repair *r,
				 const struct layer *l,
				 const struct layer_data *data, struct err *e);
/* The bias that suits the weights W [groups, rows, columns]. */
void layer_repair_bias(const struct repairs *from, const struct layer_repair *r,
		       const double *w);
/* The mean squared error of the layer as it is now, on the samples that are
 * not for the fit; NaN if there are none. */
MUST_USE bool layer_repair_error(const struct repairs *from,
				 const struct layer_repair *r, double *error,
				 struct err *e);
void layer_repair_end(struct layer_repair *r);

#endif
