/* SPDX-License-Identifier: Apache-2.0 */
/* validate/compare_speed.c -- latency and memory of two models on one sample
 * (or as many as a fixed first dimension asks for).
 */
#include "validate/sides.h"

struct timed_side {
	struct runner runner;
	struct session *session;
	const struct datum *const *in;
};

static bool run_side(struct runner *self, struct err *e)
{
	struct timed_side *t = (struct timed_side *)self;

	return session_run(t->session, t->in, NULL, e);
}

static uint64_t weight_bytes(const struct model *m)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < m->main->nkonst; i++)
		bytes += m->main->konst[i]->konst->bytes;
	for (const struct node *n = model_first(m); n; n = model_next(n))
		for (struct graph *g = NULL; (g = node_next_graph(n, g));)
			for (uint32_t i = 0; i < g->nkonst; i++)
				bytes += g->konst[i]->konst->bytes;
	return bytes;
}

/* A ratio above the limit is confirmed by a second, longer measurement before
 * anybody is told to stop a release. */
static bool measure_latency(struct report *r, struct timed_side *t,
			    const struct compare_opts *o, struct err *e)
{
	struct latency_opts opts = {.seconds = o->seconds,
				    .seed = o->plan.seed + 1};
	bool failed;

	if (!latency_compare(&r->latency, &t[REFERENCE].runner,
			     &t[CANDIDATE].runner, &opts, e))
		return false;
	r->has_latency = true;
	if (!(o->latency_limit > 0) ||
	    latency_verdict(&r->latency, o->latency_limit) == VERDICT_PASS)
		return true;
	failed = latency_verdict(&r->latency, o->latency_limit) == VERDICT_FAIL;
	opts.pairs = 2 * (int)r->latency.pairs;
	opts.seconds *= 2;
	opts.seed++;
	if (!latency_compare(&r->latency, &t[REFERENCE].runner,
			     &t[CANDIDATE].runner, &opts, e))
		return false;
	r->latency_confirmed = failed;
	return true;
}

bool compare_speed(struct report *r, struct sides *s, struct dataset *d,
		   struct err *e)
{
	const struct compare_opts *o = s->opts;
	size_t batch = dataset_batch_limit(d);
	struct session *session[2];
	struct timed_side t[2];
	struct batch b;
	bool ok = true;

	if (!dataset_read(d, 0, batch == SIZE_MAX ? 1 : batch, &b, e))
		return false;
	for (int side = REFERENCE; side <= CANDIDATE; side++) {
		session[side] = session_open(s->model[side], &o->plan);
		t[side] = (struct timed_side){
			{run_side},
			session[side],
			sides_feed(s, &b, (enum side)side)};
	}
	for (int side = REFERENCE; ok && side <= CANDIDATE; side++) {
		ok = session_run(session[side], t[side].in, NULL, e);
		if (ok)
			r->peak_bytes[side] = weight_bytes(s->model[side]) +
					      plan_bytes(session_plan(
						      session[side]));
	}
	r->has_memory = ok && o->memory;
	/* Where the files are equal, only one plan makes the times equal. */
	if (o->same_model)
		t[CANDIDATE] = t[REFERENCE];
	if (ok && o->latency)
		ok = measure_latency(r, t, o, e);
	session_free(session[REFERENCE]);
	session_free(session[CANDIDATE]);
	return ok;
}
