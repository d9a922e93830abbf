/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product_f32.h -- fast kernels for MatMul, FusedMatMul, Gemm, FusedGemm. */
#ifndef OPS_PRODUCT_F32_H
#define OPS_PRODUCT_F32_H

#include "ops/call.h"

bool matmul_f32_accepts(const struct call *c);
bool matmul_f32_run(const struct call *c, struct err *e);
bool gemm_f32_accepts(const struct call *c);
bool gemm_f32_run(const struct call *c, struct err *e);

#define MATMUL_F32_KERNEL                                                 \
	{                                                                 \
		"matmul-f32-blas", "blas", .accepts = matmul_f32_accepts, \
					   .run = matmul_f32_run,         \
	}
#define GEMM_F32_KERNEL                                               \
	{                                                             \
		"gemm-f32-blas", "blas", .accepts = gemm_f32_accepts, \
					 .run = gemm_f32_run,         \
	}

#endif
