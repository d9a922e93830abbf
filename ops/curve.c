/* SPDX-License-Identifier: Apache-2.0 */
/* ops/curve.c -- the functions of curve.h, in double by the C library. */
#include "ops/curve.h"

#include <math.h>
#include <stddef.h>
#include <strings.h>

#include "base/compiler.h"

static double negate(const struct curve *a, double x)
{
	(void)a;
	return -x;
}

static double reciprocal(const struct curve *a, double x)
{
	(void)a;
	return 1 / x;
}

static double sign(const struct curve *a, double x)
{
	(void)a;
	if (isnan(x))
		return x;
	return (x > 0) - (x < 0);
}

static double sigmoid(const struct curve *a, double x)
{
	(void)a;
	return 1 / (1 + exp(-x));
}

static double relu(const struct curve *a, double x)
{
	(void)a;
	return x < 0 ? 0 : x;
}

/* log(1 + exp(x)) without overflow. */
static double softplus(const struct curve *a, double x)
{
	(void)a;
	return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double softsign(const struct curve *a, double x)
{
	(void)a;
	return x / (1 + fabs(x));
}

static double hard_swish(const struct curve *a, double x)
{
	(void)a;
	double gate = x / 6 + 0.5;

	return x * (gate < 0 ? 0 : gate > 1 ? 1 : gate);
}

static double mish(const struct curve *a, double x)
{
	return x * tanh(softplus(a, x));
}

static double leaky_relu(const struct curve *a, double x)
{
	return x < 0 ? a->alpha * x : x;
}

static double elu(const struct curve *a, double x)
{
	return x < 0 ? a->alpha * expm1(x) : x;
}

static double selu(const struct curve *a, double x)
{
	return a->beta * (x > 0 ? x : a->alpha * expm1(x));
}

static double celu(const struct curve *a, double x)
{
	return x < 0 ? a->alpha * expm1(x / a->alpha) : x;
}

static double thresholded_relu(const struct curve *a, double x)
{
	return x > a->alpha ? x : 0;
}

static double hard_sigmoid(const struct curve *a, double x)
{
	double y = a->alpha * x + a->beta;

	return y < 0 ? 0 : y > 1 ? 1 : y;
}

/* alpha: lambd, beta: bias. */
static double shrink(const struct curve *a, double x)
{
	if (x < -a->alpha)
		return x + a->beta;
	return x > a->alpha ? x - a->beta : 0;
}

static double swish(const struct curve *a, double x)
{
	return x / (1 + exp(-a->alpha * x));
}

static double gelu(const struct curve *a, double x)
{
	(void)a;
	return 0.5 * x * (1 + erf(x * M_SQRT1_2));
}

/* sqrt(2 / pi) (x + 0.044715 x^3) */
static double gelu_tanh(const struct curve *a, double x)
{
	double t = 0.7978845608028653559 * (x + 0.044715 * x * x * x);

	(void)a;
	return 0.5 * x * (1 + tanh(t));
}

/* alpha: min, beta: max; NaN passes. */
static double clip(const struct curve *a, double x)
{
	x = x < a->alpha ? a->alpha : x;
	return x > a->beta ? a->beta : x;
}

static double affine(const struct curve *a, double x)
{
	return a->alpha * x + a->beta;
}

static double scaled_tanh(const struct curve *a, double x)
{
	return a->alpha * tanh(a->beta * x);
}

static double parametric_softplus(const struct curve *a, double x)
{
	double t = a->beta * x;

	return a->alpha * (t > 0 ? t + log1p(exp(-t)) : log1p(exp(t)));
}

static double library(const struct curve *a, double x)
{
	return a->plain(x);
}

static const struct {
	const char *name;
	struct curve curve;
} curves[] = {
	{"Abs", {library, fabs, 0, 0}},
	{"Acos", {library, acos, 0, 0}},
	{"Acosh", {library, acosh, 0, 0}},
	{"Affine", {affine, NULL, 1, 0}},
	{"Asin", {library, asin, 0, 0}},
	{"Asinh", {library, asinh, 0, 0}},
	{"Atan", {library, atan, 0, 0}},
	{"Atanh", {library, atanh, 0, 0}},
	{"Ceil", {library, ceil, 0, 0}},
	{"Celu", {celu, NULL, 1, 0}},
	{"Clip", {clip, NULL, -INFINITY, INFINITY}},
	{"Cos", {library, cos, 0, 0}},
	{"Cosh", {library, cosh, 0, 0}},
	{"Elu", {elu, NULL, 1, 0}},
	{"Erf", {library, erf, 0, 0}},
	{"Exp", {library, exp, 0, 0}},
	{"Floor", {library, floor, 0, 0}},
	{"Gelu", {gelu, NULL, 0, 0}},
	{"GeluTanh", {gelu_tanh, NULL, 0, 0}},
	{"HardSigmoid", {hard_sigmoid, NULL, 0.2, 0.5}},
	{"HardSwish", {hard_swish, NULL, 0, 0}},
	{"LeakyRelu", {leaky_relu, NULL, 0.01, 0}},
	{"Log", {library, log, 0, 0}},
	{"Mish", {mish, NULL, 0, 0}},
	{"Neg", {negate, NULL, 0, 0}},
	{"ParametricSoftplus", {parametric_softplus, NULL, 1, 1}},
	{"QuickGelu", {swish, NULL, 1.702, 0}},
	{"Reciprocal", {reciprocal, NULL, 0, 0}},
	{"Relu", {relu, NULL, 0, 0}},
	{"Round", {library, nearbyint, 0, 0}},
	{"Scale", {affine, NULL, 1, 0}},
	{"ScaledTanh", {scaled_tanh, NULL, 1, 1}},
	{"Selu",
	 {selu, NULL, 1.67326319217681884765625, 1.05070102214813232421875}},
	{"Shrink", {shrink, NULL, 0.5, 0}},
	{"Sigmoid", {sigmoid, NULL, 0, 0}},
	{"Sign", {sign, NULL, 0, 0}},
	{"Sin", {library, sin, 0, 0}},
	{"Sinh", {library, sinh, 0, 0}},
	{"Softplus", {softplus, NULL, 0, 0}},
	{"Softsign", {softsign, NULL, 0, 0}},
	{"Sqrt", {library, sqrt, 0, 0}},
	{"Swish", {swish, NULL, 1, 0}},
	{"Tan", {library, tan, 0, 0}},
	{"Tanh", {library, tanh, 0, 0}},
	{"ThresholdedRelu", {thresholded_relu, NULL, 1, 0}},
};

bool curve_find(struct curve *c, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(curves); i++)
		if (strcasecmp(curves[i].name, name) == 0) {
			*c = curves[i].curve;
			return true;
		}
	return false;
}

double curve_at(const struct curve *c, double x)
{
	return c->f ? c->f(c, x) : x;
}

void curve_map(const struct curve *c, double *x, size_t n)
{
	if (!c->f)
		return;
	for (size_t i = 0; i < n; i++)
		x[i] = c->f(c, x[i]);
}
