/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset.c -- samples of a source in a model's types and shapes. */
#include "data/dataset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "data/folder.h"
#include "data/labels.h"
#include "data/source.h"

/* One fed input and the batch that is being built for it. */
struct slot {
	const struct value *value;
	enum sample_fit fit;
	struct buf buf;
	struct datum datum;
};

struct dataset {
	struct arena arena;
	struct limits lim;
	struct dataset_opts opts;
	struct preprocess prep;
	struct fed fed;
	struct source_context context;
	struct sample_source *source;
	struct selection part;
	struct labels labels;
	struct slot *slot;	 /* per fed input */
	const struct datum **in; /* what a batch points at, */
	uint32_t nin;		 /* inputs with defaults included */
	size_t limit;		 /* samples of one run */
	size_t rows;		 /* > 1: a run always has so many */
	bool digested;
	uint8_t digest[SHA256_BYTES];
};

bool fed_is_one(const struct fed *f, const char *what, struct err *e)
{
	struct str names = {0};

	if (f->count == 1)
		return true;
	for (uint32_t i = 0; i < f->count && names.len < 200; i++)
		str_addf(&names, i ? ", '%s'" : "'%s'", f->at[i]->name);
	err_set(e, ERR_FORMAT,
		"%s feeds one input, the model has %u (%s); use an .npz", what,
		(unsigned)f->count, names.text);
	str_release(&names);
	return false;
}

/* ---- opening ------------------------------------------------------------ */

static bool find_fed(struct dataset *d, const struct model *m, struct err *e)
{
	const struct graph *g = m->main;

	d->fed.at = arena_array(&d->arena, const struct value *, g->nin);
	d->fed.place = arena_array(&d->arena, uint32_t, g->nin);
	d->slot = arena_array(&d->arena, struct slot, g->nin);
	d->in = arena_array(&d->arena, const struct datum *, g->nin);
	for (uint32_t i = 0; i < g->nin; i++) {
		const struct value *v = g->in[i];
		if (!value_is_fed(v))
			continue;
		if (v->fallback) {
			d->in[d->nin++] = NULL;
			continue;
		}
		d->fed.at[d->fed.count] = v;
		d->fed.place[d->fed.count] = d->nin;
		d->slot[d->fed.count].value = v;
		d->in[d->nin++] = &d->slot[d->fed.count++].datum;
	}
	if (!d->fed.count)
		return err_set(e, ERR_FORMAT,
			       "the model has no inputs that data could feed");
	if (d->prep.changes_numbers && d->fed.count > 1)
		return err_set(e, ERR_USAGE,
			       "options '--scale', '--mean' and '--std' need a "
			       "model with one input, this one has %u",
			       (unsigned)d->fed.count);
	return true;
}

static bool open_source(struct dataset *d, struct err *e)
{
	const char *path = d->opts.path;

	if (str_starts(path, "random:"))
		return source_open_random(&d->source, &d->context, e);
	if (path_is_folder(path))
		return source_open_folder(&d->source, &d->context, e) ||
		       err_context(e, "data");
	return source_open_arrays(&d->source, &d->context, e);
}

/* May rows of V differ in shape? */
static bool row_is_open(const struct value *v)
{
	const struct shape *s = &v->type.shape;

	for (int32_t i = 1; i < s->rank; i++)
		if (s->dim[i] < 0)
			return true;
	return s->rank == RANK_UNKNOWN;
}

/* How the first sample fits decides for all, and how many fit one run. */
static bool decide_limit(struct dataset *d, struct err *e)
{
	d->limit = SIZE_MAX;
	d->rows = 1;
	for (uint32_t k = 0; k < d->fed.count; k++) {
		struct slot *s = &d->slot[k];
		const struct type *t = &s->value->type;
		struct datum x;
		int64_t first;

		if (!d->source->sample(d->source, d->part.first, k, &x, e))
			return false;
		if (x.type.kind != TYPE_TENSOR || t->kind != TYPE_TENSOR) {
			s->fit = FIT_WHOLE;
			d->limit = 1;
			continue;
		}
		if (!fit_choose(&s->fit, d->source->first, &x.tensor.shape,
				s->value, e))
			return false;
		first = t->shape.rank > 0 ? t->shape.dim[0] : DIM_UNKNOWN;
		if (s->fit == FIT_WHOLE ||
		    (d->source->uneven && row_is_open(s->value)) ||
		    dtype_info[t->dtype].bits < 8)
			first = 1;
		if (first > 0 && (size_t)first < d->limit)
			d->limit = (size_t)first;
		if (s->fit == FIT_ROW && first > 1)
			d->rows = (size_t)first;
	}
	if (d->rows > 1 && d->limit != d->rows)
		return err_set(e, ERR_UNSUPPORTED,
			       "the inputs have different fixed batch sizes");
	return true;
}

static bool open_all(struct dataset *d, const struct model *m, struct err *e)
{
	const struct dataset_opts *o = &d->opts;

	d->context = (struct source_context){.model = m,
					     .fed = &d->fed,
					     .prep = &d->prep,
					     .lim = &d->lim,
					     .path = o->path,
					     .seed = o->seed};
	return preprocess_parse(&d->prep, o, e) && find_fed(d, m, e) &&
	       open_source(d, e) &&
	       selection_parse(&d->part, o->samples, o->shard_index,
			       o->shard_count, d->source->count, e) &&
	       labels_open(&d->labels, o->labels, d->source, &d->lim, e) &&
	       decide_limit(d, e);
}

static const char *copy(struct dataset *d, const char *text)
{
	return text ? arena_strdup(&d->arena, text) : NULL;
}

bool dataset_open(struct dataset **out, const struct model *m,
		  const struct dataset_opts *o, const struct limits *lim,
		  struct err *e)
{
	struct dataset *d = calloc(1, sizeof(*d));

	if (!d)
		die_oom();
	d->lim = limits_filled(lim);
	d->opts = *o;
	d->opts.path = copy(d, o->path);
	d->opts.labels = copy(d, o->labels);
	d->opts.samples = copy(d, o->samples);
	d->opts.scale = copy(d, o->scale);
	d->opts.mean = copy(d, o->mean);
	d->opts.std = copy(d, o->std);
	d->opts.size = copy(d, o->size);
	d->opts.color = copy(d, o->color);
	d->opts.layout = copy(d, o->layout);
	if (!open_all(d, m, e)) {
		dataset_close(d);
		return false;
	}
	*out = d;
	return true;
}

void dataset_close(struct dataset *d)
{
	if (!d)
		return;
	for (uint32_t k = 0; d->slot && k < d->fed.count; k++)
		buf_free(&d->slot[k].buf);
	labels_close(&d->labels);
	if (d->source)
		d->source->close(d->source);
	arena_release(&d->arena);
	free(d);
}

size_t dataset_count(const struct dataset *d)
{
	return d->part.count;
}

size_t dataset_batch_limit(const struct dataset *d)
{
	return d->limit;
}

/* ---- reading ------------------------------------------------------------ */

/* Make room in S for N samples, each of SHAPE as it fits. */
static bool reserve(struct dataset *d, struct slot *s,
		    const struct shape *shape, size_t n, struct err *e)
{
	enum dtype t = s->value->type.dtype;
	struct tensor x = {.dtype = t, .shape = *shape};

	if (s->fit == FIT_ROW) {
		if (shape->rank == MAX_RANK)
			return err_set(e, ERR_LIMIT, "more than %d dimensions",
				       MAX_RANK);
		x.shape.rank = shape->rank + 1;
		x.shape.dim[0] = (int64_t)n;
		memcpy(x.shape.dim + 1, shape->dim,
		       (size_t)shape->rank * sizeof(*shape->dim));
	}
	if (!shape_bytes(&x.shape, t, &x.bytes, e))
		return false;
	if (x.bytes > d->lim.tensor_bytes)
		return err_set(e, ERR_LIMIT,
			       "a batch of %zu bytes exceeds the limit of %zu",
			       x.bytes, d->lim.tensor_bytes);
	if (s->buf.bytes < x.bytes || !s->buf.data) {
		buf_free(&s->buf);
		if (!buf_alloc(&s->buf, x.bytes ? x.bytes : 1, d->lim.memory,
			       e))
			return false;
	}
	/* Elements of less than a byte are set one by one. */
	if (dtype_info[t].bits < 8)
		memset(s->buf.data, 0, s->buf.bytes);
	x.data = s->buf.data;
	s->datum = datum_tensor(&x);
	return true;
}

/* Put the raw X into place AT of the N in slot S. */
static bool put_tensor(struct dataset *d, struct slot *s,
		       const struct tensor *x, size_t at, size_t n,
		       struct err *e)
{
	struct tensor *t = &s->datum.tensor;
	struct shape shape, one;
	size_t count;

	if (!fit_shape(&shape, s->fit, &x->shape, s->value))
		return fit_fail(&x->shape, s->value, e);
	if (at == 0 && !reserve(d, s, &shape, n, e))
		return false;
	one = t->shape;
	if (s->fit == FIT_ROW) {
		one.dim[0] = 1;
		shape.rank++; /* compare with the batch's rows */
		memmove(shape.dim + 1, shape.dim,
			sizeof(shape.dim) - sizeof(*shape.dim));
		shape.dim[0] = 1;
	}
	if (!shape_equal(&one, &shape))
		return fit_fail(&x->shape, s->value, e);
	return shape_count(&one, &count, e) &&
	       preprocess_apply(&d->prep, x, t->dtype, &one, tensor_mut(t),
				at * count, count, e);
}

/* Sample I of the source for every input, at place AT of N. */
static bool put_sample(struct dataset *d, size_t i, size_t at, size_t n,
		       struct err *e)
{
	for (uint32_t k = 0; k < d->fed.count; k++) {
		struct slot *s = &d->slot[k];
		const struct type *want = &s->value->type;
		struct datum x;

		if (!d->source->sample(d->source, i, k, &x, e))
			return false;
		if (x.type.kind != want->kind)
			return err_set(e, ERR_TYPE,
				       "input '%s': sample %zu is of another "
				       "kind than the input",
				       s->value->name, i);
		if (want->kind != TYPE_TENSOR)
			s->datum = x;
		else if (!put_tensor(d, s, &x.tensor, at, n, e))
			return err_context(e, "input '%s', sample %zu",
					   s->value->name, i);
	}
	return true;
}

bool dataset_read(struct dataset *d, size_t first, size_t n, struct batch *b,
		  struct err *e)
{
	size_t places = d->rows > 1 ? d->rows : n;

	if (n == 0 || n > d->limit || first > d->part.count ||
	    n > d->part.count - first)
		bug("dataset_read: samples %zu + %zu of %zu, at most %zu",
		    first, n, d->part.count, d->limit);
	for (size_t at = 0; at < places; at++) {
		size_t i = first + (at < n ? at : n - 1);

		if (!put_sample(d, d->part.first + i * d->part.step, at, places,
				e))
			return false;
	}
	*b = (struct batch){.in = d->in, .nin = d->nin, .count = n};
	return true;
}

bool dataset_has_labels(const struct dataset *d)
{
	return labels_given(&d->labels);
}

struct tensor dataset_label(const struct dataset *d, size_t i)
{
	if (i >= d->part.count)
		bug("dataset_label: sample %zu of %zu", i, d->part.count);
	return label_of(&d->labels, d->part.first + i * d->part.step);
}

/* ---- digest ------------------------------------------------------------- */

bool dataset_digest(struct dataset *d, uint8_t digest[32], struct err *e)
{
	const struct dataset_opts *o = &d->opts;
	const char *const texts[] = {o->samples, o->scale, o->mean,  o->std,
				     o->size,	 o->color, o->layout};
	struct sha256 h;

	if (!d->digested) {
		sha256_init(&h);
		sha256_add_text(&h, "mlopt dataset 1");
		for (size_t i = 0; i < COUNT_OF(texts); i++)
			sha256_add_text(&h, texts[i] ? texts[i] : "");
		if (!d->source->digest(d->source, &h, e))
			return false;
		sha256_finish(&h, d->digest);
		d->digested = true;
	}
	memcpy(digest, d->digest, SHA256_BYTES);
	return true;
}
