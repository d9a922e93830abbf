/* SPDX-License-Identifier: Apache-2.0 */
/* ops/linear.h -- fast kernels of mlopt's Linear (ops/linear.c). */
#ifndef OPS_LINEAR_H
#define OPS_LINEAR_H

#include "kern/cpu.h"
#include "ops/call.h"

/* Its operands. */
enum { LINEAR_X, LINEAR_W, LINEAR_B, LINEAR_Z };

/* Sizes: Y [m, n] = X [m, k] W [k, n]. */
struct linear_sizes {
	size_t m, n, k;
	bool transposed; /* W is stored [n, k] */
};

void linear_make(struct linear_sizes *l, const struct call *c);

/* By our own products, for processors with AVX2. */
bool linear_panels_accepts(const struct call *c);
bool linear_panels_prepare(struct call *c, struct err *e);
size_t linear_panels_scratch(const struct call *c);
bool linear_panels_run(const struct call *c, struct err *e);

#define LINEAR_PANELS_KERNEL                                                 \
	{                                                                    \
		"linear-f32-panels", "blas",                                 \
			.needs = CPU_AVX2, .accepts = linear_panels_accepts, \
			.prepare = linear_panels_prepare,                    \
			.packs = 1 << LINEAR_W,                              \
			.scratch = linear_panels_scratch,                    \
			.run = linear_panels_run, .in_place = LINEAR_Z + 1,  \
	}

/* By OpenBLAS. */
bool linear_blas_accepts(const struct call *c);
bool linear_blas_run(const struct call *c, struct err *e);

#define LINEAR_BLAS_KERNEL                                                 \
	{                                                                  \
		"linear-f32-blas", "blas", .accepts = linear_blas_accepts, \
					   .run = linear_blas_run,         \
					   .in_place = LINEAR_Z + 1,       \
	}

#endif
