/* SPDX-License-Identifier: Apache-2.0 */
/* kern/gemm.h -- matrix products by OpenBLAS. */
#ifndef KERN_GEMM_H
#define KERN_GEMM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Y = alpha op(A) op(B) + beta Y, all row-major: op(A) is M x K, op(B) K x N,
 * Y M x N.  LDx is the distance of rows as stored.  Inside of a job it runs on
 * the calling thread, else on all.  openblas_load() comes before it.
 */
struct gemm {
	size_t m, n, k;
	bool ta, tb; /* A is stored K x M, B is stored N x K */
	size_t lda, ldb, ldy;
	float alpha, beta;
};

void kern_gemm_f32(const struct gemm *g, const float *a, const float *b,
		   float *y);

#endif
