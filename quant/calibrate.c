/* SPDX-License-Identifier: Apache-2.0 */
/* quant/calibrate.c -- samples in, histograms out.
 *
 * Every worker fills a sketch of its own; they are merged at the end, in an
 * order that does not matter.
 */
#include "quant/calibrate.h"

#include <string.h>

#include "exec/hold.h"
#include "quant/crew.h"

const char **calibrated_names(const struct model *m, struct arena *a)
{
	const char **name = arena_array(a, const char *, m->nvalues);
	struct map taken = {.arena = a};
	const struct graph *g = m->main;
	const struct value **all;
	uint32_t n = 0;

	all = arena_array(a, const struct value *, m->nvalues);
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i]))
			all[n++] = g->in[i];
	for (const struct node *at = g->first; at; at = at->next)
		for (uint32_t i = 0; i < at->nout; i++)
			if (at->out[i])
				all[n++] = at->out[i];
	for (uint32_t i = 0; i < n; i++) {
		const struct value *v = all[i];

		if (v->type.kind != TYPE_TENSOR || v->type.dtype != DTYPE_F32)
			continue;
		name[v->id] = v->name;
		while (!name[v->id][0] || !map_add(&taken, name[v->id], v->id))
			name[v->id] = arena_printf(a, "%s#%u", name[v->id],
						   v->id);
	}
	return name;
}

/* What one worker sees. */
struct watcher {
	struct tap tap;
	struct sketch sketch;
	const uint32_t *slot; /* of the sketch, by value id; UINT32_MAX: no */
	size_t filled, of;    /* samples of the run, the last ones repeated */
};

struct calibration {
	struct crew crew;
	struct watcher *watcher; /* by worker */
	const char **name;	 /* of values, by id */
	const struct datum *in;	 /* [item][input] */
	const size_t *filled;	 /* by item */
	uint32_t *slot;
	struct arena arena;
};

/* Elements of D that belong to samples: a run that was filled up with copies
 * has its samples along the first axis. */
static size_t count_real(const struct watcher *w, const struct tensor *t)
{
	size_t n = tensor_count(t);

	if (w->filled == w->of || t->shape.rank < 1 ||
	    (size_t)t->shape.dim[0] != w->of)
		return n;
	return n / w->of * w->filled;
}

static bool see(struct watcher *w, const struct value *v, const struct datum *d,
		struct err *e)
{
	uint32_t slot = w->slot[v->id];

	if (slot == UINT32_MAX || d->type.kind != TYPE_TENSOR ||
	    d->tensor.dtype != DTYPE_F32)
		return true;
	return histogram_add(&w->sketch.tensor[slot].histogram, d->tensor.data,
			     count_real(w, &d->tensor), e) ||
	       err_context(e, "'%s'", v->name);
}

static bool saw(struct tap *self, const struct value *v, const struct datum *d,
		struct err *e)
{
	return see((struct watcher *)self, v, d, e);
}

/* Sample I of the run is row I of every input. */
static void digest_sample(const struct crew *c, const struct datum *const *in,
			  size_t i, size_t of, uint8_t digest[SHA256_BYTES])
{
	struct sha256 d;

	sha256_init(&d);
	for (uint32_t k = 0; k < c->nin; k++) {
		const struct tensor *t = &in[k]->tensor;
		size_t bytes = t->bytes / of;

		sha256_add_u64(&d, t->dtype);
		sha256_add_u64(&d, bytes);
		sha256_add(&d, (const uint8_t *)t->data + i * bytes, bytes);
	}
	sha256_finish(&d, digest);
}

static bool calibrate_item(struct crew *self, struct worker *worker,
			   size_t item, struct err *e)
{
	struct calibration *c = (struct calibration *)self;
	struct watcher *w = &c->watcher[worker->index];
	const struct graph *g = self->model->main;
	const struct datum *in[MAX_RANK * 8];
	uint32_t k = 0;

	if (self->nin > COUNT_OF(in))
		return err_set(e, ERR_LIMIT, "%u inputs, limit %zu", self->nin,
			       COUNT_OF(in));
	for (uint32_t i = 0; i < self->nin; i++)
		in[i] = &c->in[item * self->nin + i];
	w->filled = c->filled[item];
	w->of = in[0]->tensor.shape.rank > 0
			? (size_t)in[0]->tensor.shape.dim[0]
			: 1;
	if (w->of == 0 || w->filled > w->of)
		w->of = w->filled;
	for (size_t i = 0; i < w->filled; i++) {
		uint8_t digest[SHA256_BYTES];

		digest_sample(self, in, i, w->of, digest);
		sketch_count_sample(&w->sketch, digest);
	}
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i]) && !see(w, g->in[i], in[k++], e))
			return false;
	return worker_run(self, worker, in, &w->tap, e);
}

/* ---- the pass over the data --------------------------------------------- */

/* Items that wait to be run together; as many as a few workers need. */
enum { ITEMS = 64 };

static bool run_items(struct calibration *c, struct dataset *d, size_t *first,
		      struct err *e)
{
	size_t total = dataset_count(d), each = dataset_batch_limit(d);
	size_t filled[ITEMS], count = 0;
	struct hold hold = {0};
	struct arena a = {0};
	struct datum *in = arena_array(&a, struct datum,
				       (size_t)ITEMS * c->crew.nin);
	bool ok = true;

	if (each == SIZE_MAX)
		each = 1;
	for (; ok && count < ITEMS && *first < total; count++) {
		size_t n = total - *first < each ? total - *first : each;
		struct batch b;

		ok = dataset_read(d, *first, n, &b, e);
		for (uint32_t i = 0; ok && i < c->crew.nin; i++)
			ok = hold_copy(&hold, &in[count * c->crew.nin + i],
				       b.in[i], NULL, e);
		filled[count] = n;
		*first += n;
	}
	c->in = in;
	c->filled = filled;
	ok = ok && crew_run(&c->crew, count, e);
	hold_release(&hold);
	arena_release(&a);
	return ok;
}

static void drop_unwanted(struct calibration *c, const struct model *m,
			  const struct calibrate_opts *o)
{
	for (const struct node *n = m->main->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i] && !o->wanted(n->out[i]))
				c->name[n->out[i]->id] = NULL;
}

static bool prepare(struct calibration *c, const struct model *m,
		    struct sketch *s, const struct calibrate_opts *o,
		    struct err *e)
{
	uint8_t digest[SHA256_BYTES];
	const char **watched = arena_array(&c->arena, const char *, m->nvalues);
	uint32_t n = 0;

	c->name = calibrated_names(m, &c->arena);
	c->slot = arena_array(&c->arena, uint32_t, m->nvalues);
	if (o->wanted)
		drop_unwanted(c, m, o);
	for (uint32_t i = 0; i < m->nvalues; i++) {
		c->slot[i] = c->name[i] ? n : UINT32_MAX;
		if (c->name[i])
			watched[n++] = c->name[i];
	}
	model_digest(m, digest);
	c->watcher = arena_array(&c->arena, struct watcher, c->crew.workers);
	for (uint32_t i = 0; i < c->crew.workers; i++) {
		struct watcher *w = &c->watcher[i];

		w->tap.saw = saw;
		w->slot = c->slot;
		if (!sketch_init(&w->sketch, digest, watched, n, e))
			return false;
	}
	return sketch_init(s, digest, watched, n, e);
}

bool calibrate_model(struct sketch *s, const struct model *m, struct dataset *d,
		     const struct calibrate_opts *o, struct err *e)
{
	struct calibration c = {.crew.work = calibrate_item};
	size_t first = 0;
	bool ok;

	*s = (struct sketch){0};
	crew_begin(&c.crew, m, o->engine, o->limits);
	ok = prepare(&c, m, s, o, e);
	while (ok && first < dataset_count(d)) {
		ok = run_items(&c, d, &first, e);
		if (ok && o->progress)
			o->progress->at(o->progress, first, dataset_count(d));
	}
	for (uint32_t i = 0; c.watcher && i < c.crew.workers; i++) {
		ok = ok && sketch_merge(s, &c.watcher[i].sketch, e);
		sketch_release(&c.watcher[i].sketch);
	}
	crew_end(&c.crew);
	arena_release(&c.arena);
	if (!ok)
		sketch_release(s);
	return ok;
}
