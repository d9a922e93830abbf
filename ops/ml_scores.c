/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_scores.c -- see ml_scores.h. */
#include "ops/ml_scores.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "ops/op.h"

bool ml_post_of(const struct node *n, enum ml_post *post, struct err *e)
{
	static const char *const names[] = {
		[ML_NONE] = "NONE",	    [ML_SOFTMAX] = "SOFTMAX",
		[ML_LOGISTIC] = "LOGISTIC", [ML_SOFTMAX_ZERO] = "SOFTMAX_ZERO",
		[ML_PROBIT] = "PROBIT",
	};
	const char *name = attr_string(n, "post_transform");

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!strcmp(name, names[i])) {
			*post = (enum ml_post)i;
			return true;
		}
	return err_set(e, ERR_FORMAT, "post_transform '%s' is not known", name);
}

/* From the side where exp() cannot overflow. */
float ml_logistic(float x)
{
	float y = expf(-fabsf(x));

	return (x < 0 ? y : 1) / (1 + y);
}

/*
 * sqrt(2) * erfinv(2 x - 1), with Winitzki's approximation of erfinv:
 *
 *     l = ln(1 - z^2)    v = 2 / (pi a) + l / 2    a = 0.147
 *     erfinv(z) = sign(z) sqrt(sqrt(v^2 - l / a) - v)
 *
 * In float with these constants, whose cancellation near x = 0.5 is part of
 * what others print.
 */
float ml_probit(float x)
{
	float z = 2 * x - 1;
	float l = logf((1 - z) * (1 + z));
	float v = 2 / (3.14159265f * 0.147f) + 0.5f * l;
	float y = sqrtf(-v + sqrtf(v * v - 1 / 0.147f * l));

	return 1.41421356f * (z < 0 ? -1.0f * y : y);
}

/* ZERO: scores that are zero stay it. */
static void softmax(float *x, size_t n, bool zero)
{
	float top = -FLT_MAX, sum = 0;

	for (size_t i = 0; i < n; i++)
		if (x[i] > top)
			top = x[i];
	for (size_t i = 0; i < n; i++) {
		if (zero && !(x[i] > 0.0000001f || x[i] < -0.0000001f)) {
			x[i] *= expf(-top);
			continue;
		}
		x[i] = expf(x[i] - top);
		sum += x[i];
	}
	for (size_t i = 0; i < n; i++)
		x[i] /= sum;
}

void ml_post_apply(enum ml_post post, float *score, size_t n)
{
	if (post == ML_PROBIT)
		for (size_t i = 0; i < n; i++)
			score[i] = ml_probit(score[i]);
	if (n < 2)
		return;
	if (post == ML_LOGISTIC)
		for (size_t i = 0; i < n; i++)
			score[i] = ml_logistic(score[i]);
	if (post == ML_SOFTMAX || post == ML_SOFTMAX_ZERO)
		softmax(score, n, post == ML_SOFTMAX_ZERO);
}

void ml_post_complete(enum ml_post post, float *z)
{
	z[0] = post == ML_LOGISTIC ? -z[1] : 1 - z[1];
	if (post == ML_LOGISTIC || post == ML_PROBIT)
		ml_post_apply(post, z, 2);
}
