/* SPDX-License-Identifier: Apache-2.0 */
/* validate/f1.c -- see f1.h. */
#include "validate/f1.h"

#include <math.h>
#include <string.h>

#include "validate/target.h"

/* ---- counting ----------------------------------------------------------- */

static void *grown(struct arena *a, const void *old, size_t count, size_t *cap,
		   size_t each)
{
	void *more;

	*cap = *cap ? 2 * *cap : 64;
	more = arena_alloc(a, *cap, each, _Alignof(uint64_t));
	if (count)
		memcpy(more, old, count * each);
	return more;
}

/* The tally of class C in the sample that begins at FIRST. */
static struct f1_tally *tally_of(struct f1 *f, size_t first, size_t c)
{
	size_t i = f->place[c];

	if (i > first && i <= f->ntally && f->tally[i - 1].class == c)
		return &f->tally[i - 1];
	if (f->ntally == f->tally_cap)
		f->tally = grown(f->arena, f->tally, f->ntally, &f->tally_cap,
				 sizeof(*f->tally));
	f->tally[f->ntally] = (struct f1_tally){.class = (uint32_t)c};
	f->place[c] = ++f->ntally;
	return &f->tally[f->ntally - 1];
}

/* The best class of C scores, or C if one is NaN. */
static size_t predict(const struct tensor *y, size_t at, size_t c)
{
	size_t top = 0;
	double best = -INFINITY;

	for (size_t i = 0; i < c; i++) {
		double x = tensor_double(y, at + i);

		if (isnan(x))
			return c;
		if (x > best) {
			best = x;
			top = i;
		}
	}
	return top;
}

static bool add_rows(struct f1 *f, const struct tensor *const side[2],
		     const struct tensor *target, size_t c, struct err *e)
{
	size_t n = tensor_count(target), first = f->ntally;

	for (size_t i = 0; i < n; i++) {
		int64_t label;

		if (!target_class(target, i, c, &label, e))
			return false;
		for (int k = 0; label >= 0 && k < 2; k++) {
			size_t p = predict(side[k], i * c, c);

			if (p == (size_t)label) {
				tally_of(f, first, p)->hits[k]++;
				continue;
			}
			tally_of(f, first, (size_t)label)->misses[k]++;
			if (p < c)
				tally_of(f, first, p)->alarms[k]++;
		}
	}
	return true;
}

static bool add_scores(struct f1 *f, const struct tensor *const side[2],
		       const struct tensor *target, size_t c, struct err *e)
{
	size_t n = tensor_count(target), first = f->ntally;

	for (size_t i = 0; i < n; i++) {
		double label = tensor_double(target, i);

		if (label != 0 && label != 1)
			return err_set(e, ERR_FORMAT,
				       "label %g of a score, want 0 or 1",
				       label);
		for (int k = 0; k < 2; k++) {
			double x = tensor_double(side[k], i);
			bool says = isnan(x) ? label == 0 : x > f->threshold;

			if (says && label == 1)
				tally_of(f, first, i % c)->hits[k]++;
			else if (says)
				tally_of(f, first, i % c)->alarms[k]++;
			else if (label == 1)
				tally_of(f, first, i % c)->misses[k]++;
		}
	}
	return true;
}

static bool begin_sample(struct f1 *f, size_t classes, struct err *e)
{
	if (classes > UINT32_MAX)
		return err_set(e, ERR_LIMIT, "%zu classes", classes);
	if (classes > f->classes) {
		f->place = arena_array(f->arena, size_t, classes);
		f->classes = classes;
	}
	if (f->count == f->cap)
		f->end = grown(f->arena, f->end, f->count, &f->cap,
			       sizeof(*f->end));
	return true;
}

bool f1_add(struct f1 *f, const struct tensor *const side[2],
	    const struct tensor *target, struct err *e)
{
	const struct shape *s = &side[0]->shape;
	size_t c = s->rank ? (size_t)s->dim[s->rank - 1] : 1;
	bool rows = s->rank && c > 1 && target_fits(s, s->rank - 1, target);

	if (!rows && !target_fits(s, s->rank, target))
		return target_fail(side[0], target,
				   "one for each row of scores or each score",
				   e);
	if (!begin_sample(f, c, e) ||
	    !(rows ? add_rows : add_scores)(f, side, target, c, e))
		return false;
	f->end[f->count++] = f->ntally;
	return true;
}

/* ---- results ------------------------------------------------------------ */

struct picked_f1 {
	struct estimate estimate; /* first */
	const struct f1 *f;
	struct f1_tally *sum; /* by class */
};

static void add_sample(const struct picked_f1 *p, size_t i)
{
	const struct f1 *f = p->f;

	for (size_t k = i ? f->end[i - 1] : 0; k < f->end[i]; k++) {
		const struct f1_tally *t = &f->tally[k];
		struct f1_tally *sum = &p->sum[t->class];

		for (int side = 0; side < 2; side++) {
			sum->hits[side] += t->hits[side];
			sum->alarms[side] += t->alarms[side];
			sum->misses[side] += t->misses[side];
		}
	}
}

static double score(const struct picked_f1 *p, int side)
{
	double hits = 0, all = 0, macro = 0, occur = 0;

	for (size_t c = 0; c < p->f->classes; c++) {
		const struct f1_tally *t = &p->sum[c];
		double two = 2.0 * t->hits[side];
		double sum = two + t->alarms[side] + t->misses[side];

		hits += two;
		all += sum;
		macro += sum > 0 ? two / sum : 0;
		occur += sum > 0;
	}
	if (!(all > 0))
		return NAN;
	return p->f->micro ? hits / all : macro / occur;
}

static void clear(const struct picked_f1 *p)
{
	if (p->f->classes)
		memset(p->sum, 0, p->f->classes * sizeof(*p->sum));
}

double f1_of(const struct f1 *f, int side)
{
	struct arena scratch = {0};
	struct picked_f1 p = {
		.f = f,
		.sum = arena_array(&scratch, struct f1_tally, f->classes),
	};
	double found;

	for (size_t i = 0; i < f->count; i++)
		add_sample(&p, i);
	found = score(&p, side);
	arena_release(&scratch);
	return found;
}

static double change_of(struct estimate *self, const size_t *picked, size_t n)
{
	const struct picked_f1 *p = (struct picked_f1 *)self;

	clear(p);
	for (size_t i = 0; i < n; i++)
		add_sample(p, picked[i]);
	return score(p, 1) - score(p, 0);
}

struct interval f1_interval(const struct f1 *f, double confidence,
			    uint64_t seed)
{
	struct arena scratch = {0};
	struct picked_f1 p = {
		.estimate = {change_of},
		.f = f,
		.sum = arena_array(&scratch, struct f1_tally, f->classes),
	};
	struct interval i = bootstrap_interval(&p.estimate, f->count,
					       confidence, seed);

	arena_release(&scratch);
	return i;
}
