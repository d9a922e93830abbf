/* SPDX-License-Identifier: Apache-2.0 */
/* quant/coding.c -- scales, then codes. */
#include "quant/coding.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "quant/solver_refine.h"

static const double damp = 0.01; /* of the mean diagonal */

void coding_release(struct coding *c)
{
	buf_free(&c->value_buf);
	buf_free(&c->code_buf);
	buf_free(&c->fit_buf);
	*c = (struct coding){0};
}

const struct fit *coding_fit(const struct coding *c, uint32_t channel,
			     uint32_t column)
{
	return &c->fit[(size_t)channel * c->blocks + column / c->block];
}

static bool load(struct coding *c, const struct layer *l, struct budget *budget,
		 struct err *e)
{
	size_t rows = layer_channels(l), count = rows * l->columns;

	if (!buf_array(&c->fit_buf, rows * c->blocks, sizeof(*c->fit), budget,
		       e) ||
	    !buf_array(&c->code_buf, count, 1, budget, e) ||
	    !buf_array(&c->value_buf, count, sizeof(double), budget, e))
		return false;
	c->fit = (struct fit *)(void *)c->fit_buf.data;
	c->code = c->code_buf.data;
	c->value = (double *)(void *)c->value_buf.data;
	for (uint32_t g = 0; g < l->groups; g++)
		layer_get_rows(l, g,
			       c->value + (size_t)g * l->rows * l->columns);
	for (size_t i = 0; i < count; i++)
		if (!isfinite(c->value[i]))
			return err_set(e, ERR_FORMAT,
				       "weight %zu of '%s' is %g", i,
				       l->weight->name, c->value[i]);
	return true;
}

/* ---- scales ------------------------------------------------------------- */

struct fitting {
	struct job job;
	struct coding *c;
	const struct coding_opts *o;
	const double *importance; /* [groups, columns], or NULL */
};

static void raise_scale(struct fit *f, double floor)
{
	double least = floor / codebook_top(f->book);

	/* One step up, or rounding to float could undo it. */
	if (f->scale < least)
		f->scale = (double)nextafterf((float)least, INFINITY);
}

static void fit_channel(struct fitting *t, size_t i, const double *h)
{
	const struct coding *c = t->c;
	uint32_t columns = c->layer.columns;
	const double *w = c->value + i * columns;
	struct fit *fit = &c->fit[i * c->blocks];

	for (uint32_t j = 0; j < columns; j += c->block, fit++) {
		uint32_t n = columns - j < c->block ? columns - j : c->block;

		*fit = codebook_fit(t->o->book, t->o->nbooks, w + j,
				    h ? h + j : NULL, n);
		if (t->o->floor)
			raise_scale(fit, t->o->floor[i]);
	}
}

static void fit_channels(struct job *self, size_t begin, size_t end)
{
	struct fitting *t = (struct fitting *)self;
	const struct layer *l = &t->c->layer;

	for (size_t i = begin; i < end; i++)
		fit_channel(t, i,
			    t->importance
				    ? t->importance + i / l->rows * l->columns
				    : NULL);
}

/* All channels as one: the importance of each weight, written out. */
static bool fit_tensor(struct coding *c, const struct coding_opts *o,
		       const double *importance, struct err *e)
{
	const struct layer *l = &c->layer;
	size_t channels = layer_channels(l), count = channels * l->columns;
	struct buf each = {0};
	double *h = NULL;
	struct fit fit;

	if (importance) {
		if (!buf_array(&each, count, sizeof(*h), o->budget, e))
			return false;
		h = (double *)(void *)each.data;
		for (size_t i = 0; i < channels; i++)
			memcpy(h + i * l->columns,
			       importance + i / l->rows * l->columns,
			       l->columns * sizeof(*h));
	}
	fit = codebook_fit(o->book, o->nbooks, c->value, h, count);
	for (size_t i = 0; o->floor && i < channels; i++)
		raise_scale(&fit, o->floor[i]);
	for (size_t i = 0; i < channels; i++)
		c->fit[i] = fit;
	c->error = fit.error;
	buf_free(&each);
	return true;
}

static void copy_diagonal(const struct layer *l, const double *h, double *to)
{
	size_t n = l->columns;

	for (size_t g = 0; g < l->groups; g++)
		for (size_t j = 0; j < n; j++)
			*to++ = h[(g * n + j) * n + j];
}

static bool choose_fits(struct coding *c, const struct coding_opts *o,
			const struct layer_data *data, struct err *e)
{
	const struct layer *l = &c->layer;
	struct fitting t = {.job.run = fit_channels, .c = c, .o = o};
	struct buf diagonal = {0};
	double *h = NULL;
	bool ok = false;

	if (data || o->h) {
		if (!buf_array(&diagonal, (size_t)l->groups * l->columns,
			       sizeof(*h), o->budget, e))
			return false;
		h = (double *)(void *)diagonal.data;
		if (o->h)
			copy_diagonal(l, o->h, h);
		else if (!curvature_diagonal(l, data, h, o->budget, e))
			goto out;
	}
	if (o->per_tensor) {
		ok = fit_tensor(c, o, h, e);
		goto out;
	}
	t.importance = h;
	parallel_for(&t.job, layer_channels(l), 1);
	for (size_t i = 0; i < (size_t)layer_channels(l) * c->blocks; i++)
		c->error += c->fit[i].error;
	ok = true;
out:
	buf_free(&diagonal);
	return ok;
}

/* ---- codes -------------------------------------------------------------- */

/* The columns FIRST .. LAST - 1 of one group, and storage for them. */
struct panel {
	struct coding *c;
	const struct coding_opts *o;
	uint32_t first, last;
	double *w;
	uint8_t *code;
};

static void panel_move(const struct panel *p, uint32_t g, bool back)
{
	const struct layer *l = &p->c->layer;
	uint32_t n = p->last - p->first;

	for (uint32_t r = 0; r < l->rows; r++) {
		size_t at = ((size_t)g * l->rows + r) * l->columns + p->first;
		double *whole = p->c->value + at, *part = p->w + (size_t)r * n;

		if (!back) {
			memcpy(part, whole, n * sizeof(*part));
			continue;
		}
		memcpy(whole, part, n * sizeof(*part));
		memcpy(p->c->code + at, p->code + (size_t)r * n, n);
	}
}

/* Storage to code a group's rows with one codebook. */
struct trial {
	const double *old; /* the weights wanted */
	const double *h;
	const struct factor *f;
	double *w, *diagonal;
	uint8_t *code;
	struct fit *fit;
};

/* The scales are the row's own, so they may change. */
static bool refines(const struct panel *p)
{
	return p->o->refine && !p->o->per_tensor && !p->o->floor &&
	       p->c->blocks == 1 && p->last - p->first == p->c->layer.columns;
}

/* With more bits the choice before the sweep is as good, at less work. */
static bool tries_books(const struct panel *p)
{
	return p->o->nbooks > 1 && p->o->book[0]->bits <= 3;
}

/* All rows with the levels of BOOK alone. */
static bool try_book(const struct panel *p, const struct trial *t,
		     const struct codebook *book, struct err *e)
{
	const struct layer *l = &p->c->layer;
	uint32_t n = l->columns;
	struct fits fits = {.at = t->fit, .step = 1, .block = n};

	memcpy(t->w, t->old, (size_t)l->rows * n * sizeof(*t->w));
	for (uint32_t r = 0; r < l->rows; r++)
		t->fit[r] = codebook_fit(&book, 1, t->old + (size_t)r * n,
					 t->diagonal, n);
	return solve_levels(t->w, l->rows, n, t->f, &fits, t->code,
			    p->o->budget, e) &&
	       solve_refine(t->old, t->w, t->code, t->fit, l->rows, n, t->h,
			    damp, p->o->budget, e);
}

/* Rows of the trial that are better than what the panel has. */
static void keep_better(const struct panel *p, const struct trial *t,
			struct fit *best, bool first)
{
	uint32_t n = p->c->layer.columns;

	for (uint32_t r = 0; r < p->c->layer.rows; r++) {
		size_t at = (size_t)r * n;

		if (!first && !(t->fit[r].error < best[r].error))
			continue;
		best[r] = t->fit[r];
		memcpy(p->w + at, t->w + at, n * sizeof(*p->w));
		memcpy(p->code + at, t->code + at, n);
	}
}

static bool panel_refine(const struct panel *p, uint32_t g, const double *h,
			 struct err *e)
{
	struct coding *c = p->c;
	const struct layer *l = &c->layer;
	size_t at = (size_t)g * l->rows;

	return solve_refine(c->value + at * l->columns, p->w, p->code,
			    c->fit + at, l->rows, l->columns, h, damp,
			    p->o->budget, e);
}

/* Every channel takes the codebook with the least loss in the end. */
static bool panel_best(const struct panel *p, uint32_t g, const double *h,
		       const struct factor *f, struct err *e)
{
	struct coding *c = p->c;
	uint32_t rows = c->layer.rows, n = c->layer.columns;
	struct buf w = {0}, code = {0}, fit = {0}, diagonal = {0};
	bool ok = buf_array(&w, rows, n * sizeof(double), p->o->budget, e) &&
		  buf_array(&code, rows, n, p->o->budget, e) &&
		  buf_array(&fit, rows, sizeof(struct fit), p->o->budget, e) &&
		  buf_array(&diagonal, n, sizeof(double), p->o->budget, e);
	struct trial t = {
		.old = c->value + (size_t)g * rows * n,
		.h = h,
		.f = f,
		.w = (double *)(void *)w.data,
		.code = code.data,
		.fit = (struct fit *)(void *)fit.data,
		.diagonal = (double *)(void *)diagonal.data,
	};

	for (uint32_t j = 0; ok && j < n; j++)
		t.diagonal[j] = h[(size_t)j * n + j];
	for (uint32_t b = 0; ok && b < p->o->nbooks; b++) {
		ok = try_book(p, &t, p->o->book[b], e);
		if (ok)
			keep_better(p, &t, c->fit + (size_t)g * rows, b == 0);
	}
	buf_free(&diagonal);
	buf_free(&fit);
	buf_free(&code);
	buf_free(&w);
	return ok;
}

static bool panel_group(const struct panel *p, uint32_t g, const double *h,
			struct err *e)
{
	const struct layer *l = &p->c->layer;
	uint32_t n = p->last - p->first;
	const struct coding *c = p->c;
	struct fits fits = {.at = c->fit + (size_t)g * l->rows * c->blocks +
				  p->first / c->block,
			    .step = c->blocks,
			    .block = c->block};
	struct factor f;
	bool ok;

	panel_move(p, g, false);
	if (h) {
		if (!factor_init(&f, h, n, damp, COLUMNS_BY_WEIGHT,
				 p->o->budget, e))
			return false;
		if (refines(p) && tries_books(p))
			ok = panel_best(p, g, h, &f, e);
		else
			ok = solve_levels(p->w, l->rows, n, &f, &fits, p->code,
					  p->o->budget, e) &&
			     (!refines(p) || panel_refine(p, g, h, e));
		factor_release(&f);
	} else {
		ok = solve_levels(p->w, l->rows, n, NULL, &fits, p->code,
				  p->o->budget, e);
	}
	if (ok)
		panel_move(p, g, true);
	return ok;
}

static bool solve_panel(struct panel *p, const struct layer_data *data,
			struct err *e)
{
	const struct layer *l = &p->c->layer;
	uint32_t n = p->last - p->first;
	struct buf h = {0}, w = {0}, code = {0};
	const double *all = NULL;
	bool ok = false;

	if (!buf_array(&w, (size_t)l->rows * n, sizeof(double), p->o->budget,
		       e) ||
	    !buf_array(&code, l->rows, n, p->o->budget, e))
		goto out;
	p->w = (double *)(void *)w.data;
	p->code = code.data;
	if (p->o->h) {
		all = p->o->h;
	} else if (data) {
		if (!buf_array(&h, (size_t)n * n, l->groups * sizeof(double),
			       p->o->budget, e))
			goto out;
		if (!curvature(l, data, p->first, p->last,
			       (double *)(void *)h.data, p->o->budget, e))
			goto out;
		all = (const double *)(const void *)h.data;
	}
	ok = true;
	for (uint32_t g = 0; ok && g < l->groups; g++)
		ok = panel_group(p, g, all ? all + (size_t)g * n * n : NULL, e);
out:
	buf_free(&code);
	buf_free(&w);
	buf_free(&h);
	return ok;
}

/* H of all columns at once, for fits and codes. */
static bool whole_curvature(const struct layer *l, const struct layer_data *d,
			    struct buf *h, struct budget *budget, struct err *e)
{
	uint32_t n = l->columns;

	return buf_array(h, (size_t)n * n, l->groups * sizeof(double), budget,
			 e) &&
	       curvature(l, d, 0, n, (double *)(void *)h->data, budget, e);
}

static bool make(struct coding *c, const struct layer *l,
		 const struct coding_opts *o, const struct layer_data *data,
		 struct err *e)
{
	bool ok;

	*c = (struct coding){.layer = *l, .block = l->columns, .blocks = 1};
	if (o->block && l->column_axis >= 0 && o->block < l->columns) {
		c->block = o->block;
		c->blocks = (l->columns - 1) / o->block + 1;
	}
	ok = load(c, l, o->budget, e) && choose_fits(c, o, data, e);
	for (uint32_t j = 0; ok && j < l->columns; j += o->panel) {
		struct panel p = {.c = c, .o = o, .first = j};

		p.last = l->columns - j < o->panel ? l->columns : j + o->panel;
		ok = solve_panel(&p, data, e);
	}
	if (!ok)
		coding_release(c);
	return ok;
}

bool coding_make(struct coding *c, const struct layer *l,
		 const struct coding_opts *o, const struct layer_data *data,
		 struct err *e)
{
	struct coding_opts with = *o;
	struct buf h = {0};
	bool ok = true;

	*c = (struct coding){.blocks = 0};
	if (!o->panel)
		with.panel = CODING_PANEL;
	if (!l->has_columns)
		data = NULL;
	if (data && !o->h && l->columns <= with.panel) {
		ok = whole_curvature(l, data, &h, o->budget, e);
		with.h = (const double *)(const void *)h.data;
	}
	ok = ok && make(c, l, &with, data, e);
	buf_free(&h);
	return ok;
}

bool layer_put(const struct layer *l, const double *w, struct err *e)
{
	const struct tensor *old = l->weight->konst;
	struct model *m = l->weight->graph->model;
	struct tensor *t = arena_new(&m->arena, struct tensor);
	void *data;
	float *x;

	if (!model_alloc(m, old->bytes, &data, e))
		return false;
	x = data;
	for (uint32_t g = 0; g < l->groups; g++)
		for (uint32_t r = 0; r < l->rows; r++)
			for (uint32_t c = 0; c < l->columns; c++)
				x[layer_at(l, g, r, c)] = (float)*w++;
	*t = (struct tensor){.dtype = DTYPE_F32,
			     .shape = old->shape,
			     .data = data,
			     .bytes = old->bytes};
	l->weight->konst = t;
	l->weight->tensor_origin = NULL;
	return true;
}
