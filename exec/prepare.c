/* SPDX-License-Identifier: Apache-2.0 */
/* exec/prepare.c -- what kernels make once: packed weights, primitives.
 *
 * What a node packed is forgotten before the next one is prepared: both forms
 * of all weights together would be twice the model.
 */
#include <stdint.h>

#include "exec/plan_impl.h"
#include "ops/macs.h"

/* ---- constants ---------------------------------------------------------- */

/* Operand I of A is a constant that only prepare() reads. */
static bool is_packed(const struct action *a, uint32_t i)
{
	const struct call *c = &a->call;

	return !a->dynamic && i < 32 && c->kernel->packs >> i & 1 &&
	       c->node->in[i].value->konst;
}

/* Constants that run() reads in place. */
static bool align_operands(struct plan *p, const struct action *a,
			   struct err *e)
{
	const struct node *n = a->call.node;

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = n->in[i].value;

		if (v && v->konst && !is_packed(a, i) &&
		    !plan_align_const(p, &p->slot[v->id].datum, e))
			return err_context(e, "'%s'", v->name);
	}
	return true;
}

/* Constants that are packed by now, and have no other reader. */
static void forget_packed(struct plan *p, const struct action *a)
{
	const struct node *n = a->call.node;

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = n->in[i].value;

		if (!v || !is_packed(a, i) || !value_has_one_use(v))
			continue;
		p->slot[v->id].datum.tensor.data = NULL;
		model_forget(p->model, v->konst);
	}
}

/* Constants that are results. */
static bool align_results(struct plan *p, struct err *e)
{
	for (uint32_t i = 0; i < p->nprogram; i++) {
		const struct graph *g = p->program[i].graph;

		for (uint32_t k = 0; k < g->nout; k++) {
			const struct value *v = g->out[k].read.value;

			if (v->konst &&
			    !plan_align_const(p, &p->slot[v->id].datum, e))
				return err_context(e, "'%s'", v->name);
		}
	}
	return true;
}

/* ---- prepared state ----------------------------------------------------- */

/* One node after another: packing is shared by all threads already, and oneDNN
 * packs codes wrongly when threads call it side by side. */
static bool prepare(struct plan *p, struct action *a, struct err *e)
{
	struct call *c = &a->call;

	if (c->kernel->prepare && !c->kernel->prepare(c, e))
		return node_context(c->node, e);
	if (c->prepared)
		p->prepared_bytes += c->prepared->bytes;
	if (c->kernel->scratch)
		a->scratch_bytes = c->kernel->scratch(c);
	forget_packed(p, a);
	return true;
}

static bool prepare_program(struct plan *p, struct program *r, struct err *e)
{
	for (uint32_t i = 0; i < r->count; i++) {
		struct action *a = &r->at[i];

		if (!align_operands(p, a, e))
			return node_context(a->call.node, e);
		if (!a->dynamic && !prepare(p, a, e))
			return false;
	}
	return true;
}

/* ---- steps -------------------------------------------------------------- */

static const char *step_label(struct plan *p, const struct node *n)
{
	const struct source *s = n->sources;
	const char *label;

	if (!s)
		return node_label(n, &p->arena);
	label = s->node;
	while ((s = s->next))
		label = arena_printf(&p->arena, "%s+%s", label, s->node);
	return label;
}

static void describe_step(struct plan *p, struct action *a)
{
	struct step *s = &p->step[p->nstep];
	const struct node *n = a->call.node;

	a->step = (uint32_t)p->nstep++;
	s->node = n;
	s->kernel = a->call.kernel;
	s->label = step_label(p, n);
	if (!node_macs(n, &s->macs))
		s->macs = 0;
	for (uint32_t i = 0; i < a->call.nout; i++)
		if (a->out[i])
			s->out_bytes += a->out[i]->tensor.bytes;
}

bool plan_prepare(struct plan *p, struct err *e)
{
	size_t steps = 0;

	for (uint32_t i = 0; i < p->nprogram; i++)
		steps += p->program[i].count;
	p->step = arena_array(&p->arena, struct step, steps);
	for (uint32_t i = 0; i < p->nprogram; i++) {
		struct program *r = &p->program[i];

		if (!prepare_program(p, r, e))
			return false;
		for (uint32_t k = 0; k < r->count; k++)
			describe_step(p, &r->at[k]);
	}
	return align_results(p, e);
}
