/* SPDX-License-Identifier: Apache-2.0 */
/* ops/codes_u8.h -- fast kernels for element-wise operators on 8-bit codes. */
#ifndef OPS_CODES_U8_H
#define OPS_CODES_U8_H

#include "ops/call.h"

/* QuantizeLinear, DequantizeLinear between float and codes of one scale. */
bool quantize_u8_accepts(const struct call *c);
bool quantize_u8_run(const struct call *c, struct err *e);
bool dequantize_u8_accepts(const struct call *c);
bool dequantize_u8_run(const struct call *c, struct err *e);

/* QLinearAdd and QLinearMul of equal shapes. */
bool qbinary_u8_accepts(const struct call *c);
bool qbinary_u8_run(const struct call *c, struct err *e);

/* QLinearGlobalAveragePool. */
bool qmean_u8_accepts(const struct call *c);
bool qmean_u8_run(const struct call *c, struct err *e);

#define CODES_KERNEL(title, f)                                               \
	{                                                                    \
		title, "blas", .accepts = f##_u8_accepts, .run = f##_u8_run, \
	}

#endif
