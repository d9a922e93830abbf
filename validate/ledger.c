/* SPDX-License-Identifier: Apache-2.0 */
/* validate/ledger.c -- see ledger.h. */
#include "validate/ledger.h"

#include <math.h>
#include <stdlib.h>

#include "exec/hold.h"
#include "validate/ledger_places.h"
#include "validate/sides.h"

enum { SAMPLES = 64, BATCH = 8, OUTPUT_BYTES = 1 << 28 };

/* The samples and what the reference makes of them, kept for every copy. */
struct kept_batch {
	const struct datum **in; /* the candidate's */
	struct datum *want;	 /* reference outputs */
	size_t count;
};

struct measuring {
	struct sides sides;
	struct dataset *data;
	struct places places;
	struct kept_batch *batch;
	size_t nbatches, samples;
	struct hold hold;
	struct arena arena;
};

/* ---- samples ------------------------------------------------------------ */

static bool keep_inputs(struct measuring *m, struct kept_batch *k,
			const struct batch *b, struct err *e)
{
	const struct datum *const *in = sides_feed(&m->sides, b, CANDIDATE);
	uint32_t nin = m->sides.nin;
	struct datum *copy = arena_array(&m->arena, struct datum, nin);

	k->in = arena_array(&m->arena, const struct datum *, nin);
	k->count = b->count;
	for (uint32_t i = 0; i < nin; i++) {
		if (!in[i])
			continue;
		if (!hold_copy(&m->hold, &copy[i], in[i], NULL, e))
			return false;
		k->in[i] = &copy[i];
	}
	return true;
}

static bool keep_outputs(struct measuring *m, struct kept_batch *k,
			 struct session *s, size_t *bytes, struct err *e)
{
	uint32_t nout = m->sides.nout;

	k->want = arena_array(&m->arena, struct datum, nout);
	for (uint32_t i = 0; i < nout; i++) {
		const struct datum *d = plan_output(session_plan(s), i);

		if (!hold_copy(&m->hold, &k->want[i], d, NULL, e))
			return false;
		*bytes += d->tensor.bytes;
	}
	return true;
}

/* Batches spread evenly; fewer where the outputs are large. */
static bool keep_batches(struct measuring *m, struct session *s, struct err *e)
{
	size_t total = dataset_count(m->data), bytes = 0;
	size_t each = sides_batch(&m->sides, m->data);
	size_t want = total < SAMPLES ? total : SAMPLES, n;
	struct batch b;

	each = each > BATCH && dataset_batch_limit(m->data) == SIZE_MAX ? BATCH
									: each;
	n = (want + each - 1) / each;
	m->batch = arena_array(&m->arena, struct kept_batch, n);
	for (size_t i = 0; i < n && bytes < OUTPUT_BYTES; i++) {
		struct kept_batch *k = &m->batch[m->nbatches];
		size_t first = i * total / n;
		size_t left = total - first < each ? total - first : each;

		if (!dataset_read(m->data, first, left, &b, e) ||
		    !session_run(s, sides_feed(&m->sides, &b, REFERENCE), NULL,
				 e) ||
		    !keep_outputs(m, k, s, &bytes, e) ||
		    !keep_inputs(m, k, &b, e))
			return false;
		m->nbatches++;
		m->samples += b.count;
	}
	return true;
}

static bool run_reference(struct measuring *m, struct err *e)
{
	struct session *s = session_open(m->sides.model[REFERENCE],
					 &m->sides.opts->plan);
	bool ok = keep_batches(m, s, e);

	session_free(s);
	return ok;
}

/* ---- noise -------------------------------------------------------------- */

static double mean_noise(const struct drift *d, uint32_t n)
{
	double sum = 0;
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++)
		if (d[i].sum_want > 0) {
			sum += d[i].sum_error / d[i].sum_want;
			count++;
		}
	return count ? sum / count : 0;
}

static bool add_batch(struct measuring *m, struct drift *d, struct session *s,
		      const struct kept_batch *k, struct err *e)
{
	if (!session_run(s, k->in, NULL, e))
		return false;
	for (uint32_t i = 0; i < m->sides.nout; i++) {
		const struct datum *got = plan_output(session_plan(s),
						      m->sides.output[i]);

		if (got->type.kind == TYPE_TENSOR &&
		    dtype_is_float(got->tensor.dtype) &&
		    !drift_add(&d[i], &k->want[i].tensor, &got->tensor, e))
			return false;
	}
	return true;
}

static bool noise_of(struct measuring *m, const struct model *candidate,
		     double *noise, struct err *e)
{
	struct session *s = session_open(candidate, &m->sides.opts->plan);
	struct arena a = {0};
	struct drift *d = arena_array(&a, struct drift, m->sides.nout);
	bool ok = true;

	for (size_t i = 0; ok && i < m->nbatches; i++)
		ok = add_batch(m, d, s, &m->batch[i], e);
	*noise = mean_noise(d, m->sides.nout);
	session_free(s);
	arena_release(&a);
	return ok;
}

/* ---- copies ------------------------------------------------------------- */

/* Is place I undone on the copy for cause C, or for place ONE? */
static bool is_undone(const struct measuring *m, uint32_t i,
		      enum ledger_cause c, uint32_t one)
{
	if (one != UINT32_MAX)
		return i == one;
	return c == CAUSE_REST || m->places.at[i].cause == c;
}

static bool noise_without(struct measuring *m, enum ledger_cause c,
			  uint32_t one, double *noise, struct err *e)
{
	struct model *copy = model_clone(m->sides.model[CANDIDATE]);
	struct arena a = {0};
	struct node **by_id = arena_array(&a, struct node *, copy->nnodes);
	bool ok;

	for (struct node *n = copy->main->first; n; n = n->next)
		by_id[n->id] = n;
	for (uint32_t i = 0; i < m->places.count; i++)
		if (is_undone(m, i, c, one))
			place_undo(&m->places.at[i], by_id);
	ok = noise_of(m, copy, noise, e);
	model_free(copy);
	arena_release(&a);
	return ok;
}

static void fill_entry(struct ledger_entry *x, double all, double without)
{
	x->sqnr_db = -10 * log10(without);
	x->share = all > 0 ? 1 - without / all : 0;
	if (x->cause == CAUSE_REST)
		x->share = all > 0 ? without / all : 0;
}

static void count_places(struct ledger *l, const struct places *p)
{
	for (int c = 0; c < LEDGER_CAUSES; c++)
		l->cause[c].cause = (enum ledger_cause)c;
	for (uint32_t i = 0; i < p->count; i++)
		l->cause[p->at[i].cause].places++;
	l->changed = p->changed;
	l->integer = p->integer;
	l->cause[CAUSE_REST].places = l->changed + l->integer;
}

static bool measure_causes(struct ledger *l, struct measuring *m, double all,
			   struct err *e)
{
	for (int c = 0; c < LEDGER_CAUSES; c++) {
		double without = all;

		if ((l->cause[c].places || c == CAUSE_REST) &&
		    !noise_without(m, (enum ledger_cause)c, UINT32_MAX,
				   &without, e))
			return false;
		fill_entry(&l->cause[c], all, without);
	}
	return true;
}

static int by_share(const void *a, const void *b)
{
	const struct ledger_entry *x = a, *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return 0;
}

static bool measure_places(struct ledger *l, struct measuring *m, double all,
			   struct arena *a, struct err *e)
{
	struct progress_sink *sink = m->sides.opts->progress;

	l->place = arena_array(a, struct ledger_entry, m->places.count);
	for (uint32_t i = 0; i < m->places.count; i++) {
		const struct alteration *p = &m->places.at[i];
		struct ledger_entry *x = &l->place[l->nplaces++];
		double without;

		if (sink)
			sink->step(sink, "undoing changes", i, m->places.count);
		if (!noise_without(m, p->cause, i, &without, e))
			return false;
		*x = (struct ledger_entry){
			.node = arena_strdup(a, p->label),
			.type = arena_strdup(a, p->type),
			.cause = p->cause,
			.places = 1,
		};
		fill_entry(x, all, without);
	}
	if (l->nplaces)
		qsort(l->place, l->nplaces, sizeof(*l->place), by_share);
	return true;
}

static bool measure(struct ledger *l, struct measuring *m, struct arena *a,
		    struct err *e)
{
	double all;

	if (!places_find(&m->places, m->sides.model[REFERENCE],
			 m->sides.model[CANDIDATE], e) ||
	    !run_reference(m, e) ||
	    !noise_of(m, m->sides.model[CANDIDATE], &all, e))
		return false;
	l->samples = m->samples;
	l->sqnr_db = -10 * log10(all);
	count_places(l, &m->places);
	return measure_causes(l, m, all, e) && measure_places(l, m, all, a, e);
}

bool ledger_measure(struct ledger *l, const struct model *const model[2],
		    struct dataset *d, const struct compare_opts *o,
		    struct arena *a, struct err *e)
{
	struct measuring m = {.data = d};
	bool ok;

	*l = (struct ledger){.samples = 0};
	if (!sides_init(&m.sides, model, o, e))
		return false;
	ok = measure(l, &m, a, e);
	places_release(&m.places);
	hold_release(&m.hold);
	arena_release(&m.arena);
	sides_release(&m.sides);
	return ok || err_context(e, "ledger");
}

/* ---- for machines ------------------------------------------------------- */

const char *ledger_cause_name(enum ledger_cause c)
{
	static const char *const names[] = {
		[CAUSE_WEIGHTS] = "weights",
		[CAUSE_LOGARITHMS] = "logarithms",
		[CAUSE_PRUNING] = "pruning",
		[CAUSE_FLOATS] = "floats",
		[CAUSE_ACTIVATIONS] = "activations",
		[CAUSE_REST] = "rest",
	};

	return names[c];
}

static void put_entry(struct json *j, const struct ledger_entry *x)
{
	json_object(j, NULL);
	if (x->node) {
		json_string(j, "node", x->node);
		json_string(j, "operator", x->type);
	}
	json_string(j, "cause", ledger_cause_name(x->cause));
	if (!x->node)
		json_int(j, "places", x->places);
	json_double(j, "sqnr_db", x->sqnr_db);
	json_double(j, "share", x->share);
	json_end(j);
}

void ledger_json(struct json *j, const struct ledger *l)
{
	json_object(j, "ledger");
	json_int(j, "samples", (int64_t)l->samples);
	json_double(j, "sqnr_db", l->sqnr_db);
	json_int(j, "changed_sizes", l->changed);
	json_int(j, "integer_operators", l->integer);
	json_array(j, "causes");
	for (int c = 0; c < LEDGER_CAUSES; c++)
		put_entry(j, &l->cause[c]);
	json_end(j);
	json_array(j, "layers");
	for (uint32_t i = 0; i < l->nplaces; i++)
		put_entry(j, &l->place[i]);
	json_end(j);
	json_end(j);
}
