/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qconv_u8.h -- fast kernels for QLinearConv. */
#ifndef OPS_QCONV_U8_H
#define OPS_QCONV_U8_H

#include "kern/u8s8.h"
#include "ops/conv_f32.h"

/* Products of packed columns (kern/u8s8.h). */
bool qconv_u8_accepts(const struct call *c);
bool qconv_u8_prepare(struct call *c, struct err *e);
size_t qconv_u8_scratch(const struct call *c);
bool qconv_u8_run(const struct call *c, struct err *e);

/* One plane at a time: as many groups as channels. */
bool qconv_plane_accepts(const struct call *c);
bool qconv_plane_prepare(struct call *c, struct err *e);
size_t qconv_plane_scratch(const struct call *c);
bool qconv_plane_run(const struct call *c, struct err *e);

#define QCONV_U8_KERNELS                                           \
	{"qconv-u8-plane",                                         \
	 "blas",                                                   \
	 .accepts = qconv_plane_accepts,                           \
	 .scratch = qconv_plane_scratch,                           \
	 .prepare = qconv_plane_prepare,                           \
	 .run = qconv_plane_run},                                  \
	{                                                          \
		"qconv-u8s8", "blas", .accepts = qconv_u8_accepts, \
				      .scratch = qconv_u8_scratch, \
				      .prepare = qconv_u8_prepare, \
				      .run = qconv_u8_run,         \
	}

/* Which operands of a call are codes, scales and zero points of a product y =
 * x * w; NO_ROLE: left out. */
enum { NO_ROLE = 99 };

struct qroles {
	uint32_t x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero;
	uint32_t bias;
};

/* Operands of QLinearConv, and of mlopt's QLinearConvAdd behind them. */
enum {
	QCONV_SCALE = 6,
	QCONV_ZERO,
	QCONV_BIAS,
	QADD_Z,
	QADD_Z_SCALE,
	QADD_Z_ZERO,
	QADD_Y_SCALE,
	QADD_Y_ZERO,
};

extern const struct qroles qroles_conv;	    /* QLinearConv */
extern const struct qroles qroles_conv_add; /* results of the sum */

/* The reference of QLinearConv. */
size_t qconv_ref_scratch(const struct call *c);
bool qconv_ref_run(const struct call *c, struct err *e);

/* Scales and zero points of such a product.  All are constant. */
struct qscales {
	uint8_t xflip, wflip; /* make x unsigned, w signed */
	int32_t xzero;	      /* of the unsigned codes */
	struct requant_u8 y;  /* zero, lo, hi; bias and scale by line */
	const struct tensor *xs, *ws, *ys; /* YS is NULL: the result is float */
};

/* False unless all are constant, X and Y have one scale each, W one or LINES,
 * and W is symmetric around zero (128 for unsigned codes). */
bool qscales_make(struct qscales *q, const struct call *c,
		  const struct qroles *r, size_t lines);

/* Multiplier of LINE. */
float qscales_multiplier(const struct qscales *q, size_t line);

#endif
