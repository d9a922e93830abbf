/* SPDX-License-Identifier: Apache-2.0 */
/* exec/bind.c -- from nodes to actions: slots and kernels. */
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "exec/plan_impl.h"

/* ---- programs ----------------------------------------------------------- */

static uint32_t count_nodes(const struct graph *g)
{
	uint32_t count = 0;

	for (const struct node *n = g->first; n; n = n->next)
		count++;
	return count;
}

static uint32_t count_programs(const struct plan *p)
{
	const struct node *n = p->model->main->first;
	uint32_t count = 1;

	/* Function bodies follow the main graph in this walk: never run. */
	for (; n; n = model_next(n)) {
		const struct graph *root = n->graph, *g = NULL;

		while (root->outer)
			root = root->outer;
		if (root != p->model->main)
			break;
		while ((g = node_next_graph(n, g)))
			count++;
	}
	return count;
}

static void add_program(struct plan *p, struct graph *g, struct program *outer,
			struct action *owner)
{
	struct program *r = &p->program[p->nprogram++];
	uint32_t i = 0;

	r->graph = g;
	r->outer = outer;
	r->owner = owner;
	r->count = count_nodes(g);
	r->at = arena_array(&p->arena, struct action, r->count);
	for (struct node *n = g->first; n; n = n->next) {
		p->index[n->id] = i;
		r->at[i++].call.node = n;
	}
}

/* Every program after the one that runs it. */
static void add_programs(struct plan *p)
{
	p->program = arena_array(&p->arena, struct program, count_programs(p));
	p->index = arena_array(&p->arena, uint32_t, p->model->nnodes);
	add_program(p, p->model->main, NULL, NULL);
	for (uint32_t i = 0; i < p->nprogram; i++) {
		struct program *r = &p->program[i];

		for (uint32_t k = 0; k < r->count; k++) {
			struct action *a = &r->at[k];
			struct graph *g = NULL;

			while ((g = node_next_graph(a->call.node, g)))
				add_program(p, g, r, a);
		}
	}
}

/* ---- slots -------------------------------------------------------------- */

static bool fill_slot(struct plan *p, const struct value *v, enum place place,
		      struct err *e)
{
	struct slot *s = &p->slot[v->id];

	s->place = place;
	s->block = NO_BLOCK;
	if (!datum_set_type(&s->datum, &v->type, p->tensor_limit, e) ||
	    (plan_layout_of(p, v) != LAYOUT_ROWS &&
	     !layout_bytes(&v->type.shape, v->type.dtype, plan_layout_of(p, v),
			   &s->datum.tensor.bytes, e)))
		return err_context(e, "'%s'", v->name);
	return true;
}

static size_t element_align(enum dtype t)
{
	unsigned bits = dtype_info[t].bits;

	return bits <= 8 ? 1 : bits >= 64 ? 8 : bits / 8;
}

static bool is_aligned(const struct tensor *t)
{
	return !((uintptr_t)t->data % element_align(t->dtype));
}

bool plan_align_const(struct plan *p, struct datum *d, struct err *e)
{
	struct tensor *t = &d->tensor;
	void *data;

	if (is_aligned(t))
		return true;
	if (!hold_alloc(&p->copies, t->bytes, p->budget, &data, e))
		return false;
	memcpy(data, t->data, t->bytes);
	t->data = data;
	return true;
}

/* What a kernel reads before it is prepared is small; large constants may be
 * packed without being copied before. */
static bool fill_const(struct plan *p, const struct value *v, struct err *e)
{
	enum { SMALL = 4096 };
	struct slot *s = &p->slot[v->id];

	s->place = PLACE_CONST;
	s->datum = datum_tensor(v->konst);
	if (!v->uses || v->konst->bytes > SMALL ||
	    plan_align_const(p, &s->datum, e))
		return true;
	return err_context(e, "'%s'", v->name);
}

static bool type_is_planned(const struct type *t)
{
	return t->kind == TYPE_TENSOR && t->dtype != DTYPE_NONE &&
	       shape_is_known(&t->shape);
}

static bool is_dynamic(const struct node *n)
{
	if (n->op->traits & (OP_DATA_SHAPE | OP_GRAPHS))
		return true;
	for (uint32_t i = 0; i < n->nin; i++)
		if (n->in[i].value && !type_is_planned(&n->in[i].value->type))
			return true;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && !type_is_planned(&n->out[i]->type))
			return true;
	return false;
}

static bool fill_slots(struct plan *p, struct program *r, struct err *e)
{
	struct graph *g = r->graph;

	for (uint32_t i = 0; i < g->nkonst; i++)
		if (!fill_const(p, g->konst[i], e))
			return false;
	for (uint32_t i = 0; i < g->nin; i++)
		if (!g->in[i]->konst && !fill_slot(p, g->in[i], PLACE_FED, e))
			return false;
	for (uint32_t i = 0; i < r->count; i++) {
		struct action *a = &r->at[i];
		const struct node *n = a->call.node;

		a->dynamic = !n->op || is_dynamic(n);
		for (uint32_t k = 0; k < n->nout; k++)
			if (n->out[k] && !fill_slot(p, n->out[k],
						    a->dynamic ? PLACE_RUNTIME
							       : PLACE_PLANNED,
						    e))
				return node_context(n, e);
	}
	return true;
}

/* ---- calls -------------------------------------------------------------- */

static void fill_call(struct plan *p, struct action *a)
{
	struct call *c = &a->call;
	const struct node *n = c->node;

	c->nin = n->nin;
	c->nout = n->nout;
	a->in = arena_array(&p->arena, const struct datum *, n->nin);
	a->out = arena_array(&p->arena, struct datum *, n->nout);
	for (uint32_t i = 0; i < n->nin; i++)
		if (n->in[i].value)
			a->in[i] = &p->slot[n->in[i].value->id].datum;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i])
			a->out[i] = &p->slot[n->out[i]->id].datum;
	c->in = a->in;
	c->out = a->out;
	c->services = &p->services;
	c->layout = plan_works_in(p, n);
	a->scratch_block = a->inner_block = NO_BLOCK;
}

static const struct kernel *find_kernel(struct plan *p, struct action *a)
{
	const struct op *op = a->call.node->op;
	const struct kernel *k;

	if (!op || !op->kernels)
		return NULL;
	/* Operands of unknown shape: the choice is made at run time. */
	k = a->dynamic ? op->kernels : kernel_choose(p->engine, &a->call, true);
	if (k && p->strict && strcmp(k->engine, p->engine->name))
		return NULL;
	return k;
}

/* "Foo ('a', 'b'), Bar ('c')" for every node without a kernel, as far as a
 * message reaches; false if there is any. */
static bool list_unsupported(const struct plan *p, struct err *e)
{
	enum { ROOM = 380 };
	struct arena scratch = {0};
	struct str s = {0};
	uint32_t count = 0, left = 0;

	for (uint32_t i = 0; i < p->nprogram; i++)
		for (uint32_t k = 0; k < p->program[i].count; k++) {
			const struct action *a = &p->program[i].at[k];
			const struct node *n = a->call.node;

			if (a->call.kernel)
				continue;
			count++;
			if (s.len > ROOM) {
				left++;
				continue;
			}
			str_addf(&s, "%s'%s' (%s%s%s)", s.len ? ", " : "",
				 node_label(n, &scratch), n->domain,
				 *n->domain ? "." : "", n->type);
		}
	if (left)
		str_addf(&s, " and %" PRIu32 " more", left);
	if (count)
		err_set(e, ERR_UNSUPPORTED,
			"engine '%s' cannot execute %" PRIu32 " node%s: %s",
			p->engine->name, count, count > 1 ? "s" : "", s.text);
	str_release(&s);
	arena_release(&scratch);
	return !count;
}

bool plan_bind(struct plan *p, struct err *e)
{
	hold_release(&p->copies);
	p->nprogram = 0;
	add_programs(p);
	p->nslot = p->model->nvalues;
	p->slot = arena_array(&p->arena, struct slot, p->nslot);
	for (uint32_t i = 0; i < p->nprogram; i++)
		if (!fill_slots(p, &p->program[i], e))
			return false;
	for (uint32_t i = 0; i < p->nprogram; i++) {
		struct program *r = &p->program[i];

		for (uint32_t k = 0; k < r->count; k++) {
			fill_call(p, &r->at[k]);
			r->at[k].call.kernel = find_kernel(p, &r->at[k]);
		}
	}
	return list_unsupported(p, e);
}
