/* SPDX-License-Identifier: Apache-2.0 */
/* quant/scheme.h -- numeric schemes: which real numbers a weight may become.
 *
 * A codebook lists the levels of a scheme at some number of bits.  A weight
 * of channel c is stored as a code and stands for level[code] * scale[c].
 * Levels are symmetric about 0, and 0 is always one of them, so that pruned
 * weights stay pruned.
 *
 *     linear   -top .. top, top = 2^(bits-1) - 1
 *     log      0 and +-2^(-k/steps), k = 0 .. 2^(bits-1) - 2
 *
 * Levels are numbers that the stored model holds exactly: integers, or
 * values rounded to float.  -2^(bits-1) is unused by linear codes, so that
 * negation is exact.
 *
 * One file per scheme; it exports scheme_<file>, and Makefile.am lists the
 * file in SCHEMES.
 */
#ifndef QUANT_SCHEME_H
#define QUANT_SCHEME_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "graph/dtype.h"

enum { CODEBOOK_BITS = 8, CODEBOOK_LEVELS = 1 << CODEBOOK_BITS };

struct codebook {
	const struct scheme *scheme;
	int bits;
	int steps;	/* log: levels per octave; linear: 0 */
	uint32_t nmags; /* magnitudes, 0 included */
	/* Ascending; mag[0] is 0.  Code nmags - 1 + k stands for mag[k], code
	 * nmags - 1 - k for -mag[k]. */
	double mag[CODEBOOK_LEVELS / 2];
	double middle[CODEBOOK_LEVELS / 2]; /* of mag[k] and mag[k + 1] */
};

struct scheme {
	const char *name, *summary;
	int min_bits, max_bits;
	/* Allowed values of codebook.steps, ended by 0; NULL: only 0. */
	const int *steps;
	/* The floating type whose numbers the levels are, or DTYPE_NONE. */
	enum dtype dtype;
	/* Set nmags and mag[] of B, whose bits and steps are legal. */
	void (*fill)(struct codebook *b);
	/* Index of the magnitude nearest to |x| = X, for X between the least
	 * and the greatest; NULL: by search, a tie to the smaller. */
	uint32_t (*nearest)(const struct codebook *b, double x);
	/* What N weights at SCALE cost, in the sense of struct fit; NULL: by
	 * the nearest magnitudes. */
	double (*error)(const struct codebook *b, double scale, const double *w,
			const double *importance, size_t n);
};

const struct scheme *scheme_find(const char *name);
const struct scheme *scheme_next(const struct scheme *prev);

/* Levels of SCHEME; ERR_USAGE if it has none for these BITS and STEPS. */
MUST_USE bool codebook_init(struct codebook *b, const struct scheme *scheme,
			    int bits, int steps, struct err *e);

/* Number of codes: 2 * nmags - 1. */
uint32_t codebook_count(const struct codebook *b);

/* The greatest level; the scale of a channel is about max |w| over it. */
double codebook_top(const struct codebook *b);

/* The level of CODE. */
double codebook_level(const struct codebook *b, uint32_t code);

/* The code whose level is nearest to X in the linear domain; beyond the
 * greatest level that one.  X is finite. */
uint32_t codebook_nearest(const struct codebook *b, double x);

/* A channel's levels: a codebook and a scale that is a float. */
struct fit {
	const struct codebook *book;
	double scale; /* > 0, finite */
	double error; /* sum of importance * (w - level * scale)^2 */
};

/*
 * The codebook and the scale with the least weighted squared error for one
 * channel of N weights W, among NBOOKS codebooks and for each of them 41
 * scales, 0.5 .. 1.3 times max |w| / top.  IMPORTANCE holds N weights >= 0;
 * NULL: all 1.  The first of equals wins.  A channel of zeros gets the first
 * codebook and scale 1.
 */
struct fit codebook_fit(const struct codebook *const *book, uint32_t nbooks,
			const double *w, const double *importance, size_t n);

/* The scale max |w| / top, without a search: full range. */
struct fit codebook_full_range(const struct codebook *b, const double *w,
			       size_t n);

#endif
