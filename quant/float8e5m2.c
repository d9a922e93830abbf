/* SPDX-License-Identifier: Apache-2.0 */
/* quant/float8e5m2.c -- 8-bit floats with 2 bits of fraction, to 57344.
 *
 * Source: Micikevicius et al., FP8 formats for deep learning (2022).
 */
#include "quant/float8.h"

extern const struct scheme scheme_float8e5m2;
const struct scheme scheme_float8e5m2 = {
	.name = "float8e5m2",
	.summary = "floats of 5 bits of exponent and 2 of fraction",
	.min_bits = 8,
	.max_bits = 8,
	.dtype = DTYPE_F8E5M2,
	.fill = float8_fill,
};
