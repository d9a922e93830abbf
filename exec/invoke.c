/* SPDX-License-Identifier: Apache-2.0 */
/* exec/invoke.c -- one node, executed with types decided at this moment. */
#include <string.h>

#include "exec/invoke.h"
#include "kern/cpu.h"

bool node_context(const struct node *n, struct err *e)
{
	struct arena a = {0};

	err_context(e, "'%s' (%s)", node_label(n, &a), n->type);
	arena_release(&a);
	return false;
}

const struct kernel *kernel_choose(const struct engine *g, const struct call *c,
				   bool prepared)
{
	const struct kernel *rows = c->node->op->kernels;

	for (const char *const *name = g->prefers; *name; name++)
		for (const struct kernel *k = rows; k && k->name; k++) {
			if (strcmp(k->engine, *name) ||
			    (k->prepare && !prepared) || !cpu_has(k->needs))
				continue;
			if (!k->accepts || k->accepts(c))
				return k;
		}
	return NULL;
}

bool datum_set_type(struct datum *d, const struct type *t, size_t limit,
		    struct err *e)
{
	*d = (struct datum){.type = *t};
	if (t->kind != TYPE_TENSOR)
		return true;
	d->tensor.dtype = t->dtype;
	d->tensor.shape = t->shape;
	if (t->dtype == DTYPE_NONE || !shape_is_known(&t->shape))
		return true;
	if (!shape_bytes(&t->shape, t->dtype, &d->tensor.bytes, e))
		return false;
	if (limit && d->tensor.bytes > limit)
		return err_set(e, ERR_LIMIT,
			       "a tensor of %zu bytes, the limit is %zu",
			       d->tensor.bytes, limit);
	return true;
}

/* Types of the results, by the operator's own inference with every operand's
 * contents known. */
static bool infer_results(const struct call *c, struct type *out,
			  struct arena *a, struct err *e)
{
	struct model own = *c->node->graph->model;
	const struct type **types = arena_array(a, const struct type *, c->nin);
	const struct tensor **konst = arena_array(a, const struct tensor *,
						  c->nin);
	struct infer x = {
		.model = &own,
		.node = c->node,
		.in = types,
		.konst = konst,
		.content = arena_array(a, const struct shape *, c->nin),
		.out = out,
	};
	bool ok;

	/* What inference allocates must not pile up in the model. */
	own.arena = (struct arena){0};
	own.symbols = (struct symbols){.arena = &own.arena};
	for (uint32_t i = 0; i < c->nin; i++) {
		if (!c->in[i])
			continue;
		types[i] = &c->in[i]->type;
		if (c->in[i]->type.kind == TYPE_TENSOR)
			konst[i] = &c->in[i]->tensor;
	}
	ok = infer_call(&x, e);
	/* Element types of containers stay those of the plan. */
	for (uint32_t i = 0; ok && i < c->nout; i++)
		if (c->out[i] && out[i].kind != TYPE_TENSOR)
			out[i] = c->out[i]->type;
	arena_release(&own.arena);
	return ok;
}

/* Storage for results whose shape is known before the kernel runs. */
static bool give_storage(const struct invoke *v, const struct type *out,
			 struct err *e)
{
	const struct call *c = v->call;
	bool decides = c->node->op->traits & (OP_DATA_SHAPE | OP_GRAPHS);

	for (uint32_t i = 0; i < c->nout; i++) {
		struct datum *d = c->out[i];
		void *data;

		if (!d)
			continue;
		if (!datum_set_type(d, &out[i], v->tensor_limit, e))
			return false;
		if (decides || out[i].kind != TYPE_TENSOR)
			continue;
		if (!shape_is_known(&out[i].shape))
			return err_set(e, ERR_SHAPE,
				       "the shape of result %u is not "
				       "decided by the operands",
				       i);
		if (!hold_alloc(v->hold, d->tensor.bytes, v->budget, &data, e))
			return false;
		d->tensor.data = data;
	}
	return true;
}

static bool invoke_typed(const struct invoke *v, const struct type *out,
			 struct err *e)
{
	struct call *c = v->call;

	if (!give_storage(v, out, e))
		return false;
	c->prepared = NULL;
	c->kernel = kernel_choose(v->engine, c, false);
	if (!c->kernel)
		return err_set(e, ERR_UNSUPPORTED,
			       "no kernel of engine '%s' takes these operands",
			       v->engine->name);
	c->scratch = NULL;
	if (c->kernel->scratch) {
		size_t bytes = c->kernel->scratch(c);

		if (bytes &&
		    !hold_alloc(v->hold, bytes, v->budget, &c->scratch, e))
			return false;
	}
	return c->kernel->run(c, e);
}

bool invoke(const struct invoke *v, struct err *e)
{
	struct arena a = {0};
	struct type *out = arena_array(&a, struct type, v->call->nout);
	bool ok = infer_results(v->call, out, &a, e) && invoke_typed(v, out, e);

	arena_release(&a);
	return ok || node_context(v->call->node, e);
}
