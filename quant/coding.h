/* SPDX-License-Identifier: Apache-2.0 */
/* quant/coding.h -- a layer's weights as codes and scales.
 *
 * First every channel, or every block of its columns, gets the codebook and
 * the scale with the least error sum H[j][j] (w_j - q_j)^2; then, with data,
 * the solver picks the codes.
 */
#ifndef QUANT_CODING_H
#define QUANT_CODING_H

#include "quant/curvature.h"
#include "quant/layer.h"
#include "quant/scheme.h"

struct coding_opts {
	const struct codebook *const *book; /* candidates; must outlive */
	uint32_t nbooks;
	bool per_tensor; /* one scale for all channels */
	/* Columns that share a scale, a power of two up to CODING_PANEL; 0:
	 * all of a row. */
	uint32_t block;
	/* Least scale of each channel times the codebook's top level, or
	 * NULL: what keeps biases within int32. */
	const double *floor;
	/* H [groups, columns, columns], the lower triangle; NULL: of the data,
	 * if there are any.  For at most as many columns as a panel has. */
	const double *h;
	/* Columns that are solved for together; 0: CODING_PANEL. */
	uint32_t panel;
	/* Improve scales and codes in turns after the sweep. */
	bool refine;
	struct budget *budget;
};

struct coding {
	struct layer layer;
	uint32_t block;	 /* columns of a fit; the last of a row may have less */
	uint32_t blocks; /* fits of a row */
	struct fit *fit; /* [groups, rows, blocks] */
	uint8_t *code;	 /* [groups, rows, columns] */
	double *value;	 /* the same, decoded: level * scale */
	double error;	 /* sum of the fits' errors */
	struct buf fit_buf, code_buf, value_buf;
};

/*
 * Code the weights of L.  DATA NULL: nearest levels, unweighted.  Exact zeros
 * stay zero.  Free with coding_release().  ERR_FORMAT if a weight is not
 * finite.
 */
MUST_USE bool coding_make(struct coding *c, const struct layer *l,
			  const struct coding_opts *o,
			  const struct layer_data *data, struct err *e);
void coding_release(struct coding *c);

/* The fit of COLUMN of CHANNEL, a row of all groups counted together. */
const struct fit *coding_fit(const struct coding *c, uint32_t channel,
			     uint32_t column);

/* Columns beyond this many are solved for in separate panels, so that the
 * matrices stay below 128 MiB. */
enum { CODING_PANEL = 4096 };

/*
 * Replace the constant of L's weight by W [groups, rows, columns], rounded to
 * float, in storage of the model.
 */
MUST_USE bool layer_put(const struct layer *l, const double *w, struct err *e);

#endif
