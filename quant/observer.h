/* SPDX-License-Identifier: Apache-2.0 */
/* quant/observer.h -- from what calibration saw to the range worth coding.
 *
 * One file per method; it exports observer_<file>, and Makefile.am lists the
 * file in OBSERVERS.  All methods work on the same histograms, so one
 * calibration serves them all.
 */
#ifndef QUANT_OBSERVER_H
#define QUANT_OBSERVER_H

#include "base/buf.h"
#include "quant/histogram.h"

/* Real numbers to represent; lo <= 0 <= hi, both finite. */
struct range {
	double lo, hi;
};

/* What alone reads a tensor: errors count behind it. */
struct response {
	double (*at)(const struct response *self, double x);
	double alpha, beta;
};

struct observer {
	const char *name, *summary;
	/*
	 * The range for LEVELS equally spaced levels (256 for 8 bits).  An
	 * empty histogram gives [0, 0].
	 */
	void (*range)(const struct histogram *h, int levels, struct range *out);
	/* The same where only READER(x) counts; NULL: makes no difference. */
	void (*range_before)(const struct histogram *h, int levels,
			     const struct response *reader, struct range *out);
};

const struct observer *observer_find(const char *name);
const struct observer *observer_next(const struct observer *prev);

/* The exact extremes, widened to contain 0. */
struct range range_full(const struct histogram *h);

/*
 * x = (code - zero) * scale, codes 0 .. levels - 1.
 *
 *     scale = (hi - lo) / (levels - 1), as a float;  zero = round(-lo / scale)
 *
 * A range too narrow for a normal scale (also [0, 0]: an empty tensor or
 * one that is 0 everywhere) gets scale 1.  So does nothing else: a constant
 * c > 0 has the range [0, c].
 */
struct affine {
	float scale; /* > 0, finite */
	int32_t zero;
};

struct affine affine_from_range(const struct range *r, int levels);

#endif
