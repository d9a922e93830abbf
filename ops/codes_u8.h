/* SPDX-License-Identifier: Apache-2.0 */
/* ops/codes_u8.h -- fast kernels for element-wise operators on 8-bit codes. */
#ifndef OPS_CODES_U8_H
#define OPS_CODES_U8_H

#include "kern/codes.h"
#include "ops/call.h"

/* Operands SCALE and SCALE + 1 for codes of type T; ERR_FORMAT unless the
 * scale is a positive number. */
MUST_USE bool codes_u8_read(struct codes_u8 *x, const struct call *c,
			    uint32_t scale, enum dtype t, struct err *e);

/* QuantizeLinear, DequantizeLinear between float and codes of one scale. */
bool quantize_u8_accepts(const struct call *c);
bool quantize_u8_run(const struct call *c, struct err *e);
bool dequantize_u8_accepts(const struct call *c);
bool dequantize_u8_run(const struct call *c, struct err *e);

/* QLinearAdd and QLinearMul of equal shapes, or of a tensor and one code for
 * each of its channels. */
bool qbinary_u8_accepts(const struct call *c);
enum tensor_layout qbinary_u8_layouts(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out);
bool qbinary_u8_run(const struct call *c, struct err *e);

/* QLinearGlobalAveragePool. */
bool qmean_u8_accepts(const struct call *c);
bool qmean_u8_run(const struct call *c, struct err *e);

/* QLinearConcat. */
bool qconcat_u8_accepts(const struct call *c);
enum tensor_layout qconcat_u8_layouts(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out);
bool qconcat_u8_run(const struct call *c, struct err *e);

#define CODES_KERNEL(title, f, by)                                       \
	{                                                                \
		title, "blas", .accepts = f##_u8_accepts, .layouts = by, \
			       .run = f##_u8_run,                        \
	}

#endif
