/* SPDX-License-Identifier: Apache-2.0 */
/* validate/losses.c -- see losses.h. */
#include "validate/losses.h"

#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "validate/target.h"

enum { CHUNK = 1024 };

static void grow(struct losses *l)
{
	size_t cap = l->cap ? 2 * l->cap : 64;
	double **all[] = {&l->sum[0], &l->sum[1], &l->terms};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		double *more = arena_array(l->arena, double, cap);

		if (l->count)
			memcpy(more, *all[i], l->count * sizeof(*more));
		*all[i] = more;
	}
	l->cap = cap;
}

static void add(struct losses *l, const double *sum, double terms)
{
	if (l->count == l->cap)
		grow(l);
	l->sum[0][l->count] = sum[0];
	l->sum[1][l->count] = sum[1];
	l->terms[l->count++] = terms;
}

/* ---- squares ------------------------------------------------------------ */

static double squares(const struct tensor *y, const struct tensor *t, size_t n)
{
	double a[CHUNK], b[CHUNK], sum = 0;

	for (size_t i = 0; i < n; i += CHUNK) {
		size_t some = n - i < CHUNK ? n - i : CHUNK;

		element_load(y->dtype, y->data, i, some, a);
		element_load(t->dtype, t->data, i, some, b);
		for (size_t k = 0; k < some; k++)
			sum += (a[k] - b[k]) * (a[k] - b[k]);
	}
	return sum;
}

bool losses_add_squares(struct losses *l, const struct tensor *const side[2],
			const struct tensor *target, struct err *e)
{
	size_t n = tensor_count(target);
	double sum[2];

	if (!target_fits(&side[0]->shape, side[0]->shape.rank, target))
		return target_fail(side[0], target, "one for each element", e);
	for (int i = 0; i < 2; i++)
		sum[i] = squares(side[i], target, n);
	add(l, sum, (double)n);
	return true;
}

/* ---- entropy ------------------------------------------------------------ */

/* -ln of the softmax of V scores from element AT on, at LABEL. */
static double entropy(const struct tensor *y, size_t at, size_t v, size_t label)
{
	double x[CHUNK], top = -INFINITY, sum = 0;

	for (size_t i = 0; i < v; i += CHUNK) {
		size_t some = v - i < CHUNK ? v - i : CHUNK;

		element_load(y->dtype, y->data, at + i, some, x);
		for (size_t k = 0; k < some; k++) {
			if (isnan(x[k]))
				return NAN;
			top = x[k] > top ? x[k] : top;
		}
	}
	for (size_t i = 0; i < v; i += CHUNK) {
		size_t some = v - i < CHUNK ? v - i : CHUNK;

		element_load(y->dtype, y->data, at + i, some, x);
		for (size_t k = 0; k < some; k++)
			sum += exp(x[k] - top);
	}
	return log(sum) + top - tensor_double(y, at + label);
}

bool losses_add_entropy(struct losses *l, const struct tensor *const side[2],
			const struct tensor *target, struct err *e)
{
	const struct shape *s = &side[0]->shape;
	size_t n = tensor_count(target), v, terms = 0;
	double sum[2] = {0, 0};

	if (s->rank < 1 || !target_fits(s, s->rank - 1, target))
		return target_fail(side[0], target,
				   "one for each row of scores", e);
	v = (size_t)s->dim[s->rank - 1];
	for (size_t i = 0; i < n; i++) {
		int64_t label;

		if (!target_class(target, i, v, &label, e))
			return false;
		if (label < 0)
			continue;
		for (int k = 0; k < 2; k++)
			sum[k] += entropy(side[k], i * v, v, (size_t)label);
		terms++;
	}
	add(l, sum, (double)terms);
	return true;
}

/* ---- results ------------------------------------------------------------ */

struct picked_rise {
	struct estimate estimate; /* first */
	const struct losses *losses;
};

static double finish(const struct losses *l, double sum, double terms)
{
	double mean = terms > 0 ? sum / terms : NAN;

	return l->exponential ? exp(mean) : mean;
}

static double rise(const struct losses *l, double before, double after,
		   double terms)
{
	double from = finish(l, before, terms), to = finish(l, after, terms);

	return isfinite(from) && from == to ? 0 : to / from - 1;
}

static double total(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum;
}

double losses_of(const struct losses *l, int side)
{
	return finish(l, total(l->sum[side], l->count),
		      total(l->terms, l->count));
}

double losses_rise(const struct losses *l)
{
	return rise(l, total(l->sum[0], l->count), total(l->sum[1], l->count),
		    total(l->terms, l->count));
}

static double rise_of(struct estimate *self, const size_t *picked, size_t n)
{
	const struct losses *l = ((struct picked_rise *)self)->losses;
	double before = 0, after = 0, terms = 0;

	for (size_t i = 0; i < n; i++) {
		before += l->sum[0][picked[i]];
		after += l->sum[1][picked[i]];
		terms += l->terms[picked[i]];
	}
	return rise(l, before, after, terms);
}

struct interval losses_interval(const struct losses *l, double confidence,
				uint64_t seed)
{
	struct picked_rise p = {{rise_of}, l};

	return bootstrap_interval(&p.estimate, l->count, confidence, seed);
}
