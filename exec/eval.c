/* SPDX-License-Identifier: Apache-2.0 */
/* exec/eval.c -- one node computed by itself: for folding and for checks. */
#include <stdint.h>
#include <string.h>

#include "exec/eval.h"
#include "exec/invoke.h"
#include "ops/random.h"

/* Operand D, or a copy of it whose data are aligned. */
static bool aligned_operand(struct eval *r, const struct datum *d,
			    struct budget *budget, const struct datum **out,
			    struct err *e)
{
	struct datum *copy;

	*out = d;
	if (!d || !((uintptr_t)d->tensor.data % BUF_ALIGN))
		return true;
	copy = arena_new(&r->arena, struct datum);
	*out = copy;
	return hold_copy(&r->hold, copy, d, budget, e);
}

bool eval_node(struct eval *r, struct node *n, const struct datum *const *in,
	       const struct limits *lim, struct err *e)
{
	struct budget *budget = lim ? lim->memory : NULL;
	struct hold_services s;
	const struct datum **operand = arena_array(
		&r->arena, const struct datum *, n->nin);
	struct datum **result = arena_array(&r->arena, struct datum *, n->nout);
	struct call c = {
		.node = n,
		.nin = n->nin,
		.nout = n->nout,
		.in = operand,
		.out = result,
		.services = &s.base,
	};
	struct invoke v = {
		.call = &c,
		.engine = engine_find("reference"),
		.hold = &r->hold,
		.budget = budget,
		.tensor_limit = lim ? lim->tensor_bytes : 0,
	};

	hold_serve(&s, &r->hold, budget);
	r->nout = n->nout;
	r->out = arena_array(&r->arena, struct datum, n->nout);
	for (uint32_t i = 0; i < n->nin; i++)
		if (!aligned_operand(r, in[i], budget, &operand[i], e))
			return false;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i]) {
			r->out[i].type = n->out[i]->type;
			result[i] = &r->out[i];
		}
	return invoke(&v, e);
}

bool eval_can_fold(const struct node *n)
{
	const struct op *op = n->op;

	if (!op || !op->kernels || op->traits & OP_GRAPHS || node_is_random(n))
		return false;
	for (uint32_t i = 0; i < n->nin; i++)
		if (n->in[i].value && !n->in[i].value->konst)
			return false;
	return true;
}

bool eval_consts(struct eval *r, struct node *n, const struct limits *lim,
		 struct err *e)
{
	const struct datum **in = arena_array(&r->arena, const struct datum *,
					      n->nin);

	for (uint32_t i = 0; i < n->nin; i++) {
		struct datum *d;

		if (!n->in[i].value)
			continue;
		d = arena_new(&r->arena, struct datum);
		*d = datum_tensor(n->in[i].value->konst);
		in[i] = d;
	}
	return eval_node(r, n, in, lim, e);
}

void eval_release(struct eval *r)
{
	hold_release(&r->hold);
	arena_release(&r->arena);
	*r = (struct eval){0};
}
