/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/heldout.c -- see heldout.h. */
#include "cmd/heldout.h"

#include <math.h>
#include <string.h>

#include "cmd/load.h"
#include "exec/session.h"

enum {
	HELD_OUT = 3,	  /* every third */
	ITEMS_MOST = 384, /* held out and not */
};

void heldout_release(struct heldout *h)
{
	shrink_samples_release(&h->samples);
	shrink_samples_release(&h->calibration);
	hold_release(&h->hold);
	arena_release(&h->arena);
	*h = (struct heldout){.nout = 0};
}

/* ---- running ------------------------------------------------------------ */

/* All outputs of M for the items of S, copies in HOLD. */
static bool run_all(const struct heldout *h, const struct model *m,
		    const struct shrink_samples *s, struct datum *out,
		    struct hold *hold, struct err *e)
{
	struct arena a = {0};
	uint32_t nin = shrink_fed_inputs(m);
	const struct datum **in = arena_array(&a, const struct datum *, nin);
	struct plan_opts po;
	struct session *run;
	bool ok = shrink_plan_opts(&po, h->common, e);

	if (!ok)
		return false;
	run = session_open(m, &po);
	for (uint32_t i = 0; ok && i < s->count; i++) {
		for (uint32_t k = 0; k < nin; k++)
			in[k] = &s->in[i * nin + k];
		ok = session_run(run, in, NULL, e);
		for (uint32_t k = 0; ok && k < h->nout; k++)
			ok = hold_copy(hold, &out[i * h->nout + k],
				       plan_output(session_plan(run), k), NULL,
				       e);
	}
	session_free(run);
	arena_release(&a);
	return ok;
}

/* ---- samples ------------------------------------------------------------ */

/* The samples at FIRST[], several in an item where the model allows. */
static bool take(struct shrink_samples *s, const struct heldout *h,
		 const size_t *first, uint32_t items, struct err *e)
{
	enum { STACKED = 32 };

	return shrink_samples_at(s, h->model, h->data, first, items, h->common,
				 e) &&
	       (dataset_batch_limit(h->data) != SIZE_MAX ||
		shrink_samples_stack(s, shrink_fed_inputs(h->model), STACKED,
				     e));
}

/* ---- scores ------------------------------------------------------------- */

/* Rows of the first output of all items: [samples, 1..., classes]. */
static bool scores_from(struct scores *s, const struct datum *out,
			uint32_t items, uint32_t nout, struct arena *a)
{
	double *at;

	*s = (struct scores){.n = 0};
	for (uint32_t i = 0; i < items; i++) {
		const struct tensor *t = &out[i * nout].tensor;
		const struct shape *x = &t->shape;
		size_t count;

		if (out[i * nout].type.kind != TYPE_TENSOR || x->rank < 2 ||
		    !dtype_is_float(t->dtype))
			return false;
		count = tensor_count(t);
		if (count != (size_t)x->dim[0] * (size_t)x->dim[x->rank - 1] ||
		    x->dim[x->rank - 1] < 2 ||
		    (s->classes && s->classes != x->dim[x->rank - 1]))
			return false;
		s->classes = (uint32_t)x->dim[x->rank - 1];
		s->n += (uint32_t)x->dim[0];
	}
	at = arena_array(a, double, (size_t)s->n * s->classes);
	s->at = at;
	for (uint32_t i = 0; i < items; i++) {
		const struct tensor *t = &out[i * nout].tensor;

		for (size_t k = 0; k < tensor_count(t); k++)
			*at++ = tensor_double(t, k);
	}
	return true;
}

static bool wants_drop(const struct policy *p)
{
	return p->set[ACCURACY_MAX_DROP] && p->metric == METRIC_TOPK &&
	       p->k == 1;
}

static bool wants_agreement(const struct policy *p)
{
	return p->set[ACCURACY_MIN] && p->metric == METRIC_AGREEMENT;
}

/* The margins of all samples, held out or not. */
static bool find_margins(struct heldout *h, const struct shrink_samples *all,
			 const size_t *first, uint32_t items, struct err *e)
{
	struct hold hold = {0};
	struct datum *out = arena_array(&h->arena, struct datum,
					(size_t)all->count * h->nout);
	struct scores s;
	uint32_t *label = NULL, n = 0;
	bool ok = run_all(h, h->model, all, out, &hold, e);

	if (ok && scores_from(&s, out, all->count, h->nout, &h->arena)) {
		h->expects = true;
		if (wants_drop(&h->policy))
			label = arena_array(&h->arena, uint32_t, s.n);
		for (uint32_t i = 0; label && i < items; i++)
			for (size_t k = 0; k < h->each; k++) {
				struct tensor t = dataset_label(h->data,
								first[i] + k);

				label[n] = (uint32_t)tensor_double(&t, 0);
				h->expects &= tensor_count(&t) == 1 &&
					      label[n] < s.classes;
				n++;
			}
		if (h->expects)
			margins_of(&h->margins, &s, label, &h->arena);
	}
	hold_release(&hold);
	return ok;
}

/* ---- beginning ---------------------------------------------------------- */

static bool check_labels(const struct heldout *h, struct err *e)
{
	struct accuracy a;
	struct arena scratch = {0};

	accuracy_init(&a, h->policy.metric, h->policy.k, h->policy.threshold,
		      &scratch);
	if (!accuracy_wants_labels(&a) || dataset_has_labels(h->data))
		return true;
	return err_set(e, ERR_USAGE, "the target needs labels: give --labels");
}

static bool split(struct heldout *h, const size_t *first, uint32_t items,
		  struct err *e)
{
	size_t *rest = arena_array(&h->arena, size_t, items);
	uint32_t held = 0, left = 0;

	size_t *kept = arena_array(&h->arena, size_t, items);

	h->sample = arena_array(&h->arena, size_t, items * h->each);
	for (uint32_t i = 0; i < items; i++) {
		if (i % HELD_OUT != HELD_OUT - 1) {
			rest[left++] = first[i];
			continue;
		}
		for (size_t k = 0; k < h->each; k++)
			h->sample[held * h->each + k] = first[i] + k;
		kept[held++] = first[i];
	}
	h->held = (uint32_t)(held * h->each);
	return take(&h->samples, h, kept, held, e) &&
	       take(&h->calibration, h, rest, left, e);
}

static bool want_expected(struct heldout *h, const size_t *first,
			  uint32_t items, struct err *e)
{
	struct shrink_samples all;
	bool ok;

	if (!wants_drop(&h->policy) && !wants_agreement(&h->policy))
		return true;
	if (!take(&all, h, first, items, e))
		return false;
	ok = find_margins(h, &all, first, items, e);
	shrink_samples_release(&all);
	if (ok && h->expects)
		h->expects = scores_from(&h->scores, h->want, h->samples.count,
					 h->nout, &h->arena);
	return ok;
}

bool heldout_init(struct heldout *h, const struct model *m, struct dataset *d,
		  const struct policy *p, const struct common_opts *c,
		  struct err *e)
{
	size_t each = dataset_batch_limit(d), total = dataset_count(d), *first;
	uint32_t items;

	*h = (struct heldout){.common = c,
			      .model = m,
			      .data = d,
			      .policy = *p,
			      .each = each == SIZE_MAX ? 1 : each,
			      .nout = m->main->nout};
	if (isnan(h->policy.threshold))
		h->policy.threshold = 0.5;
	if (!check_labels(h, e))
		return false;
	if (total / h->each < 2 * HELD_OUT)
		return err_set(e, ERR_USAGE,
			       "a search needs at least %zu samples, every "
			       "third of which is held out",
			       2 * HELD_OUT * h->each);
	total /= h->each;
	items = total < ITEMS_MOST ? (uint32_t)total : ITEMS_MOST;
	first = arena_array(&h->arena, size_t, items);
	for (uint32_t i = 0; i < items; i++)
		first[i] = i * total / items * h->each;
	if (!split(h, first, items, e))
		goto failed;
	h->want = arena_array(&h->arena, struct datum,
			      (size_t)h->samples.count * h->nout);
	if (run_all(h, m, &h->samples, h->want, &h->hold, e) &&
	    want_expected(h, first, items, e))
		return true;
failed:
	heldout_release(h);
	return false;
}

/* ---- judging ------------------------------------------------------------ */

/* A candidate's outputs, and room for them with other noise. */
struct outputs {
	const struct heldout *h;
	struct datum *got; /* [items][nout] */
	struct hold hold;
	struct arena arena;
};

/* WANT + scale (GOT - WANT), floats only; GOT as it is for scale 1. */
static struct tensor mixed(const struct tensor *want, const struct tensor *got,
			   double scale, struct arena *a)
{
	struct tensor t = *got;
	float *x;

	if (scale == 1 || got->dtype != DTYPE_F32 || want->dtype != DTYPE_F32 ||
	    !shape_equal(&want->shape, &got->shape))
		return t;
	t = tensor_in_arena(a, DTYPE_F32, &got->shape);
	x = tensor_f32_mut(&t);
	for (size_t i = 0; i < tensor_count(got); i++) {
		double w = tensor_double(want, i);

		x[i] = (float)(w + scale * (tensor_double(got, i) - w));
	}
	return t;
}

/* Samples of item I: what the first input has along its first axis. */
static size_t samples_of(const struct heldout *h, uint32_t i)
{
	const struct datum *in =
		&h->samples.in[i * shrink_fed_inputs(h->model)];
	const struct shape *s = &in->tensor.shape;

	return h->each > 1 || s->rank < 1 ? h->each : (size_t)s->dim[0];
}

static bool add_item(struct report *r, const struct outputs *o, uint32_t i,
		     size_t first, double scale, struct arena *a, struct err *e)
{
	const struct heldout *h = o->h;
	const size_t n = samples_of(h, i);
	struct tensor *label = arena_array(a, struct tensor, n);
	bool scores = h->policy.metric != METRIC_NONE;

	for (size_t k = 0; scores && k < n; k++)
		if (dataset_has_labels(h->data))
			label[k] = dataset_label(h->data, h->sample[first + k]);
	for (uint32_t k = 0; k < h->nout; k++) {
		const struct datum *want = &h->want[i * h->nout + k];
		struct tensor got;

		if (want->type.kind != TYPE_TENSOR)
			return err_set(e, ERR_UNSUPPORTED,
				       "an output is no tensor");
		got = mixed(&want->tensor, &o->got[i * h->nout + k].tensor,
			    scale, a);
		if (!drift_add(&r->output[k].drift, &want->tensor, &got, e))
			return false;
		if (k == 0 && scores &&
		    !accuracy_add(&r->accuracy, &want->tensor, &got,
				  dataset_has_labels(h->data) ? label : NULL, n,
				  e))
			return false;
	}
	return true;
}

/* Of a normal distribution, 95 % are no further from the mean. */
static const double confident = 1.96;

/* Does what was expected of the noise hold, and what was counted? */
static bool expected_holds(const struct heldout *h, const struct report *r,
			   const struct expected_drop *x)
{
	const struct policy *p = &h->policy;
	double limit = wants_drop(p) ? p->limit[ACCURACY_MAX_DROP]
				     : 1 - p->limit[ACCURACY_MIN];

	return x->drop + confident * x->error <= limit &&
	       -r->accuracy_interval.hi <= limit;
}

static struct expected_drop expect(const struct outputs *o, double scale,
				   struct arena *a)
{
	const struct heldout *h = o->h;
	struct scores s;
	double *x;

	if (!scores_from(&s, o->got, h->samples.count, h->nout, a) ||
	    s.n != h->scores.n || s.classes != h->scores.classes)
		return (struct expected_drop){NAN, NAN};
	x = arena_array(a, double, (size_t)s.n *s.classes);
	for (size_t i = 0; i < (size_t)s.n * s.classes; i++)
		x[i] = h->scores.at[i] + scale * (s.at[i] - h->scores.at[i]);
	s.at = x;
	return expected_drop(&h->margins, &h->scores, &s);
}

static double noise_of(const struct report *r)
{
	double sum = 0;

	for (uint32_t k = 0; k < r->noutput; k++) {
		const struct drift *d = &r->output[k].drift;

		if (d->nonfinite)
			return INFINITY;
		if (d->sum_want > 0)
			sum += d->sum_error / d->sum_want;
	}
	return sum;
}

/* Judge O with its noise times SCALE. */
static bool judge_at(const struct outputs *o, double scale, struct judged *j,
		     struct err *e)
{
	const struct heldout *h = o->h;
	struct policy p = h->policy;
	struct report r = {.noutput = h->nout};
	struct arena a = {0};
	size_t first = 0;
	bool ok = true;

	r.output = arena_array(&r.arena, struct value_drift, h->nout);
	accuracy_init(&r.accuracy, p.metric, p.k, p.threshold, &r.arena);
	for (uint32_t i = 0; ok && i < h->samples.count; i++) {
		struct arena_mark mark = arena_mark(&a);

		ok = add_item(&r, o, i, first, scale, &a, e);
		first += samples_of(h, i);
		arena_rewind(&a, mark);
	}
	if (ok) {
		if (h->expects)
			p.set[ACCURACY_MAX_DROP] = p.set[ACCURACY_MIN] = false;
		report_judge(&r, &p);
		*j = (struct judged){.holds = r.verdict == VERDICT_PASS,
				     .noise = noise_of(&r),
				     .expected = {NAN, NAN},
				     .counted = NAN,
				     .scale = 1};
		if (p.metric != METRIC_NONE)
			j->counted = accuracy_change(&r.accuracy);
		if (h->expects) {
			j->expected = expect(o, scale, &a);
			j->holds &= expected_holds(h, &r, &j->expected);
		}
	}
	arena_release(&a);
	arena_release(&r.arena);
	return ok;
}

/* The scale at which O just holds, within 2^-6 .. 2^6. */
static bool find_scale(const struct outputs *o, double *scale, struct err *e)
{
	enum { STEPS = 12 };
	double lo = -6, hi = 6;

	for (int i = 0; i < STEPS; i++) {
		double mid = (lo + hi) / 2;
		struct judged j;

		if (!judge_at(o, exp2(mid), &j, e))
			return false;
		*(j.holds ? &lo : &hi) = mid;
	}
	*scale = exp2(lo);
	return true;
}

static bool begin_outputs(struct outputs *o, const struct heldout *h,
			  const struct model *candidate, struct err *e)
{
	*o = (struct outputs){.h = h};
	o->got = arena_array(&o->arena, struct datum,
			     (size_t)h->samples.count * h->nout);
	return run_all(h, candidate, &h->samples, o->got, &o->hold, e);
}

static void end_outputs(struct outputs *o)
{
	hold_release(&o->hold);
	arena_release(&o->arena);
}

bool heldout_judge(const struct heldout *h, const struct model *candidate,
		   struct judged *j, struct err *e)
{
	struct outputs o;
	double scale = 1;
	bool ok = begin_outputs(&o, h, candidate, e) &&
		  find_scale(&o, &scale, e) && judge_at(&o, 1, j, e);

	if (ok)
		j->scale = scale;
	end_outputs(&o);
	return ok;
}

bool heldout_noise(const struct heldout *h, const struct model *candidate,
		   double *noise, struct err *e)
{
	struct outputs o;
	struct report r = {.noutput = h->nout};
	bool ok = begin_outputs(&o, h, candidate, e);

	r.output = arena_array(&r.arena, struct value_drift, h->nout);
	for (uint32_t i = 0; ok && i < h->samples.count * h->nout; i++)
		ok = drift_add(&r.output[i % h->nout].drift, &h->want[i].tensor,
			       &o.got[i].tensor, e);
	if (ok)
		*noise = noise_of(&r);
	arena_release(&r.arena);
	end_outputs(&o);
	return ok;
}
