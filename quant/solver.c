/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver.c -- sweeps over blocks of columns.
 *
 * A sweep fixes BLOCK columns of a row, feeding errors back inside the block
 * at once, and then updates all later columns for the whole block: the factor
 * is read once per ROWS_AT_ONCE rows instead of once per row.
 */
#include "quant/solver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "kern/feed.h"

enum { BLOCK = 64, ROWS_AT_ONCE = 8 };

/* Codes are below 255, since codebook_count() is odd. */
enum { CODE_OPEN = 255 };

/* State of one pass over the columns; rules embed it first. */
struct sweep {
	struct job job;
	const struct factor *f;	 /* NULL: no feedback, own order */
	double *w;		 /* [rows, n], columns in the factor's order */
	uint32_t n, first, last; /* columns of the block */
	/* The value that column J of ROW is fixed at. */
	double (*fix)(struct sweep *self, uint32_t row, uint32_t j);
};

struct levels {
	struct sweep sweep;
	const struct fits *fits;
	uint8_t *code; /* [rows, n], in the order of the sweep */
};

struct drops {
	struct sweep sweep;
	const struct sparsity *sparsity;
	uint8_t *drop; /* [rows, BLOCK]: 1 where the block loses a weight */
};

/* The fit of the column that is number J in the order of the sweep. */
static const struct fit *fit_of(const struct levels *l, uint32_t row,
				uint32_t j)
{
	const struct factor *f = l->sweep.f;
	uint32_t column = f ? f->order[j] : j;

	return &l->fits->at[row * l->fits->step + column / l->fits->block];
}

static double fix_level(struct sweep *self, uint32_t row, uint32_t j)
{
	struct levels *l = (struct levels *)self;
	const struct fit *fit = fit_of(l, row, j);
	size_t at = (size_t)row * self->n + j;

	if (l->code[at] == CODE_OPEN)
		l->code[at] = (uint8_t)codebook_nearest(
			fit->book, self->w[at] / fit->scale);
	return codebook_level(fit->book, l->code[at]) * fit->scale;
}

/* What it costs to drop column J of ROW now. */
static double drop_cost(const struct sweep *s, uint32_t row, uint32_t j)
{
	double w = s->w[(size_t)row * s->n + j];

	if (s->f)
		w /= s->f->u[(size_t)j * s->n + j];
	return w * w;
}

/* Mark all but the KEEP dearest columns of the group that starts at J. */
static void choose_group(struct drops *d, uint32_t row, uint32_t j)
{
	struct sweep *s = &d->sweep;
	uint32_t size = d->sparsity->group, left;
	uint8_t *drop = &d->drop[(size_t)row * BLOCK + j - s->first];

	if (size > s->last - j)
		size = s->last - j;
	memset(drop, 0, size);
	for (left = size; left > d->sparsity->keep; left--) {
		uint32_t least = size;

		for (uint32_t k = 0; k < size; k++)
			if (!drop[k] && (least == size ||
					 drop_cost(s, row, j + k) <
						 drop_cost(s, row, j + least)))
				least = k;
		drop[least] = 1;
	}
}

static double fix_dropped(struct sweep *self, uint32_t row, uint32_t j)
{
	struct drops *d = (struct drops *)self;
	uint32_t at = j - self->first;

	if (d->sparsity->group && at % d->sparsity->group == 0)
		choose_group(d, row, j);
	if (d->drop[(size_t)row * BLOCK + at])
		return 0;
	return self->w[(size_t)row * self->n + j];
}

/* Fix the block's columns of ROW; ERROR [BLOCK] is what later columns owe. */
static void fix_block(struct sweep *s, uint32_t row, double *error)
{
	double *w = s->w + (size_t)row * s->n;

	for (uint32_t j = s->first; j < s->last; j++) {
		double q = s->fix(s, row, j), d = 0;
		const double *u = s->f ? s->f->u + (size_t)j * s->n : NULL;

		if (u)
			d = (w[j] - q) / u[j];
		w[j] = q;
		if (u)
			kern_feed_f64(w + j + 1, 0, &d, 0, u + j + 1, 0, 1, 1,
				      s->last - j - 1);
		error[j - s->first] = d;
	}
}

static void sweep_rows(struct job *job, size_t begin, size_t end)
{
	struct sweep *s = (struct sweep *)job;
	double error[ROWS_AT_ONCE][BLOCK];

	for (size_t at = begin; at < end; at += ROWS_AT_ONCE) {
		size_t stop = at + ROWS_AT_ONCE < end ? at + ROWS_AT_ONCE : end;

		for (size_t row = at; row < stop; row++)
			fix_block(s, (uint32_t)row, error[row - at]);
		if (s->f && s->last < s->n)
			kern_feed_f64(s->w + at * s->n + s->last, s->n,
				      error[0], BLOCK,
				      s->f->u + (size_t)s->first * s->n +
					      s->last,
				      s->n, stop - at, s->last - s->first,
				      s->n - s->last);
	}
}

static void sweep_block(struct sweep *s, uint32_t rows, uint32_t first)
{
	s->first = first;
	s->last = s->n - first < BLOCK ? s->n : first + BLOCK;
	s->job.run = sweep_rows;
	parallel_for(&s->job, rows, ROWS_AT_ONCE);
}

/* Gather (or scatter back) the columns of a row into the factor's order. */
static void permute(const double *from, double *to, uint32_t rows, uint32_t n,
		    const struct factor *f, bool back)
{
	for (uint32_t row = 0; row < rows; row++, from += n, to += n)
		for (uint32_t j = 0; j < n; j++) {
			uint32_t column = f ? f->order[j] : j;

			if (back)
				to[column] = from[j];
			else
				to[j] = from[column];
		}
}

static void permute_codes(const uint8_t *from, uint8_t *to, uint32_t rows,
			  uint32_t n, const struct factor *f)
{
	for (uint32_t row = 0; row < rows; row++, from += n, to += n)
		for (uint32_t j = 0; j < n; j++)
			to[f ? f->order[j] : j] = from[j];
}

bool solve_levels(double *w, uint32_t rows, uint32_t n, const struct factor *f,
		  const struct fits *fits, uint8_t *code, struct budget *budget,
		  struct err *e)
{
	size_t count = (size_t)rows * n;
	struct buf work = {0}, codes = {0};
	struct levels l = {.sweep = {.f = f, .n = n, .fix = fix_level},
			   .fits = fits};
	bool ok = false;

	if (!buf_array(&work, count, sizeof(double), budget, e) ||
	    !buf_array(&codes, count, 1, budget, e))
		goto out;
	l.sweep.w = (double *)(void *)work.data;
	l.code = codes.data;
	permute(w, l.sweep.w, rows, n, f, false);
	for (size_t i = 0; i < count; i++) {
		const struct codebook *b =
			fit_of(&l, (uint32_t)(i / n), (uint32_t)(i % n))->book;

		l.code[i] = l.sweep.w[i] == 0 ? (uint8_t)(b->nmags - 1)
					      : CODE_OPEN;
	}
	for (uint32_t j = 0; j < n; j += BLOCK)
		sweep_block(&l.sweep, rows, j);
	permute(l.sweep.w, w, rows, n, f, true);
	permute_codes(l.code, code, rows, n, f);
	ok = true;
out:
	buf_free(&codes);
	buf_free(&work);
	return ok;
}

/* One weight of a block and what dropping it costs. */
struct candidate {
	double cost;
	uint32_t row, column;
};

static int by_cost(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

/* Mark the cheapest share of the block that starts at column FIRST. */
static void choose_block(struct drops *d, uint32_t rows, uint32_t first,
			 struct candidate *c)
{
	struct sweep *s = &d->sweep;
	uint32_t width = s->n - first < BLOCK ? s->n - first : BLOCK;
	size_t count = 0, cut;

	for (uint32_t row = 0; row < rows; row++)
		for (uint32_t j = 0; j < width; j++)
			c[count++] = (struct candidate){
				drop_cost(s, row, first + j), row, j};
	qsort(c, count, sizeof(*c), by_cost);
	cut = (size_t)(d->sparsity->share * (double)count);
	memset(d->drop, 0, (size_t)rows * BLOCK);
	for (size_t i = 0; i < cut; i++)
		d->drop[(size_t)c[i].row * BLOCK + c[i].column] = 1;
}

bool solve_sparse(double *w, uint32_t rows, uint32_t n, const struct factor *f,
		  const struct sparsity *s, struct budget *budget,
		  struct err *e)
{
	struct buf drop = {0}, sorted = {0};
	struct drops d = {
		.sweep = {.f = f, .w = w, .n = n, .fix = fix_dropped},
		.sparsity = s,
	};
	size_t ncandidates = s->group ? 0 : (size_t)rows * BLOCK;
	bool ok = false;

	if (!buf_array(&drop, rows, BLOCK, budget, e) ||
	    !buf_array(&sorted, ncandidates, sizeof(struct candidate), budget,
		       e))
		goto out;
	d.drop = drop.data;
	for (uint32_t j = 0; j < n; j += BLOCK) {
		if (!s->group)
			choose_block(&d, rows, j,
				     (struct candidate *)(void *)sorted.data);
		sweep_block(&d.sweep, rows, j);
	}
	ok = true;
out:
	buf_free(&sorted);
	buf_free(&drop);
	return ok;
}
