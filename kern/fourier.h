/* SPDX-License-Identifier: Apache-2.0 */
/* kern/fourier.h -- discrete Fourier transforms of any length.
 *
 *     y[k] = sum over t of x[t] exp(-+ 2 pi i k t / n)
 *
 * in O(n log n): by halves where n is a power of two, else as a convolution
 * with a chirp (Bluestein, 1970) of such a length.  In double; nothing is
 * scaled.
 */
#ifndef KERN_FOURIER_H
#define KERN_FOURIER_H

#include "base/buf.h"

struct fourier {
	size_t n;
	bool inverse;	/* the sign of the exponent is + */
	size_t padded;	/* a power of two: n, or that of the convolution */
	size_t work;	/* doubles that a run needs */
	double *root;	/* exp(-2 pi i k / padded), k < padded / 2; pairs */
	double *chirp;	/* exp(-+ pi i k^2 / n), k < n; NULL: none needed */
	double *filter; /* transform of the chirp's conjugate, padded pairs */
	struct buf buf;
};

/* Transforms of length N >= 1.  Free with fourier_release(). */
MUST_USE bool fourier_init(struct fourier *f, size_t n, bool inverse,
			   struct err *e);
void fourier_release(struct fourier *f);

/* Transform X, N pairs (real, imaginary), in place; WORK: f->work doubles. */
void fourier_run(const struct fourier *f, double *x, double *work);

#endif
