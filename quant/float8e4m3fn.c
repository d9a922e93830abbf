/* SPDX-License-Identifier: Apache-2.0 */
/* quant/float8e4m3fn.c -- 8-bit floats with 3 bits of fraction, to 448.
 *
 * Source: Micikevicius et al., FP8 formats for deep learning (2022).
 */
#include "quant/float8.h"

extern const struct scheme scheme_float8e4m3fn;
const struct scheme scheme_float8e4m3fn = {
	.name = "float8e4m3fn",
	.summary = "floats of 4 bits of exponent and 3 of fraction",
	.min_bits = 8,
	.max_bits = 8,
	.dtype = DTYPE_F8E4M3FN,
	.fill = float8_fill,
};
