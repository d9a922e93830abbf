/* SPDX-License-Identifier: Apache-2.0 */
/* validate/expected_drop.c -- see expected_drop.h. */
#include "validate/expected_drop.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct top {
	uint32_t a, b; /* best and second best */
};

static struct top top_of(const double *z, uint32_t n)
{
	struct top t = {0, 1};

	if (z[1] > z[0])
		t = (struct top){1, 0};
	for (uint32_t i = 2; i < n; i++)
		if (z[i] > z[t.a])
			t = (struct top){i, t.a};
		else if (z[i] > z[t.b])
			t.b = i;
	return t;
}

static bool are_probabilities(const struct scores *z)
{
	for (uint32_t i = 0; i < z->n; i++) {
		const double *row = z->at + (size_t)i * z->classes;
		double sum = 0;

		for (uint32_t c = 0; c < z->classes; c++) {
			if (!(row[c] >= 0 && row[c] <= 1 + 1e-6))
				return false;
			sum += row[c];
		}
		if (!(fabs(sum - 1) < 1e-3))
			return false;
	}
	return z->n > 0;
}

/* Rows less their means, logarithms of probabilities. */
static double *centred(const struct scores *z, bool logarithms, struct arena *a)
{
	double *to = arena_array(a, double, (size_t)z->n * z->classes);

	for (uint32_t i = 0; i < z->n; i++) {
		const double *from = z->at + (size_t)i * z->classes;
		double *row = to + (size_t)i * z->classes, mean = 0;

		for (uint32_t c = 0; c < z->classes; c++) {
			row[c] = logarithms ? log(fmax(from[c], 1e-12))
					    : from[c];
			mean += row[c] / z->classes;
		}
		for (uint32_t c = 0; c < z->classes; c++)
			row[c] -= mean;
	}
	return to;
}

static double partition(const double *row, uint32_t n, double top, double t)
{
	double sum = 0;

	for (uint32_t c = 0; c < n; c++)
		sum += exp((row[c] - top) / t);
	return sum;
}

static double surprise(const double *z, const struct scores *s,
		       const uint32_t *label, double t)
{
	double sum = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		const double *row = z + (size_t)i * s->classes;
		double top = row[top_of(row, s->classes).a];

		sum += log(partition(row, s->classes, top, t)) -
		       (row[label[i]] - top) / t;
	}
	return sum;
}

/* The surprise is convex in 1 / T, so it has one minimum in log T. */
static double temperature(const double *z, const struct scores *s,
			  const uint32_t *label)
{
	double lo = log(0.02), hi = log(50);

	for (int i = 0; i < 60; i++) {
		double x = lo + (hi - lo) / 3, y = hi - (hi - lo) / 3;

		if (surprise(z, s, label, exp(x)) <
		    surprise(z, s, label, exp(y)))
			hi = y;
		else
			lo = x;
	}
	return exp((lo + hi) / 2);
}

void margins_of(struct margins *m, const struct scores *s,
		const uint32_t *label, struct arena *a)
{
	double *z = centred(s, are_probabilities(s), a);
	double t = label ? temperature(z, s, label) : 1;

	m->count = s->n;
	m->margin = arena_array(a, double, s->n);
	m->cost = arena_array(a, double, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		const double *row = z + (size_t)i * s->classes;
		struct top k = top_of(row, s->classes);
		double all = partition(row, s->classes, row[k.a], t);

		m->margin[i] = row[k.a] - row[k.b];
		m->cost[i] = label ? (1 - exp(-m->margin[i] / t)) / all : 1;
	}
}

static double scale_of(const double *want, const double *got, size_t n)
{
	double both = 0, square = 0;

	for (size_t i = 0; i < n; i++) {
		both += want[i] * got[i];
		square += want[i] * want[i];
	}
	return square > 0 ? both / square : 1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The greatest of the lesser half of N margins. */
static double median(const double *margin, uint32_t n, struct arena *a)
{
	double *sorted = arena_memdup(a, margin, n * sizeof(*margin));

	qsort(sorted, n, sizeof(*sorted), by_value);
	return sorted[(n - 1) / 2];
}

/* What the candidate adds to small margins: *COUNT numbers in E [want->n];
 * false if one is none. */
static bool noise_of(double *e, uint32_t *count, const struct scores *want,
		     const struct scores *candidate, struct arena *a)
{
	bool logarithms = are_probabilities(want), finite = true;
	double *z = centred(want, logarithms, a);
	double *x = centred(candidate, logarithms, a);
	double *m = arena_array(a, double, want->n);
	double s = scale_of(z, x, (size_t)want->n * want->classes), most;

	for (uint32_t j = 0; j < want->n; j++) {
		const double *row = z + (size_t)j * want->classes;
		const double *got = x + (size_t)j * want->classes;
		struct top k = top_of(row, want->classes);

		m[j] = row[k.a] - row[k.b];
		/* It says nothing, or the opposite: all changes. */
		e[j] = s > 0 ? (got[k.a] - got[k.b]) / s - m[j] : -INFINITY;
		finite &= isfinite(s) && !isnan(e[j]);
	}
	most = median(m, want->n, a);
	*count = 0;
	for (uint32_t j = 0; j < want->n; j++)
		if (m[j] <= most)
			e[(*count)++] = e[j];
	return finite;
}

struct expected_drop expected_drop(const struct margins *m,
				   const struct scores *want,
				   const struct scores *candidate)
{
	struct arena a = {0};
	double *e = arena_array(&a, double, want->n);
	struct expected_drop x = {NAN, NAN};
	double sum = 0, squares = 0, n = m->count;
	uint32_t count;

	if (noise_of(e, &count, want, candidate, &a)) {
		for (uint32_t i = 0; i < m->count; i++) {
			double cost = 0;

			for (uint32_t j = 0; j < count; j++)
				cost += m->margin[i] + e[j] < 0 ? m->cost[i]
								: 0;
			cost /= count;
			sum += cost;
			squares += cost * cost;
		}
		x.drop = sum / n;
		x.error = sqrt(fmax(squares / n - x.drop * x.drop, 0) / n);
	}
	arena_release(&a);
	return x;
}
