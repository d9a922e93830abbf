/* SPDX-License-Identifier: Apache-2.0 */
/* base/openblas.h -- OpenBLAS's functions, loaded when they are first needed. */
#ifndef BASE_OPENBLAS_H
#define BASE_OPENBLAS_H

#include <cblas.h>
#include <stddef.h>

#include "base/err.h"

/* OpenBLAS's own, exported but in no header. */
void *blas_memory_alloc(int unused);
void blas_memory_free(void *buffer);

/* LAPACK by its Fortran entries: liblapacke would bring a second LAPACK.  The
 * sizes at the end are the lengths of the texts. */
void dpotrf_(const char *uplo, const blasint *n, double *a, const blasint *lda,
	     blasint *info, size_t);
void dpotri_(const char *uplo, const blasint *n, double *a, const blasint *lda,
	     blasint *info, size_t);
void dposv_(const char *uplo, const blasint *n, const blasint *nrhs, double *a,
	    const blasint *lda, double *b, const blasint *ldb, blasint *info,
	    size_t);
void dtrtri_(const char *uplo, const char *diag, const blasint *n, double *a,
	     const blasint *lda, blasint *info, size_t, size_t);

/* Every function that is used, with its own type. */
#define OPENBLAS_FUNCTIONS(F)       \
	F(cblas_sgemm)              \
	F(cblas_sgemv)              \
	F(dposv_)                   \
	F(dpotrf_)                  \
	F(dpotri_)                  \
	F(dtrtri_)                  \
	F(openblas_get_config)      \
	F(openblas_get_corename)    \
	F(openblas_get_parallel)    \
	F(openblas_set_num_threads) \
	F(blas_memory_alloc)        \
	F(blas_memory_free)

struct openblas {
#define F(name) __typeof__(&name) name;
	OPENBLAS_FUNCTIONS(F)
#undef F
};

/* Load it, with as many threads as ours; ERR_UNSUPPORTED where it is missing.
 * Done once, by whoever comes first. */
bool openblas_load(struct err *e);
/* NULL before. */
const struct openblas *openblas_loaded(void);

#endif
