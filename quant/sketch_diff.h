/* SPDX-License-Identifier: Apache-2.0 */
/* quant/sketch_diff.h -- has data drifted from what was calibrated?
 *
 * Of each tensor, with a and b the shares of the old and the new sketch:
 *
 *     PSI = sum over cells of (b - a) ln(b / a)
 *     KS  = max over x of |share of new <= x - share of old <= x|
 *
 * Cells are the tenths of the old values, as far as bins divide them, one
 * below and one above all of them, and one each for -inf, +inf and NaN; each
 * counts half a value more than it has, so that no share is 0.  KS is taken at
 * the edges of bins (64 to the octave); infinities lie at the ends, NaN last.
 *
 * Customary readings of PSI (credit scoring): below 0.1 stable, above 0.25
 * drifted.
 */
#ifndef QUANT_SKETCH_DIFF_H
#define QUANT_SKETCH_DIFF_H

#include "quant/sketch.h"

struct sketch_drift {
	const char *name;  /* the old sketch's */
	uint64_t count[2]; /* values seen, old and new, of any kind */
	double psi, ks;
};

/* The histogram of a tensor that nothing reached drifts infinitely (KS 1) once
 * something does, and not at all before. */
void histogram_drift(const struct histogram *was, const struct histogram *is,
		     struct sketch_drift *out);

/*
 * OUT[WAS->count], by falling PSI, equal ones by name.
 * ERR_FORMAT if the sketches are of two models or one has no samples.
 */
MUST_USE bool sketch_diff(const struct sketch *was, const struct sketch *is,
			  struct sketch_drift *out, struct err *e);

#endif
