/* SPDX-License-Identifier: Apache-2.0 */
/* quant/crew.c -- plans for workers, samples for plans. */
#include "quant/crew.h"

static void crew_job(struct job *self, size_t begin, size_t end);

void crew_begin(struct crew *c, const struct model *m,
		const struct engine *engine, const struct limits *lim)
{
	int threads = parallel_threads();

	if (!lim)
		lim = &limits_default;
	c->job.run = crew_job;
	c->model = m;
	c->engine = engine;
	c->workers = threads > 1 ? (uint32_t)threads : 1;
	c->nin = 0;
	c->arena = (struct arena){0};
	c->failed = false;
	atomic_flag_clear(&c->lock);
	for (uint32_t i = 0; i < m->main->nin; i++)
		c->nin += value_is_fed(m->main->in[i]);
	c->worker = arena_array(&c->arena, struct worker, c->workers);
	for (uint32_t i = 0; i < c->workers; i++) {
		struct worker *w = &c->worker[i];

		w->index = i;
		w->types = arena_array(&c->arena, struct type, c->nin);
		w->limits = *lim;
		atomic_flag_clear(&w->busy);
		if (!lim->memory || !lim->memory->limit)
			w->limits.memory = NULL;
		else
			w->limits.memory = &w->budget;
		if (w->limits.memory)
			w->budget.limit = (lim->memory->limit -
					   lim->memory->used) /
						  c->workers +
					  1;
	}
}

void crew_end(struct crew *c)
{
	for (uint32_t i = 0; i < c->workers; i++)
		plan_free(c->worker[i].plan);
	arena_release(&c->arena);
}

static bool types_fit(const struct crew *c, const struct worker *w,
		      const struct datum *const *in)
{
	if (!w->plan)
		return false;
	for (uint32_t i = 0; i < c->nin; i++)
		if (!type_equal(&w->types[i], &in[i]->type))
			return false;
	return true;
}

bool worker_run(struct crew *c, struct worker *w, const struct datum *const *in,
		struct tap *tap, struct err *e)
{
	struct plan_opts o = {.engine = c->engine,
			      .inputs = w->types,
			      .literal = true,
			      .limits = &w->limits};

	if (!types_fit(c, w, in)) {
		plan_free(w->plan);
		w->plan = NULL;
		for (uint32_t i = 0; i < c->nin; i++)
			w->types[i] = in[i]->type;
		if (!plan_build(&w->plan, c->model, &o, e))
			return false;
	}
	return plan_run(w->plan, in, tap, e);
}

/* There are as many workers as threads, so one is free. */
static struct worker *take_worker(struct crew *c)
{
	for (uint32_t i = 0;; i = (i + 1) % c->workers)
		if (!atomic_flag_test_and_set(&c->worker[i].busy))
			return &c->worker[i];
}

static void note_failure(struct crew *c, size_t item, const struct err *e)
{
	while (atomic_flag_test_and_set(&c->lock))
		;
	if (!c->failed || item < c->failed_item) {
		c->failed = true;
		c->failed_item = item;
		c->error = *e;
	}
	atomic_flag_clear(&c->lock);
}

static void crew_job(struct job *self, size_t begin, size_t end)
{
	struct crew *c = (struct crew *)self;
	struct worker *w = take_worker(c);
	struct err e;

	for (size_t i = begin; i < end; i++)
		if (!c->work(c, w, i, &e)) {
			note_failure(c, i, &e);
			break;
		}
	atomic_flag_clear(&w->busy);
}

bool crew_run(struct crew *c, size_t count, struct err *e)
{
	int threads = parallel_threads();

	/* A single item would find the libraries' threads at its service. */
	if (count == 1)
		parallel_set_threads(1);
	parallel_for(&c->job, count, 1);
	if (count == 1)
		parallel_set_threads(threads);
	if (c->failed)
		*e = c->error;
	return !c->failed;
}
