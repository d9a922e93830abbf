/* SPDX-License-Identifier: Apache-2.0 */
/* quant/curvature.c -- sums over sampled columns, a chunk at a time.
 *
 * A chunk holds as many columns of every group as fit into CHUNK_ELEMENTS.
 * Filling it and adding its products are two parallel loops; an element of H
 * belongs to one item of the second, which adds the chunk's columns in order,
 * in blocks that stay in the cache.
 */
#include "quant/curvature.h"

#include <string.h>

#include "base/parallel.h"
#include "base/rng.h"
#include "kern/gram.h"

enum {
	CHUNK_ELEMENTS = 1 << 21,
	MOST = 4096, /* columns in a chunk */
	BLOCK = 256,
	ROWS = 4 * KERN_GRAM_TILE,
};

struct walk {
	const struct layer *layer;
	const struct layer_data *data;
	struct patches *patches; /* of each batch */
	uint32_t width;		 /* of a column, what is joined included */
	bool joint;		 /* 1 and the targets follow the inputs */
	const double *w, *b;	 /* outputs that targets allow for, or NULL */
	uint64_t total;		 /* columns in all batches */
	uint32_t picks, done;	 /* columns drawn, and already used */
	struct rng rng;
	struct buf patches_buf, x_buf;
	double *x;	 /* [groups, capacity, width] */
	size_t capacity; /* columns that X can hold */
	size_t chunk;	 /* columns in X now */
	uint64_t pick[MOST];
};

uint32_t curvature_width(const struct layer *l, const struct layer_data *d)
{
	return l->columns + 1 + (d->want ? l->rows : 0);
}

static bool targets_fit(const struct layer *l, const struct layer_data *d,
			uint32_t b, const struct patches *p, struct err *e)
{
	size_t want = p->samples * p->positions * layer_channels(l);

	if (!d->want || tensor_count(&d->want[b]) == want)
		return true;
	return err_set(e, ERR_SHAPE, "%zu targets for %zu outputs",
		       tensor_count(&d->want[b]), want);
}

static void walk_end(struct walk *w)
{
	buf_free(&w->x_buf);
	buf_free(&w->patches_buf);
}

/* A fit needs a number for each unknown. */
static uint32_t picks_of(const struct walk *w, uint32_t columns)
{
	uint64_t each = w->data->draws, n;

	if (w->joint)
		each = w->data->want ? 16 : 8;
	n = each * columns;
	if (!each || n > CURVATURE_SAMPLES)
		return CURVATURE_SAMPLES;
	return n < 2000 ? 2000 : (uint32_t)n;
}

/* Of every column only so many elements COUNT as there are in one matrix. */
static bool walk_begin(struct walk *w, const struct layer *l,
		       const struct layer_data *d, bool joint, uint32_t count,
		       struct budget *budget, struct err *e)
{
	*w = (struct walk){.layer = l,
			   .data = d,
			   .width = joint ? curvature_width(l, d) : l->columns,
			   .joint = joint};
	rng_seed(&w->rng, 0);
	w->capacity = CHUNK_ELEMENTS / w->width / l->groups;
	if (w->capacity > MOST)
		w->capacity = MOST;
	if (w->capacity < BLOCK)
		w->capacity = BLOCK;
	if (!buf_array(&w->patches_buf, d->batches, sizeof(*w->patches), budget,
		       e) ||
	    !buf_array(&w->x_buf, w->capacity * w->width,
		       l->groups * sizeof(double), budget, e))
		goto failed;
	w->patches = (struct patches *)(void *)w->patches_buf.data;
	w->x = (double *)(void *)w->x_buf.data;
	for (uint32_t b = 0; b < d->batches; b++) {
		struct patches *p = &w->patches[b];

		if (!layer_patches(l, &d->in[b].shape, p, e) ||
		    (joint && !targets_fit(l, d, b, p, e)))
			goto failed;
		w->total += (uint64_t)p->samples * p->positions;
	}
	if (!w->total) {
		err_set(e, ERR_FORMAT, "no samples reach the layer");
		goto failed;
	}
	w->picks = picks_of(w, joint ? w->width : count);
	if (w->total < w->picks)
		w->picks = (uint32_t)w->total;
	return true;
failed:
	walk_end(w);
	return false;
}

/* The sum that row R makes of inputs X, plus ADD. */
static double output_of(const struct walk *w, uint32_t g, uint32_t r,
			const double *x, double add)
{
	size_t row = (size_t)g * w->layer->rows + r, n = w->layer->columns;
	const double *v = w->w + row * n;
	double sum[4] = {w->b ? w->b[row] + add : add};
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (int k = 0; k < 4; k++)
			sum[k] += v[i + k] * x[i + k];
	for (; i < n; i++)
		sum[0] += v[i] * x[i];
	return sum[0] + sum[1] + (sum[2] + sum[3]);
}

/* The target nearest to the output among those that are cut like WANT. */
static double aim(const struct walk *w, uint32_t g, uint32_t r, const double *x,
		  double want, double add)
{
	const struct layer_data *d = w->data;
	double y = output_of(w, g, r, x, add);

	if (want < d->low)
		return y < d->low ? y : d->low;
	return y > d->high ? y : d->high;
}

/* Behind the inputs: 1, and what the layer should make of them in place AT of
 * batch B: [samples, channels, positions]. */
static void join_targets(const struct walk *w, const struct patches *p,
			 uint32_t b, uint32_t g, uint64_t at, double *x)
{
	const struct layer *l = w->layer;
	size_t sample = at / p->positions, position = at % p->positions;
	const struct layer_data *d = w->data;
	size_t from = (sample * layer_channels(l) + (size_t)g * l->rows) *
			      p->positions +
		      position;

	x[l->columns] = 1;
	if (!d->want)
		return;
	for (uint32_t r = 0; r < l->rows; r++) {
		size_t i = from + r * p->positions;
		double add = d->add ? (double)tensor_f32(&d->add[b])[i] : 0;
		double want = (double)tensor_f32(&d->want[b])[i];

		if (w->w && (want < d->low || want > d->high))
			want = aim(w, g, r, x, want, add);
		x[l->columns + 1 + r] = want - add;
	}
}

/* Column number AT of all batches, for every group, into place I of X. */
static void fill_one(struct walk *w, uint64_t at, size_t i)
{
	const struct layer *l = w->layer;
	const struct patches *p = w->patches;
	uint32_t b = 0;

	for (; at >= (uint64_t)p->samples * p->positions; p++, b++)
		at -= (uint64_t)p->samples * p->positions;
	for (uint32_t g = 0; g < l->groups; g++) {
		double *x = w->x + (g * w->capacity + i) * w->width;

		layer_columns(l, p, g, tensor_f32(&w->data->in[b]),
			      at / p->positions, at % p->positions, x);
		if (w->joint)
			join_targets(w, p, b, g, at, x);
	}
}

struct fill {
	struct job job;
	struct walk *walk;
};

static void fill_run(struct job *self, size_t begin, size_t end)
{
	struct fill *f = (struct fill *)self;

	for (size_t i = begin; i < end; i++)
		fill_one(f->walk, f->walk->pick[i], i);
}

/* The next chunk; false when all picks have been used. */
static bool walk_next(struct walk *w)
{
	struct fill fill = {.job.run = fill_run, .walk = w};

	for (w->chunk = 0; w->chunk < w->capacity && w->done < w->picks;
	     w->done++) {
		uint64_t lo = w->total * w->done / w->picks;
		uint64_t hi = w->total * (w->done + 1) / w->picks;

		w->pick[w->chunk++] = lo + rng_below(&w->rng, hi - lo);
	}
	parallel_for(&fill.job, w->chunk, 16);
	return w->chunk > 0;
}

bool curvature_diagonal(const struct layer *l, const struct layer_data *d,
			double *diagonal, struct budget *budget, struct err *e)
{
	size_t count = (size_t)l->groups * l->columns;
	struct walk w;

	if (!walk_begin(&w, l, d, false, 1, budget, e))
		return false;
	memset(diagonal, 0, count * sizeof(*diagonal));
	while (walk_next(&w))
		for (uint32_t g = 0; g < l->groups; g++)
			for (size_t i = 0; i < w.chunk * l->columns; i++) {
				size_t c = i % l->columns;
				double x = w.x[g * w.capacity * l->columns + i];

				diagonal[g * (size_t)l->columns + c] += x * x;
			}
	for (size_t i = 0; i < count; i++)
		diagonal[i] /= w.picks;
	walk_end(&w);
	return true;
}

/* Items: for each group, runs of ROWS rows of its H. */
struct add {
	struct job job;
	const struct walk *walk;
	double *h;
	uint32_t first, n;
	uint32_t skip; /* the rows before stay as they are */
};

static size_t runs_of(uint32_t n)
{
	return ((size_t)n + ROWS - 1) / ROWS;
}

static void add_run(struct job *self, size_t begin, size_t end)
{
	struct add *a = (struct add *)self;
	const struct walk *w = a->walk;
	size_t columns = w->width, runs = runs_of(a->n);

	for (size_t item = begin; item < end; item++) {
		size_t g = item / runs, row = item % runs * ROWS;
		size_t last = row + ROWS < a->n ? row + ROWS : a->n;

		if (last <= a->skip)
			continue;
		if (row < a->skip)
			row = a->skip;

		for (size_t i = 0; i < w->chunk; i += BLOCK)
			kern_gram_f64(w->x + (g * w->capacity + i) * columns +
					      a->first,
				      w->chunk - i < BLOCK ? w->chunk - i
							   : BLOCK,
				      columns, row, last,
				      a->h + g * a->n * a->n, a->n);
	}
}

/* Rows of H from A->skip on, in every group. */
static void clear(const struct add *a)
{
	size_t each = (size_t)a->n * a->n, from = (size_t)a->skip * a->n;

	for (uint32_t g = 0; g < a->walk->layer->groups; g++)
		memset(a->h + g * each + from, 0,
		       (each - from) * sizeof(*a->h));
}

static void divide(const struct add *a)
{
	size_t each = (size_t)a->n * a->n, from = (size_t)a->skip * a->n;

	for (uint32_t g = 0; g < a->walk->layer->groups; g++)
		for (size_t i = from; i < each; i++)
			a->h[g * each + i] /= a->walk->picks;
}

static void add_up(struct walk *w, struct add *a)
{
	a->job.run = add_run;
	a->walk = w;
	clear(a);
	while (walk_next(w))
		parallel_for(&a->job, w->layer->groups * runs_of(a->n), 1);
	divide(a);
	walk_end(w);
}

bool curvature(const struct layer *l, const struct layer_data *d,
	       uint32_t first, uint32_t last, double *h, struct budget *budget,
	       struct err *e)
{
	struct add add = {.h = h, .first = first, .n = last - first};
	struct walk w;

	if (!walk_begin(&w, l, d, false, last - first, budget, e))
		return false;
	add_up(&w, &add);
	return true;
}

bool curvature_joint(const struct layer *l, const struct layer_data *d,
		     double *s, struct budget *budget, struct err *e)
{
	struct add add = {.h = s, .n = curvature_width(l, d)};
	struct walk w;

	if (!walk_begin(&w, l, d, true, 0, budget, e))
		return false;
	add_up(&w, &add);
	return true;
}

bool curvature_aim(const struct layer *l, const struct layer_data *d,
		   const double *weights, const double *bias, double *s,
		   struct budget *budget, struct err *e)
{
	struct add add = {.h = s, .n = curvature_width(l, d)};
	struct walk w;

	if (!walk_begin(&w, l, d, true, 0, budget, e))
		return false;
	w.w = weights;
	w.b = bias;
	/* Whole tiles: some rows of inputs are added up again. */
	add.skip = (l->columns + 1) / KERN_GRAM_TILE * KERN_GRAM_TILE;
	add_up(&w, &add);
	return true;
}
