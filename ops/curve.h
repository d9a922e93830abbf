/* SPDX-License-Identifier: Apache-2.0 */
/* ops/curve.h -- real functions of one number, by operator name.
 *
 * Shared by the operators themselves, by activations fused into others, and
 * by recurrent cells.  ALPHA and BETA are the parameters as ONNX names them;
 * other names: Clip (min, max), Selu (alpha, gamma), Shrink (lambd, bias).
 * Gelu is x * Phi(x), GeluTanh its approximation; Round takes ties to even.
 */
#ifndef OPS_CURVE_H
#define OPS_CURVE_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed: the identity. */
struct curve {
	double (*f)(const struct curve *c, double x);
	double (*plain)(double x);
	double alpha, beta;
};

/* NAME (letter case is ignored, as recurrent operators want) with ONNX's
 * default parameters; false if there is none. */
bool curve_find(struct curve *c, const char *name);

double curve_at(const struct curve *c, double x);
void curve_map(const struct curve *c, double *x, size_t n);

#endif
