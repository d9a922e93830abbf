/* SPDX-License-Identifier: Apache-2.0 */
/* quant/sketch_diff.c -- see sketch_diff.h. */
#include "quant/sketch_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tenths and what is below, above, -inf, +inf, NaN. */
enum { TENTHS = 10, CELLS = TENTHS + 5 };

static uint64_t all_of(const struct histogram *h)
{
	return h->count + h->minus_inf + h->plus_inf + h->nan;
}

/* Both histograms bin by bin in ascending order. */
struct pair {
	const struct histogram *h[2];
	struct bin bin[2];
	bool more[2];
	uint64_t count[2]; /* in the current bin */
};

static void pair_begin(struct pair *p, const struct histogram *was,
		       const struct histogram *is)
{
	*p = (struct pair){.h = {was, is}};
	for (int i = 0; i < 2; i++)
		p->more[i] = histogram_next(p->h[i], &p->bin[i]);
}

static bool pair_next(struct pair *p)
{
	uint32_t at = UINT32_MAX;

	for (int i = 0; i < 2; i++)
		if (p->more[i] && p->bin[i].next < at)
			at = p->bin[i].next;
	for (int i = 0; i < 2; i++) {
		bool here = p->more[i] && p->bin[i].next == at;

		p->count[i] = here ? p->bin[i].count : 0;
		if (here)
			p->more[i] = histogram_next(p->h[i], &p->bin[i]);
	}
	return at != UINT32_MAX;
}

struct cells {
	uint64_t count[CELLS][2];
	uint32_t n;
	double ks;
	uint64_t upto[2], all[2];
};

static void add(struct cells *c, uint32_t cell, const uint64_t *count)
{
	double far;

	for (int i = 0; i < 2; i++) {
		c->count[cell][i] += count[i];
		c->upto[i] += count[i];
	}
	far = fabs((double)c->upto[0] / (double)c->all[0] -
		   (double)c->upto[1] / (double)c->all[1]);
	if (far > c->ks)
		c->ks = far;
	if (cell >= c->n)
		c->n = cell + 1;
}

static void add_finite(struct cells *c, const struct histogram *was,
		       const struct histogram *is)
{
	uint64_t seen = 0; /* of the old values */
	struct pair p;

	pair_begin(&p, was, is);
	while (pair_next(&p)) {
		/* 1 + tenths that ended before; 0 below, TENTHS + 1 above. */
		uint32_t tenth = 1 + (uint32_t)((double)seen * TENTHS /
						(double)was->count);

		if (!p.count[0] && (!seen || seen == was->count))
			tenth = seen ? TENTHS + 1 : 0;
		add(c, tenth, p.count);
		seen += p.count[0];
	}
}

static double psi_of(const struct cells *c)
{
	double psi = 0;

	for (uint32_t k = 0; k < c->n; k++) {
		double a = (double)c->count[k][0] + 0.5;
		double b = (double)c->count[k][1] + 0.5;

		if (!c->count[k][0] && !c->count[k][1])
			continue;
		a /= (double)c->all[0];
		b /= (double)c->all[1];
		psi += (b - a) * log(b / a);
	}
	return psi;
}

void histogram_drift(const struct histogram *was, const struct histogram *is,
		     struct sketch_drift *out)
{
	struct cells c = {.all = {all_of(was), all_of(is)}};

	out->count[0] = c.all[0];
	out->count[1] = c.all[1];
	out->psi = out->ks = 0;
	if (!c.all[0] && !c.all[1])
		return;
	if (!c.all[0] || !c.all[1]) {
		out->psi = INFINITY;
		out->ks = 1;
		return;
	}
	add(&c, TENTHS + 2, (const uint64_t[]){was->minus_inf, is->minus_inf});
	add_finite(&c, was, is);
	add(&c, TENTHS + 3, (const uint64_t[]){was->plus_inf, is->plus_inf});
	add(&c, TENTHS + 4, (const uint64_t[]){was->nan, is->nan});
	out->psi = psi_of(&c);
	out->ks = c.ks;
}

static int by_psi(const void *a, const void *b)
{
	const struct sketch_drift *x = a, *y = b;

	if (x->psi != y->psi)
		return x->psi > y->psi ? -1 : 1;
	return strcmp(x->name, y->name);
}

bool sketch_diff(const struct sketch *was, const struct sketch *is,
		 struct sketch_drift *out, struct err *e)
{
	if (!sketch_is_of(was, is, e))
		return false;
	if (!was->samples || !is->samples)
		return err_set(e, ERR_FORMAT, "sketch of no samples");
	for (uint32_t i = 0; i < was->count; i++) {
		out[i].name = was->tensor[i].name;
		histogram_drift(&was->tensor[i].histogram,
				&is->tensor[i].histogram, &out[i]);
	}
	if (was->count)
		qsort(out, was->count, sizeof(*out), by_psi);
	return true;
}
