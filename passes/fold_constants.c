/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fold_constants.c -- operators on constants become their results.
 *
 * EXACT: the reference kernel computes them.  Not folded:
 *  - random operators, and what has inner graphs or no kernel;
 *  - a result larger than 1 MiB and than its operands together, which would
 *    bloat the file (ConstantOfShape, Expand, Tile);
 *  - DequantizeLinear of weights: the integers are the smaller form, and
 *    integer kernels need them;
 *  - Cast of small integer codes that index a table (Cast -> Gather -> Mul):
 *    that is how logarithmic weights are written.
 * A result that is an output of its graph becomes a Constant node, because the
 * file format has no other way to write it.
 */
#include <string.h>

#include "exec/eval.h"
#include "graph/element.h"
#include "ops/op.h"
#include "passes/constant.h"

enum { FREE_BYTES = 1 << 20, WORK_BYTES = 1 << 28 };

static size_t operand_bytes(const struct node *n)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < n->nin; i++)
		if (n->in[i].value)
			bytes += n->in[i].value->konst->bytes;
	return bytes;
}

/* Within the guard, as far as shapes are known before computing. */
static bool fits(const struct node *n, const struct type *t, size_t *bytes)
{
	size_t most = operand_bytes(n);
	struct err e;

	if (t->kind != TYPE_TENSOR)
		return false;
	*bytes = 0;
	if (!t->dtype || !shape_is_known(&t->shape))
		return true;
	if (!shape_bytes(&t->shape, t->dtype, bytes, &e))
		return false;
	return *bytes <= (most > FREE_BYTES ? most : FREE_BYTES);
}

static bool is_index(const struct value *v)
{
	for (const struct use *u = v->uses; u; u = u->next)
		if (u->user && node_is(u->user, "", "Gather") &&
		    u == &u->user->in[1])
			return true;
	return false;
}

/* Codes of few bits that some Gather takes as indices, alone or added to where
 * their part of the table begins. */
static bool decodes_codes(const struct node *n)
{
	const struct value *x = node_in(n, 0);

	if (!node_is(n, "", "Cast") || !x || !dtype_is_integer(x->type.dtype) ||
	    dtype_info[x->type.dtype].bits > 8)
		return false;
	if (is_index(n->out[0]))
		return true;
	for (const struct use *u = n->out[0]->uses; u; u = u->next)
		if (u->user && node_is(u->user, "", "Add") &&
		    is_index(u->user->out[0]))
			return true;
	return false;
}

static bool is_foldable(const struct match *m)
{
	const struct node *n = m->root;
	size_t bytes;

	if (!n->nin || !eval_can_fold(n) || decodes_codes(n) ||
	    node_is(n, "", "DequantizeLinear"))
		return false;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && !fits(n, &n->out[i]->type, &bytes))
			return false;
	return true;
}

/* A copy of T that the model owns. */
static bool own(struct edit *ed, const struct tensor *t, struct tensor *out,
		struct err *e)
{
	struct text *s;

	if (!edit_tensor(ed, t->dtype, &t->shape, out, e))
		return false;
	if (t->bytes)
		memcpy(tensor_mut(out), t->data, t->bytes);
	s = tensor_mut(out);
	for (size_t i = 0; t->dtype == DTYPE_STRING && i < tensor_count(t); i++)
		s[i].at = arena_strndup(&edit_model(ed)->arena, s[i].at,
					s[i].len);
	return true;
}

static struct value *as_constant(struct edit *ed, const struct value *old,
				 const struct tensor *t)
{
	struct attr value = {.name = "value", .kind = ATTR_TENSOR, .count = 1};
	struct node *n;

	if (!value_is_output(old))
		return edit_const(ed, t);
	value.u.tensors = t;
	n = edit_node(ed, "Constant", NULL, 0);
	node_set_attr(n, &value);
	return n->out[0];
}

static bool replace_results(struct edit *ed, const struct match *m,
			    const struct eval *r, struct err *e)
{
	struct tensor t;
	size_t bytes;

	for (uint32_t i = 0; i < r->nout; i++)
		if (r->out[i].type.kind == TYPE_TENSOR &&
		    !fits(m->root, &r->out[i].type, &bytes))
			return true;
	for (uint32_t i = 0; i < r->nout; i++) {
		struct value *old = node_out(m->root, i);

		if (!old || !old->uses)
			continue;
		if (r->out[i].type.kind != TYPE_TENSOR)
			return true;
		if (!own(ed, &r->out[i].tensor, &t, e))
			return false;
		edit_replace(ed, old, as_constant(ed, old, &t));
	}
	return true;
}

/* What cannot be computed (an index out of range ...) fails where it runs, if
 * it runs at all; only exhausted memory is a failure here. */
static bool fold(struct edit *ed, const struct match *m, struct err *e)
{
	struct budget budget = {.limit = 64 * operand_bytes(m->root)};
	struct limits limits = {.memory = &budget};
	struct eval r = {0};
	bool ok;

	/* What shapes do not tell: the parts of texts, texts joined. */
	if (budget.limit < WORK_BYTES)
		budget.limit = WORK_BYTES;
	ok = eval_consts(&r, m->root, &limits, e);
	if (ok)
		ok = replace_results(ed, m, &r, e);
	else
		ok = e->code != ERR_MEMORY;
	eval_release(&r);
	return ok;
}

/* ---- Constant nodes ----------------------------------------------------- */

static bool constant_tensor(struct edit *ed, const struct node *n,
			    struct tensor *t, struct err *e)
{
	struct eval r = {0};
	const struct attr *a = node_attr(n, "value");
	bool ok;

	if (a && a->kind == ATTR_TENSOR) {
		*t = *a->u.tensors;
		return true;
	}
	ok = eval_consts(&r, (struct node *)n, NULL, e) &&
	     own(ed, &r.out[0].tensor, t, e);
	eval_release(&r);
	return ok;
}

static bool is_constant(const struct match *m)
{
	const struct node *n = m->root;

	return !n->nin && n->out[0] && !value_is_output(n->out[0]) &&
	       !node_attr(n, "sparse_value") && eval_can_fold(n);
}

static bool to_initializer(struct edit *ed, const struct match *m,
			   struct err *e)
{
	struct tensor t;

	if (!constant_tensor(ed, m->root, &t, e))
		return e->code != ERR_MEMORY;
	edit_replace(ed, m->root->out[0], edit_const(ed, &t));
	return true;
}

static const struct rule rules[] = {
	{"constant-node", "Constant()", is_constant, to_initializer},
	{"evaluate", "*(...)", is_foldable, fold},
	{0}};

const struct pass pass_rows_fold_constants[] = {
	{.name = "fold-constants",
	 .summary = "compute what depends on constants alone",
	 .fidelity = EXACT,
	 .rules = rules},
	{0}};
