/* SPDX-License-Identifier: Apache-2.0 */
/* ops/dynamic_quantize.h -- 8-bit codes whose scale comes from the data.
 *
 * The formulas of DynamicQuantizeLinear (ops/dynamic_quantize.c), for the
 * operators that quantize their operand themselves.
 */
#ifndef OPS_DYNAMIC_QUANTIZE_H
#define OPS_DYNAMIC_QUANTIZE_H

#include <stddef.h>

#include "base/err.h"

/* Scale and zero point for X; ERR_FORMAT if it is not finite. */
MUST_USE bool dynamic_range(const float *x, size_t n, float *scale,
			    double *zero, struct err *e);

double dynamic_code(float x, float scale, double zero); /* 0 to 255 */

#endif
