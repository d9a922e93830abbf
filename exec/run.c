/* SPDX-License-Identifier: Apache-2.0 */
/* exec/run.c -- running the programs of a plan. */
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "exec/plan_impl.h"

static struct plan *plan_of(struct services *self)
{
	return (struct plan *)self; /* first member */
}

/* ---- actions ------------------------------------------------------------ */

static bool run_dynamic(struct plan *p, struct action *a, struct err *e)
{
	struct invoke v = {
		.call = &a->call,
		.engine = p->engine,
		.hold = &a->held,
		.budget = p->budget,
		.tensor_limit = p->tensor_limit,
	};

	return invoke(&v, e);
}

static bool run_action(struct plan *p, struct action *a, struct err *e)
{
	struct step *s = &p->step[a->step];
	double start = p->timed ? clock_seconds() : 0;
	bool ok;

	p->current = a;
	/* Of the run before; planned actions hold characters. */
	hold_release(&a->held);
	if (a->dynamic)
		ok = run_dynamic(p, a, e);
	else
		ok = a->call.kernel->run(&a->call, e) ||
		     node_context(a->call.node, e);
	if (p->timed)
		s->seconds += clock_seconds() - start;
	s->kernel = a->call.kernel;
	if (!ok)
		return false;
	for (uint32_t i = 0; a->dynamic && i < a->call.nout; i++)
		if (a->out[i])
			s->out_bytes = a->out[i]->tensor.bytes;
	return !p->tap || plan_tell_tap(p, a, e);
}

static bool run_program(struct plan *p, struct program *r, struct err *e)
{
	for (uint32_t i = 0; i < r->count; i++) {
		struct action *a = &r->at[i];

		if (!run_action(p, a, e))
			return false;
		for (uint32_t k = 0; k < a->ndies; k++)
			hold_release(&a->dies[k]->held);
	}
	return true;
}

/* ---- inputs ------------------------------------------------------------- */

static bool agrees(const struct type *have, const struct type *want)
{
	if (want->kind == TYPE_UNKNOWN)
		return true;
	if (have->kind != want->kind)
		return false;
	if (want->kind != TYPE_TENSOR)
		return true;
	if (want->dtype != DTYPE_NONE && have->dtype != want->dtype)
		return false;
	if (want->shape.rank == RANK_UNKNOWN)
		return true;
	if (have->shape.rank != want->shape.rank)
		return false;
	for (int32_t i = 0; i < want->shape.rank; i++)
		if (want->shape.dim[i] >= 0 &&
		    want->shape.dim[i] != have->shape.dim[i])
			return false;
	return true;
}

static bool wrong_input(const struct plan *p, const struct value *v,
			const struct type *have, struct err *e)
{
	struct str found = {0}, wanted = {0};

	type_print(&found, have, &p->model->symbols);
	type_print(&wanted, &v->type, &p->model->symbols);
	err_set(e, have->dtype == v->type.dtype ? ERR_SHAPE : ERR_TYPE,
		"input '%s' is %s, want %s", v->name, found.text, wanted.text);
	str_release(&found);
	str_release(&wanted);
	return false;
}

/* Let V be D.  The type that the plan was built for stays in V. */
static bool feed(struct plan *p, const struct value *v, const struct datum *d,
		 struct err *e)
{
	struct slot *s = &p->slot[v->id];
	bool wraps = v->type.kind == TYPE_OPTIONAL &&
		     d->type.kind != TYPE_OPTIONAL && v->type.elem;

	if (!agrees(&d->type, wraps ? v->type.elem : &v->type))
		return wrong_input(p, v, &d->type, e);
	/* What an optional may hold is taken for one that holds it. */
	if (wraps)
		s->datum = (struct datum){.type = v->type,
					  .item = (struct datum *)(uintptr_t)d,
					  .count = 1};
	else
		s->datum = *d;
	return true;
}

static bool feed_caller(struct plan *p, const struct value *v,
			const struct datum *d, struct err *e)
{
	struct datum usual;
	struct err small;
	void *copy;

	if (v->konst) { /* fixed to its default */
		if (!d)
			return true;
		return err_set(e, ERR_USAGE, "input '%s' is fixed in this plan",
			       v->name);
	}
	if (!d && v->fallback) {
		usual = datum_tensor(v->fallback);
		d = &usual;
	}
	if (!d)
		return err_set(e, ERR_USAGE, "input '%s' is missing", v->name);
	if (d->type.kind == TYPE_TENSOR) {
		size_t bytes;

		if (!shape_bytes(&d->tensor.shape, d->tensor.dtype, &bytes,
				 &small) ||
		    bytes != d->tensor.bytes)
			return err_set(e, ERR_SHAPE,
				       "input '%s' has %zu bytes, want %zu",
				       v->name, d->tensor.bytes, bytes);
	}
	/* Items of containers have no promise of alignment either. */
	if (d == &usual || d->count ||
	    (uintptr_t)d->tensor.data % sizeof(uint64_t)) {
		if (!hold_alloc(&p->fed_copies, sizeof(*d), p->budget, &copy,
				e) ||
		    !hold_copy(&p->fed_copies, copy, d, p->budget, e))
			return false;
		d = copy;
	}
	return feed(p, v, d, e);
}

/* ---- services ----------------------------------------------------------- */

static bool serve_alloc(struct services *self, size_t bytes, void **out,
			struct err *e)
{
	struct plan *p = plan_of(self);

	if (bytes > p->tensor_limit)
		return err_set(e, ERR_LIMIT,
			       "a tensor of %zu bytes, the limit is %zu", bytes,
			       p->tensor_limit);
	return hold_alloc(&p->current->held, bytes, p->budget, out, e);
}

static struct program *find_program(struct plan *p, const struct graph *g)
{
	for (uint32_t i = 0; i < p->nprogram; i++)
		if (p->program[i].graph == g)
			return &p->program[i];
	bug("inner graph '%s' is not part of the plan", g->name);
}

/* Results are copies: the next run of R overwrites its values. */
static bool copy_results(struct plan *p, struct program *r, struct datum *out,
			 struct err *e)
{
	struct hold *h;

	r->turn ^= 1;
	h = &r->result[r->turn];
	hold_release(h);
	for (uint32_t i = 0; i < r->graph->nout; i++) {
		const struct value *v = r->graph->out[i].read.value;

		if (!hold_copy(h, &out[i], &p->slot[v->id].datum, p->budget, e))
			return false;
	}
	return true;
}

static bool serve_run_graph(struct services *self, const struct graph *g,
			    const struct datum *const *in, struct datum *out,
			    struct err *e)
{
	struct plan *p = plan_of(self);
	struct program *r = find_program(p, g);
	struct action *caller = p->current;
	uint32_t fed = 0;
	bool ok = true;

	for (uint32_t i = 0; ok && i < g->nin; i++)
		if (!g->in[i]->konst)
			ok = feed(p, g->in[i], in[fed++], e);
	ok = ok && run_program(p, r, e) && copy_results(p, r, out, e);
	p->current = caller;
	return ok;
}

void plan_serve(struct plan *p)
{
	p->services.alloc = serve_alloc;
	p->services.run_graph = serve_run_graph;
}

/* ---- the whole ---------------------------------------------------------- */

bool plan_run(struct plan *p, const struct datum *const *in, struct tap *tap,
	      struct err *e)
{
	if (tap && !p->literal)
		bug("a tap on a plan that is not literal");
	p->tap = tap;
	p->services.steps = p->step_limit;
	hold_release(&p->fed_copies);
	for (uint32_t i = 0; i < p->nfed; i++)
		if (!feed_caller(p, p->fed[i], in[i], e))
			return false;
	for (size_t i = 0; p->timed && i < p->nstep; i++)
		p->step[i].seconds = 0;
	return run_program(p, &p->program[0], e);
}
