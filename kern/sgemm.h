/* SPDX-License-Identifier: Apache-2.0 */
/* kern/sgemm.h -- matrix products with a right-hand side that was packed.
 *
 * W [K, N] lies in panels of SGEMM_PANEL columns, one after the other: for
 * each row of W as many neighbouring floats, those beyond column N zero.
 * Every element of Y is summed in the same order whatever the processor, the
 * number of threads and the number of rows.
 */
#ifndef KERN_SGEMM_H
#define KERN_SGEMM_H

#include <stddef.h>

#include "kern/act.h"

enum { SGEMM_PANEL = 32 };

/* Panels of a matrix with N columns; each has SGEMM_PANEL * K floats. */
size_t sgemm_panels(size_t n);

/* Pack W, floats at any alignment whose element (i, j) is W[i * DOWN + j *
 * RIGHT]; on all threads. */
void kern_sgemm_pack(const void *w, size_t down, size_t right, size_t k,
		     size_t n, float *panels);

/* Y [M, N] = ACT(X [M, K] W [K, N] + BIAS [N] + Z [M, N]) */
struct sgemm {
	size_t m, n, k;
	size_t ldx, ldy; /* from row to row, of Z as of Y */
	const float *x, *panels;
	const float *bias; /* NULL: none */
	const float *z;	   /* NULL: none; may be Y itself */
	struct act act;
	float *y;
};

/* Floats that kern_sgemm() needs at SCRATCH with as many threads as now; where
 * M is 1 it may be NULL. */
size_t sgemm_scratch_floats(const struct sgemm *g);

/* Inside of a job it runs on the calling thread, else on all. */
void kern_sgemm(const struct sgemm *g, float *scratch);

#endif
