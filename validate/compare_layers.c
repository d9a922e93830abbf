/* SPDX-License-Identifier: Apache-2.0 */
/* validate/compare_layers.c -- drift of every intermediate value that both
 * models have, in the reference's node names.
 *
 * Rewrites keep the name of the value they replace, so values go together by
 * name.  Both models run literally, a few samples at a time: the reference's
 * values of one batch are kept while the candidate runs.
 */
#include <string.h>

#include "base/map.h"
#include "validate/sides.h"

enum { LAYER_BATCH = 4 };

struct kept {
	struct buf buf;
	struct tensor tensor;
	bool filled;
};

struct layers {
	struct tap tap; /* first */
	enum side side;
	struct report *r;
	struct arena arena;
	struct kept *kept; /* by layer */
	/* Layer of a value id plus one, for each side. */
	uint32_t *layer[2];
};

static bool keep(struct kept *k, const struct tensor *t, struct err *e)
{
	if (k->buf.bytes != t->bytes) {
		buf_free(&k->buf);
		if (!buf_alloc(&k->buf, t->bytes, NULL, e))
			return false;
	}
	if (t->bytes)
		memcpy(k->buf.data, t->data, t->bytes);
	k->tensor = *t;
	k->tensor.data = k->buf.data;
	k->filled = true;
	return true;
}

static bool comparable(const struct tensor *want, const struct tensor *got)
{
	return want->dtype == got->dtype &&
	       shape_equal(&want->shape, &got->shape);
}

static bool saw(struct tap *self, const struct value *v, const struct datum *d,
		struct err *e)
{
	struct layers *l = (struct layers *)self;
	uint32_t i = l->layer[l->side][v->id];
	struct kept *k;

	if (!i || d->type.kind != TYPE_TENSOR ||
	    d->tensor.dtype == DTYPE_STRING)
		return true;
	k = &l->kept[i - 1];
	if (l->side == REFERENCE)
		return keep(k, &d->tensor, e);
	/* An old name may have another type now; it stays unmatched. */
	if (!k->filled || !comparable(&k->tensor, &d->tensor))
		return true;
	return drift_add(&l->r->layer[i - 1].drift, &k->tensor, &d->tensor, e);
}

static void name_values(struct map *names, const struct model *m)
{
	for (const struct node *n = m->main->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i] && n->out[i]->name[0])
				map_add(names, n->out[i]->name, n->out[i]->id);
}

/* One row for every named result of the reference that the candidate has. */
static void pair_values(struct layers *l, const struct sides *s)
{
	const struct model *ref = s->model[REFERENCE];
	struct map names = {.arena = &l->arena};
	struct report *r = l->r;
	uint32_t id, most = ref->nvalues;

	name_values(&names, s->model[CANDIDATE]);
	for (int side = REFERENCE; side <= CANDIDATE; side++)
		l->layer[side] = arena_array(&l->arena, uint32_t,
					     s->model[side]->nvalues);
	r->layer = arena_array(&r->arena, struct value_drift, most);
	l->kept = arena_array(&l->arena, struct kept, most);
	for (const struct node *n = ref->main->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++) {
			const struct value *v = n->out[i];

			if (!v || !v->uses)
				continue;
			if (!map_get(&names, v->name, &id)) {
				r->unmatched++;
				continue;
			}
			r->layer[r->nlayer++] = (struct value_drift){
				.name = arena_strdup(&r->arena, v->name),
				.node = arena_strdup(&r->arena,
						     node_label(n, &l->arena)),
				.type = arena_strdup(&r->arena, n->type),
			};
			l->layer[REFERENCE][v->id] = r->nlayer;
			l->layer[CANDIDATE][id] = r->nlayer;
		}
}

static bool run_batches(struct layers *l, struct sides *s, struct dataset *d,
			struct session *const session[2], struct err *e)
{
	size_t total = dataset_count(d), batch = sides_batch(s, d);
	struct progress_sink *p = s->opts->progress;
	struct batch b;

	if (batch > LAYER_BATCH && dataset_batch_limit(d) == SIZE_MAX)
		batch = LAYER_BATCH;
	for (size_t i = 0; i < total; i += b.count) {
		size_t n = batch < total - i ? batch : total - i;

		if (p)
			p->step(p, "comparing layers", i, total);
		if (!dataset_read(d, i, n, &b, e))
			return false;
		for (int side = REFERENCE; side <= CANDIDATE; side++) {
			l->side = (enum side)side;
			if (!session_run(session[side],
					 sides_feed(s, &b, l->side), &l->tap,
					 e))
				return false;
		}
	}
	return true;
}

/* Keep what was compared.  A value that did not even run in the reference was
 * constant; one that the candidate never showed with the same type is not
 * found. */
static void drop_empty(struct layers *l)
{
	struct report *r = l->r;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < r->nlayer; i++) {
		r->unmatched += l->kept[i].filled && !r->layer[i].drift.count;
		if (r->layer[i].drift.count)
			r->layer[kept++] = r->layer[i];
	}
	r->nlayer = kept;
}

bool compare_layers(struct report *r, struct sides *s, struct dataset *d,
		    struct err *e)
{
	struct layers l = {.tap = {saw}, .r = r};
	struct plan_opts literal = s->opts->plan;
	struct session *session[2];
	bool ok;

	literal.literal = true;
	pair_values(&l, s);
	for (int side = REFERENCE; side <= CANDIDATE; side++)
		session[side] = session_open(s->model[side], &literal);
	ok = run_batches(&l, s, d, session, e);
	for (int side = REFERENCE; side <= CANDIDATE; side++)
		session_free(session[side]);
	for (uint32_t i = 0; i < r->nlayer; i++)
		buf_free(&l.kept[i].buf);
	drop_empty(&l);
	arena_release(&l.arena);
	return ok;
}
