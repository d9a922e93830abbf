/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_pairs.c -- see ml_pairs.h.
 *
 * Minimizes p' Q p over probabilities p, where, with r[i][j] the probability
 * that i wins against j,
 *
 *     Q[i][i] = sum_j r[j][i]^2       Q[i][j] = -r[j][i] r[i][j]
 *
 * by exact steps along one coordinate after the other, each followed by
 * scaling p back to sum 1.
 */
#include "ops/ml_pairs.h"

#include <math.h>

enum { MAX_ROUNDS = 100 };

size_t ml_pairs_floats(size_t n)
{
	return 2 * n * n + n;
}

static void fill_r(const double *pair, size_t n, float *r)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			float x = fmaxf((float)pair[k++], 1.0e-7f);

			x = fminf(x, 1 - 1.0e-7f);
			r[i * n + j] = x;
			r[j * n + i] = 1 - x;
		}
}

static void fill_q(const float *r, size_t n, float *q)
{
	for (size_t i = 0; i < n; i++) {
		q[i * n + i] = 0;
		for (size_t j = 0; j < n; j++) {
			if (j == i)
				continue;
			q[i * n + i] += r[j * n + i] * r[j * n + i];
			q[i * n + j] = -r[j * n + i] * r[i * n + j];
		}
	}
}

/* QP = Q p; returns p' Q p, and in *ERROR how far P is from a solution. */
static float multiply(const float *q, const float *p, size_t n, float *qp,
		      float *error)
{
	float pqp = 0;

	for (size_t i = 0; i < n; i++) {
		qp[i] = 0;
		for (size_t j = 0; j < n; j++)
			qp[i] += q[i * n + j] * p[j];
		pqp += p[i] * qp[i];
	}
	*error = 0;
	for (size_t i = 0; i < n; i++)
		*error = fmaxf(*error, fabsf(qp[i] - pqp));
	return pqp;
}

/* The step along coordinate I; returns the new p' Q p. */
static float step(const float *q, float *p, size_t n, size_t i, float *qp,
		  float pqp)
{
	float d = (-qp[i] + pqp) / q[i * n + i];

	p[i] += d;
	pqp = (pqp + d * (d * q[i * n + i] + 2 * qp[i])) / (1 + d) / (1 + d);
	for (size_t j = 0; j < n; j++) {
		qp[j] = (qp[j] + d * q[i * n + j]) / (1 + d);
		p[j] /= 1 + d;
	}
	return pqp;
}

void ml_pairs_join(const double *pair, size_t n, float *scratch, float *p)
{
	float *r = scratch, *q = r + n * n, *qp = q + n * n;
	float eps = 0.005f / (float)n;

	fill_r(pair, n, r);
	fill_q(r, n, q);
	for (size_t i = 0; i < n; i++)
		p[i] = 1.0f / (float)n;
	for (int round = 0; round < MAX_ROUNDS; round++) {
		float error, pqp = multiply(q, p, n, qp, &error);

		if (error < eps)
			return;
		for (size_t i = 0; i < n; i++)
			pqp = step(q, p, n, i, qp, pqp);
	}
}
