/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/load.c -- what commands that execute models begin with. */
#include "cmd/load.h"

#include <stdlib.h>

#include "base/clock.h"
#include "cmd/fix_dims.h"
#include "formats/format.h"
#include "ops/op.h"
#include "passes/inline_functions.h"

bool load_model(struct model **out, const struct common_opts *c,
		const char *path, struct err *e)
{
	struct model *m;
	bool ok;

	if (!format_read_model(&m, path, &c->limits, e))
		return false;
	ok = inline_functions(m, &c->limits, e);
	op_bind_model(m);
	ok = ok && infer_model(m, e);
	for (uint32_t i = 0; i < m->nwarning; i++)
		cmd_warn(c, "%s: %s", path, m->warning[i]);
	if (!ok) {
		model_free(m);
		return err_context(e, "'%s'", path);
	}
	*out = m;
	return true;
}

/* The engine that WHERE calls NAME. */
static bool named_engine(const struct engine **out, const char *where,
			 const char *name, struct err *e)
{
	enum { MOST = 16 };
	const char *names[MOST + 1] = {NULL};
	int n = 0;

	*out = engine_find(name);
	if (*out)
		return true;
	for (const struct engine *g = engine_next(NULL); g && n < MOST;
	     g = engine_next(g))
		names[n++] = g->name;
	return cmd_choice(where, name, names, e) >= 0;
}

bool load_engine(const struct engine **out, const struct common_opts *c,
		 struct err *e)
{
	const char *usual = getenv("MLOPT_ENGINE");

	if (c->engine)
		return named_engine(out, "option '--engine'", c->engine, e);
	if (usual && *usual)
		return named_engine(out, "variable MLOPT_ENGINE", usual, e);
	/* oneDNN dies where it gets no memory, and cannot say so. */
	*out = c->memory.limit ? engine_find("blas") : engine_default();
	return true;
}

bool load_plan_opts(struct plan_opts *o, const struct common_opts *c,
		    struct err *e)
{
	*o = (struct plan_opts){
		.seed = (uint64_t)c->seed,
		.limits = &c->limits,
	};
	return load_engine(&o->engine, c, e);
}

static bool is_fed(const struct model *m)
{
	for (uint32_t i = 0; i < m->main->nin; i++)
		if (value_is_fed(m->main->in[i]))
			return true;
	return false;
}

static bool read_samples(struct loaded *l, const struct common_opts *c,
			 const struct load_feed *f, struct err *e)
{
	struct data_opts data = *f->data;
	size_t count = (size_t)f->batch;

	if (!data.data && !is_fed(l->model))
		return true;
	if (!data.data)
		data.data = arena_printf(&l->arena, "random:%d", f->batch);
	if (!data_options_open(&l->data, l->model, &data, NULL, c, e))
		return false;
	if (count > dataset_batch_limit(l->data))
		count = dataset_batch_limit(l->data);
	if (count > dataset_count(l->data))
		count = dataset_count(l->data);
	return dataset_read(l->data, 0, count, &l->batch, e);
}

bool load_sampled(struct loaded *l, const struct common_opts *c,
		  const struct plan_opts *o, const char *path,
		  const struct load_feed *feed, struct err *e)
{
	struct plan_opts with = *o;
	struct type *types;
	double start = clock_seconds();
	bool ok;

	*l = (struct loaded){.model = NULL};
	if (!load_model(&l->model, c, path, e) ||
	    !fix_dims(l->model, feed->dim, e))
		return false;
	l->seconds = clock_seconds() - start;
	if (!read_samples(l, c, feed, e))
		return false;
	types = arena_array(&l->arena, struct type, l->batch.nin);
	for (uint32_t i = 0; i < l->batch.nin; i++)
		if (l->batch.in[i])
			types[i] = l->batch.in[i]->type;
	with.inputs = types;
	start = clock_seconds();
	ok = plan_build(&l->plan, l->model, &with, e);
	l->seconds += clock_seconds() - start;
	if (!ok && e->code == ERR_SHAPE && !feed->data->data)
		err_context(e, "made-up inputs do not fit, --data or --dim may "
			       "give others");
	return ok;
}

void load_release(struct loaded *l)
{
	plan_free(l->plan);
	dataset_close(l->data);
	model_free(l->model);
	arena_release(&l->arena);
	*l = (struct loaded){.model = NULL};
}
