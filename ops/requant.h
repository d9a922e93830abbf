/* SPDX-License-Identifier: Apache-2.0 */
/* ops/requant.h -- from 32-bit sums back to 8-bit codes.
 *
 *     m    = a_scale * b_scale / y_scale            in float, left to right
 *     code = saturate(round(float(sum) * m) + zero) ties to even
 *
 * This is ONNX Runtime's formula bit by bit: multiplier and product are
 * floats, each rounded once.
 */
#ifndef OPS_REQUANT_H
#define OPS_REQUANT_H

#include <stdint.h>

#include "graph/tensor.h"

float requant_multiplier(double a_scale, double b_scale, double y_scale);

/* The code as a number, not yet saturated: element_set_double() clamps. */
double requant(int32_t sum, float multiplier, double zero);

/* The low 32 bits of an integer that double holds exactly. */
int32_t sum_int32(double x);

/* A scale or zero point for each of COUNT lines, or one for all. */
MUST_USE bool requant_check(const struct shape *s, const char *name,
			    int64_t count, struct err *e);

/* Element LINE of T, or its only one; FALLBACK if T is NULL. */
double per_line(const struct tensor *t, size_t line, double fallback);

#endif
