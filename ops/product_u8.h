/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product_u8.h -- fast kernels for QGemm, QLinearMatMul and
 * MatMulIntegerToFloat. */
#ifndef OPS_PRODUCT_U8_H
#define OPS_PRODUCT_U8_H

#include "kern/cpu.h"
#include "ops/call.h"
#include "ops/qconv_u8.h"

/* Sizes and lines of Y [m, n] = X [m, k] W [k, n]. */
struct product_lines {
	struct qscales q;
	size_t m, n, k;
	bool turned;	      /* W is stored [n, k] */
	const uint8_t *w;     /* its codes */
	int32_t *bias;	      /* per column, makes up for X's zero point */
	float *scale, *shift; /* per column; SHIFT of float results */
};

/* A matrix of constant codes on the right, all scales constant. */
bool product_lines_accepts(const struct call *c);

/* For calls that are accepted.  AS_PANELS: codes of X are flipped to unsigned
 * ones and columns fill up panels (kern/u8s8.h); else X is taken as stored. */
void product_lines_make(struct product_lines *l, const struct call *c,
			bool as_panels);
void product_lines_release(struct product_lines *l);

/* By our own sums of products of bytes. */
bool product_u8_prepare(struct call *c, struct err *e);
size_t product_u8_scratch(const struct call *c);
bool product_u8_run(const struct call *c, struct err *e);

/* By oneDNN. */
bool product_dnnl_accepts(const struct call *c);
bool product_dnnl_prepare(struct call *c, struct err *e);
size_t product_dnnl_scratch(const struct call *c);
bool product_dnnl_run(const struct call *c, struct err *e);

/* Without VNNI the library adds pairs of products in 16 bits, which
 * saturate. */
#define PRODUCT_U8_KERNELS                                                   \
	{"product-u8s8",                                                     \
	 "blas",                                                             \
	 .accepts = product_lines_accepts,                                   \
	 .scratch = product_u8_scratch,                                      \
	 .prepare = product_u8_prepare,                                      \
	 .run = product_u8_run},                                             \
	{                                                                    \
		"product-onednn", "onednn", .needs = CPU_VNNI,               \
					    .accepts = product_dnnl_accepts, \
					    .prepare = product_dnnl_prepare, \
					    .scratch = product_dnnl_scratch, \
					    .run = product_dnnl_run,         \
	}

#endif
