/* SPDX-License-Identifier: Apache-2.0 */
/* kern/gemm_f32.c -- matrix products by OpenBLAS. */
#include "base/openblas.h"
#include "kern/gemm.h"

/* One row times a matrix: sgemv is faster than sgemm with one row. */
static void row_times(const struct gemm *g, const float *a, const float *b,
		      float *y)
{
	blasint rows = (blasint)(g->tb ? g->n : g->k);
	blasint cols = (blasint)(g->tb ? g->k : g->n);

	openblas_loaded()->cblas_sgemv(
		CblasRowMajor, g->tb ? CblasNoTrans : CblasTrans, rows, cols,
		g->alpha, b, (blasint)g->ldb, a, g->ta ? (blasint)g->lda : 1,
		g->beta, y, 1);
}

void kern_gemm_f32(const struct gemm *g, const float *a, const float *b,
		   float *y)
{
	if (!g->m || !g->n)
		return;
	if (g->m == 1 && g->k) {
		row_times(g, a, b, y);
		return;
	}
	openblas_loaded()->cblas_sgemm(
		CblasRowMajor, g->ta ? CblasTrans : CblasNoTrans,
		g->tb ? CblasTrans : CblasNoTrans, (blasint)g->m, (blasint)g->n,
		(blasint)g->k, g->alpha, a, (blasint)g->lda, b, (blasint)g->ldb,
		g->beta, y, (blasint)g->ldy);
}
