/* SPDX-License-Identifier: Apache-2.0 */
/* validate/resemble.c -- see resemble.h. */
#include "validate/resemble.h"

#include <math.h>
#include <stdlib.h>

#include "ops/random.h"
#include "validate/agree.h"

/* ---- what depends on a draw ---------------------------------------------- */

static bool reads_drawn(const struct node *n, const bool *drawn)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (n->in[i].value && drawn[n->in[i].value->id])
			return true;
	return false;
}

/* An inner graph makes its node, and all around it, drawn. */
static void mark_owners(const struct node *n, bool *owns)
{
	for (const struct node *at = n; at; at = at->graph->owner)
		owns[at->id] = true;
}

const bool *find_drawn_outputs(const struct model *m, struct arena *a)
{
	bool *drawn = arena_array(a, bool, m->nvalues);
	bool *owns = arena_array(a, bool, m->nnodes);
	bool *out = arena_array(a, bool, m->main->nout);

	for (const struct node *n = model_first(m); n; n = model_next(n))
		if (node_is_random(n))
			mark_owners(n, owns);
	for (const struct node *n = m->main->first; n; n = n->next)
		if (owns[n->id] || reads_drawn(n, drawn))
			for (uint32_t i = 0; i < n->nout; i++)
				if (n->out[i])
					drawn[n->out[i]->id] = true;
	for (uint32_t i = 0; i < m->main->nout; i++)
		out[i] = drawn[m->main->out[i].read.value->id];
	return out;
}

/* ---- distributions ------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	/* NaN last, so that the order is one. */
	if (isnan(x) || isnan(y))
		return isnan(x) - isnan(y);
	return (x > y) - (x < y);
}

static double *sorted(const struct tensor *t, struct arena *a)
{
	size_t n = tensor_count(t);
	double *x = arena_array(a, double, n);

	for (size_t i = 0; i < n; i++)
		x[i] = tensor_double(t, i);
	qsort(x, n, sizeof(*x), by_value);
	return x;
}

/* The largest distance between the shares of X and Y up to a number. */
static double distance(const double *x, const double *y, size_t n)
{
	size_t i = 0, j = 0;
	double most = 0;

	while (i < n && j < n) {
		double at = by_value(&x[i], &y[j]) < 0 ? x[i] : y[j];

		while (i < n && by_value(&x[i], &at) <= 0)
			i++;
		while (j < n && by_value(&y[j], &at) <= 0)
			j++;
		most = fmax(most, fabs((double)i - (double)j) / (double)n);
	}
	return most;
}

static bool same_distribution(const struct tensor *got,
			      const struct tensor *want, struct str *why)
{
	struct arena a = {0};
	size_t n = tensor_count(want);
	double d = distance(sorted(got, &a), sorted(want, &a), n);
	double bound = 1.95 * sqrt(2 / (double)n);

	arena_release(&a);
	if (d < bound)
		return true;
	str_addf(why,
		 "is drawn from another distribution: distance %.3g of %zu "
		 "elements, want less than %.3g",
		 d, n, bound);
	return false;
}

static bool has_numbers(const struct datum *d)
{
	enum dtype_class c = dtype_info[d->tensor.dtype].class;

	return d->type.kind == TYPE_TENSOR && c != CLASS_STRING &&
	       c != CLASS_COMPLEX;
}

bool datum_resembles(const struct datum *got, const struct datum *want,
		     struct str *why)
{
	struct tolerance types = {.types_only = true};

	if (!datum_agrees(got, want, &types, why))
		return false;
	return !has_numbers(want) || tensor_count(&want->tensor) == 0 ||
	       same_distribution(&got->tensor, &want->tensor, why);
}
