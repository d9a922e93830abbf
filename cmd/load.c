/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/load.c -- what commands that execute models begin with. */
#include "cmd/load.h"
#include "formats/format.h"
#include "ops/op.h"

bool load_model(struct model **out, const struct common_opts *c,
		const char *path, struct err *e)
{
	struct model *m;
	bool ok;

	if (!format_read_model(&m, path, &c->limits, e))
		return false;
	op_bind_model(m);
	ok = infer_model(m, e);
	for (uint32_t i = 0; i < m->nwarning; i++)
		cmd_warn(c, "%s: %s", path, m->warning[i]);
	if (!ok) {
		model_free(m);
		return err_context(e, "'%s'", path);
	}
	*out = m;
	return true;
}

bool load_plan_opts(struct plan_opts *o, const struct common_opts *c,
		    struct err *e)
{
	enum { MOST = 16 };
	const char *names[MOST + 1] = {NULL};
	int n = 0;

	*o = (struct plan_opts){
		.seed = (uint64_t)c->seed,
		.limits = &c->limits,
	};
	if (!c->engine)
		return true;
	o->engine = engine_find(c->engine);
	if (o->engine)
		return true;
	for (const struct engine *g = engine_next(NULL); g && n < MOST;
	     g = engine_next(g))
		names[n++] = g->name;
	return cmd_choice("option '--engine'", c->engine, names, e) >= 0;
}

bool load_sampled(struct loaded *l, const struct common_opts *c,
		  const struct plan_opts *o, const char *path, int64_t batch,
		  struct err *e)
{
	struct plan_opts with = *o;
	struct type *types;

	*l = (struct loaded){.model = NULL};
	if (!load_model(&l->model, c, path, e) ||
	    !sample_inputs(&l->sample, l->model, batch, &c->limits, e))
		return false;
	types = arena_array(&l->sample.arena, struct type, l->sample.count);
	for (uint32_t i = 0; i < l->sample.count; i++)
		types[i] = l->sample.at[i].type;
	with.inputs = types;
	return plan_build(&l->plan, l->model, &with, e);
}

void load_release(struct loaded *l)
{
	plan_free(l->plan);
	sample_release(&l->sample);
	model_free(l->model);
	*l = (struct loaded){.model = NULL};
}
