/* SPDX-License-Identifier: Apache-2.0 */
/* data/source_random.c -- seeded random samples of the model's own shapes.
 *
 * Element types and names say what is sensible:
 *   float    uniform in [0, 1) for rank 4 and more (pictures), else normal
 *   int      0 to 9, as these are mostly indices; 8 bits: the whole range
 *   bool     either
 *   strings  "a" to "j"
 * A name with "mask" in it gets ones, with "type" or "segment" zeros, with
 * "position" 0, 1, 2 ... along the last axis.  Dimensions that are open are 1
 * if they count samples, 64 for height and width of pictures, else 8; equal
 * names are equal numbers.  Sample I depends only on the seed, I and the
 * input's place.
 */
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "data/source.h"
#include "graph/element.h"

struct random_source {
	struct sample_source source;
	const struct source_context *context;
	struct shape *shape; /* per fed input */
	struct buf *buf;
};

static void close_random(struct sample_source *self)
{
	struct random_source *s = (struct random_source *)self;

	for (uint32_t k = 0; s->buf && k < s->context->fed->count; k++)
		buf_free(&s->buf[k]);
	free(s->shape);
	free(s->buf);
	free(s);
}

/* ---- contents ----------------------------------------------------------- */

static int64_t random_int(struct rng *r, enum dtype t)
{
	unsigned bits = dtype_info[t].bits;

	if (t == DTYPE_BOOL)
		return (int64_t)rng_below(r, 2);
	if (bits > 8)
		return (int64_t)rng_below(r, 10);
	return (int64_t)rng_below(r, UINT64_C(1) << bits) -
	       (dtype_info[t].class == CLASS_INT ? INT64_C(1) << (bits - 1)
						 : 0);
}

static void fill_texts(struct rng *r, struct text *to, size_t n)
{
	static const char letters[] = "abcdefghij";

	for (size_t i = 0; i < n; i++)
		to[i] = (struct text){letters + rng_below(r, 10), 1};
}

static void fill(struct rng *r, const struct value *v, struct tensor *t,
		 size_t n)
{
	const struct shape *s = &t->shape;
	size_t last = s->rank ? (size_t)s->dim[s->rank - 1] : 1;
	bool mask = strstr(v->name, "mask"), position;
	bool zero = strstr(v->name, "type") || strstr(v->name, "segment");
	void *data = tensor_mut(t);

	position = strstr(v->name, "position");
	if (t->dtype == DTYPE_STRING) {
		fill_texts(r, data, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (mask)
			element_set_int(t->dtype, data, i, 1);
		else if (zero)
			element_set_int(t->dtype, data, i, 0);
		else if (position)
			element_set_int(t->dtype, data, i, (int64_t)(i % last));
		else if (!dtype_is_float(t->dtype))
			element_set_int(t->dtype, data, i,
					random_int(r, t->dtype));
		else
			element_set_double(t->dtype, data, i,
					   s->rank >= 4 ? rng_uniform(r)
							: rng_normal(r));
	}
}

static bool sample(struct sample_source *self, size_t i, uint32_t k,
		   struct datum *out, struct err *e)
{
	struct random_source *s = (struct random_source *)self;
	const struct source_context *c = s->context;
	const struct value *v = c->fed->at[k];
	struct tensor t = {.dtype = v->type.dtype, .shape = s->shape[k]};
	struct rng r;
	size_t n;

	if (!shape_count(&t.shape, &n, e) ||
	    !shape_bytes(&t.shape, t.dtype, &t.bytes, e))
		return false;
	if (!s->buf[k].data &&
	    !buf_alloc(&s->buf[k], t.bytes ? t.bytes : 1, c->lim->memory, e))
		return false;
	rng_seed(&r, c->seed ^ (i * c->fed->count + k + 1) *
				       UINT64_C(0x9e3779b97f4a7c15));
	t.data = s->buf[k].data;
	if (t.bytes)
		memset(s->buf[k].data, 0, t.bytes);
	fill(&r, v, &t, n);
	*out = datum_tensor(&t);
	return true;
}

static bool digest(struct sample_source *self, struct sha256 *h, struct err *e)
{
	struct random_source *s = (struct random_source *)self;

	(void)e;
	sha256_add_text(h, s->context->path);
	sha256_add_u64(h, s->context->seed);
	return true;
}

/* ---- shapes ------------------------------------------------------------- */

/* A number for the open dimension DIM at AXIS of an input of RANK; names get
 * theirs from where they are first seen, kept in GIVEN by symbol. */
static int64_t close_dim(const struct symbols *sy, int64_t *given, int64_t dim,
			 int32_t axis, int32_t rank)
{
	int64_t guess = axis == 0 ? 1 : rank >= 4 && axis >= 2 ? 64 : 8;
	const struct symbol *x;
	int64_t *slot;

	if (dim == DIM_UNKNOWN)
		return guess;
	slot = &given[-(dim + 2)];
	x = symbol_of(sy, dim);
	if (*slot)
		return *slot;
	*slot = guess;
	if (!x->name) {
		int64_t base = close_dim(sy, given, x->base, axis, rank);

		*slot = (x->mul * base + x->add) / x->div;
	}
	if (*slot < 1)
		*slot = 1;
	return *slot;
}

static bool close_shapes(struct random_source *s, struct err *e)
{
	const struct source_context *c = s->context;
	const struct symbols *sy = &c->model->symbols;
	int64_t *given = calloc(sy->count + 1, sizeof(*given));
	bool ok = true;

	if (!given)
		die_oom();
	for (uint32_t k = 0; ok && k < c->fed->count; k++) {
		const struct value *v = c->fed->at[k];
		struct shape *x = &s->shape[k];

		*x = v->type.shape;
		if (v->type.kind != TYPE_TENSOR || x->rank == RANK_UNKNOWN ||
		    dtype_info[v->type.dtype].class == CLASS_COMPLEX ||
		    v->type.dtype == DTYPE_NONE)
			ok = err_set(e, ERR_UNSUPPORTED,
				     "input '%s' has no shape to make up data "
				     "for",
				     v->name);
		for (int32_t i = 0; ok && i < x->rank; i++)
			if (x->dim[i] < 0)
				x->dim[i] = close_dim(sy, given, x->dim[i], i,
						      x->rank);
	}
	free(given);
	return ok;
}

bool source_open_random(struct sample_source **out,
			const struct source_context *c, struct err *e)
{
	struct random_source *s;
	long long count;

	if (!str_to_int(c->path + strlen("random:"), &count) || count < 1)
		return err_set(e, ERR_USAGE,
			       "'%s' is not random:COUNT with a positive count",
			       c->path);
	s = calloc(1, sizeof(*s));
	if (!s)
		die_oom();
	*s = (struct random_source){.source = {.count = (size_t)count,
					       .first = FIT_ROW,
					       .close = close_random,
					       .sample = sample,
					       .digest = digest},
				    .context = c};
	s->shape = calloc(c->fed->count, sizeof(*s->shape));
	s->buf = calloc(c->fed->count, sizeof(*s->buf));
	if (!s->shape || !s->buf)
		die_oom();
	if (!close_shapes(s, e)) {
		close_random(&s->source);
		return false;
	}
	*out = &s->source;
	return true;
}
