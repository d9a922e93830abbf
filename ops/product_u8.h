/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product_u8.h -- fast kernels for QGemm and QLinearMatMul. */
#ifndef OPS_PRODUCT_U8_H
#define OPS_PRODUCT_U8_H

#include "ops/call.h"

/* A matrix of constant codes on the right. */
bool product_u8_accepts(const struct call *c);
bool product_u8_prepare(struct call *c, struct err *e);
size_t product_u8_scratch(const struct call *c);
bool product_u8_run(const struct call *c, struct err *e);

#define PRODUCT_U8_KERNEL                                              \
	{                                                              \
		"product-u8s8", "blas", .accepts = product_u8_accepts, \
					.scratch = product_u8_scratch, \
					.prepare = product_u8_prepare, \
					.run = product_u8_run,         \
	}

#endif
