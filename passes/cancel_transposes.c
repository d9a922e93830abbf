/* SPDX-License-Identifier: Apache-2.0 */
/* passes/cancel_transposes.c -- pairs of Transpose that undo each other.
 *
 *     Transpose(Transpose(x))              ->  one, or none
 *     Transpose(f(Transpose(x), c))        ->  f(x, c')
 *     Transpose(x) moving axes of size 1   ->  Reshape(x)
 *
 * EXACT: elementwise operators f commute with a permutation of axes.  Below
 * the last Transpose, a tree of elementwise operators that nothing else reads
 * is searched; every leaf must be a Transpose by the inverse permutation, a
 * constant (permuted now) or a scalar, and at least one must be a Transpose,
 * so that the number of Transposes falls.
 */
#include <string.h>

#include "ops/op.h"
#include "passes/reshape.h"

/* The permutation of Transpose N; false if its rank is not known. */
static bool perm_of(const struct node *n, struct shape *perm)
{
	uint32_t count;
	const int64_t *p = node_ints(n, "perm", &count);
	int32_t rank = node_in(n, 0)->type.shape.rank;

	if (p && count <= MAX_RANK) {
		*perm = shape_make((int32_t)count, p);
		return true;
	}
	if (p || node_in(n, 0)->type.kind != TYPE_TENSOR || rank < 0)
		return false;
	perm->rank = rank;
	for (int32_t i = 0; i < rank; i++)
		perm->dim[i] = rank - 1 - i;
	return true;
}

/* Transpose(Transpose(x, a), b) = Transpose(x, c) with c[i] = a[b[i]]. */
static bool composed(const struct node *inner, const struct node *outer,
		     struct shape *perm)
{
	struct shape a, b;

	if (!perm_of(inner, &a) || !perm_of(outer, &b) || a.rank != b.rank)
		return false;
	perm->rank = a.rank;
	for (int32_t i = 0; i < a.rank; i++)
		perm->dim[i] = a.dim[b.dim[i]];
	return true;
}

static bool is_identity(const struct shape *perm)
{
	for (int32_t i = 0; i < perm->rank; i++)
		if (perm->dim[i] != i)
			return false;
	return true;
}

static bool composes(const struct match *m)
{
	struct shape perm;

	return composed(match_node(m, "t"), m->root, &perm) &&
	       (!is_identity(&perm) ||
		may_forward(m->root->out[0], match_value(m, "x")));
}

static bool compose(struct edit *ed, const struct match *m, struct err *e)
{
	struct shape perm;
	struct node *n;

	(void)e;
	if (!composed(match_node(m, "t"), m->root, &perm))
		return true;
	if (is_identity(&perm)) {
		edit_replace(ed, m->root->out[0], match_value(m, "x"));
		return true;
	}
	n = edit_node(ed, "Transpose", VALUES(match_value(m, "x")));
	node_set_ints(n, "perm", perm.dim, (uint32_t)perm.rank);
	edit_replace(ed, m->root->out[0], n->out[0]);
	return true;
}

/* ---- through elementwise operators -------------------------------------- */

enum { TREE_MAX = 16 };

/* A tree of elementwise nodes below a Transpose by PERM. */
struct tree {
	struct node *root;
	struct shape perm; /* of the last Transpose */
	int nodes, cancelled;
};

static bool undoes(const struct node *n, const struct shape *perm)
{
	struct shape a;

	if (!perm_of(n, &a) || a.rank != perm->rank)
		return false;
	for (int32_t i = 0; i < a.rank; i++)
		if (a.dim[perm->dim[i]] != i)
			return false;
	return true;
}

static bool is_scalar(const struct value *v)
{
	double x;

	return (v->type.kind == TYPE_TENSOR && v->type.shape.rank == 0) ||
	       (const_scalar(v, &x) && v->konst->shape.rank <= 1);
}

static bool can_permute(struct tree *t, const struct value *v, int depth);

/* Whether N counts an axis ("axis" of QuantizeLinear); then its other operands
 * must be scalars, or the axis would have to move. */
static bool keeps_axes(const struct node *n)
{
	const struct attr_spec *s = n->op->attrs;

	while (s && s->name && strcmp(s->name, "axis") != 0)
		s++;
	for (uint32_t i = 1; s && s->name && i < n->nin; i++)
		if (node_in(n, i) && !is_scalar(node_in(n, i)))
			return false;
	return true;
}

static bool can_permute_node(struct tree *t, const struct node *n, int depth)
{
	if (!n->op || !(n->op->traits & OP_ELEMENTWISE) ||
	    (n->op->traits & (OP_RANDOM | OP_GRAPHS | OP_DATA_SHAPE)) ||
	    n->graph != t->root->graph || n->nout != 1 ||
	    !value_has_one_use(n->out[0]) || !keeps_axes(n) ||
	    n->nin > TREE_MAX || ++t->nodes > TREE_MAX)
		return false;
	for (uint32_t i = 0; i < n->nin; i++)
		if (!can_permute(t, node_in(n, i), depth + 1))
			return false;
	return true;
}

static bool can_permute(struct tree *t, const struct value *v, int depth)
{
	if (!v || is_scalar(v))
		return true;
	if (v->konst)
		return v->konst->shape.rank == t->perm.rank &&
		       v->konst->dtype != DTYPE_STRING &&
		       dtype_info[v->konst->dtype].bits % 8 == 0;
	if (!v->def || depth > TREE_MAX || v->type.shape.rank != t->perm.rank)
		return false;
	if (node_is(v->def, "", "Transpose") &&
	    v->def->graph == t->root->graph) {
		t->cancelled++;
		return undoes(v->def, &t->perm);
	}
	return can_permute_node(t, v->def, depth);
}

static bool has_tree(const struct match *m)
{
	const struct value *x = node_in(m->root, 0);
	struct tree t = {.root = m->root};

	return x && x->def && perm_of(m->root, &t.perm) &&
	       !node_is(x->def, "", "Transpose") && can_permute(&t, x, 0) &&
	       t.cancelled;
}

/* Row-major elements of T with its axes permuted. */
static bool permuted(struct edit *ed, const struct tensor *t,
		     const struct shape *perm, struct value **out,
		     struct err *e)
{
	size_t size = dtype_info[t->dtype].bits / 8, n = tensor_count(t);
	size_t stride[MAX_RANK + 1], step[MAX_RANK];
	int64_t at[MAX_RANK] = {0};
	struct shape s = {.rank = perm->rank};
	struct tensor to;
	size_t from = 0;

	stride[perm->rank] = 1;
	for (int32_t i = perm->rank; i-- > 0;)
		stride[i] = stride[i + 1] * (size_t)t->shape.dim[i];
	for (int32_t i = 0; i < perm->rank; i++) {
		s.dim[i] = t->shape.dim[perm->dim[i]];
		step[i] = stride[perm->dim[i] + 1];
	}
	if (!edit_tensor(ed, t->dtype, &s, &to, e))
		return false;
	for (size_t k = 0; k < n; k++) {
		memcpy((char *)tensor_mut(&to) + k * size,
		       (const char *)t->data + from * size, size);
		for (int32_t i = perm->rank; i-- > 0;) {
			from += step[i];
			if (++at[i] < s.dim[i])
				break;
			from -= step[i] * (size_t)s.dim[i];
			at[i] = 0;
		}
	}
	*out = edit_const(ed, &to);
	return true;
}

/* The tree at V, made again without its Transposes. */
static bool permute(struct edit *ed, const struct tree *t, struct value *v,
		    struct value **out, struct err *e)
{
	struct value *in[TREE_MAX];
	struct node *n;

	*out = v;
	if (!v || is_scalar(v))
		return true;
	if (v->konst)
		return permuted(ed, v->konst, &t->perm, out, e);
	n = v->def;
	edit_source(ed, n);
	if (node_is(n, "", "Transpose")) {
		*out = node_in(n, 0);
		return true;
	}
	for (uint32_t i = 0; i < n->nin; i++)
		if (!permute(ed, t, node_in(n, i), &in[i], e))
			return false;
	*out = edit_copy(ed, n, in, n->nin)->out[0];
	return true;
}

static bool cancel(struct edit *ed, const struct match *m, struct err *e)
{
	struct tree t = {.root = m->root};
	struct value *new;

	if (!perm_of(m->root, &t.perm))
		return true;
	if (!permute(ed, &t, node_in(m->root, 0), &new, e))
		return false;
	edit_replace(ed, m->root->out[0], new);
	return true;
}

/* ---- as Reshape --------------------------------------------------------- */

/* Only axes of size 1 change places among the others. */
static bool moves_ones(const struct match *m)
{
	const struct shape *x = &match_value(m, "x")->type.shape;
	struct shape perm, list;
	int64_t last = -1;

	if (!perm_of(m->root, &perm) || perm.rank != x->rank ||
	    model_opset(m->root->graph->model, "") < 5)
		return false;
	for (int32_t i = 0; i < perm.rank; i++) {
		if (x->dim[perm.dim[i]] == 1)
			continue;
		if (perm.dim[i] < last)
			return false;
		last = perm.dim[i];
	}
	return !is_identity(&perm) &&
	       reshape_list(match_value(m, "x"), m->root->out[0], &list);
}

static bool as_reshape(struct edit *ed, const struct match *m, struct err *e)
{
	struct value *x = match_value(m, "x");
	struct shape list;

	(void)e;
	if (reshape_list(x, m->root->out[0], &list))
		edit_reshape(ed, x, &list, m->root->out[0]);
	return true;
}

static const struct rule rules[] = {
	{"pair", "Transpose(&t:Transpose(x))", composes, compose},
	{"through-elementwise", "Transpose(_)", has_tree, cancel},
	{"as-reshape", "Transpose(x)", moves_ones, as_reshape},
	{0}};

const struct pass pass_rows_cancel_transposes[] = {
	{.name = "cancel-transposes",
	 .summary = "remove transpositions that undo each other",
	 .fidelity = EXACT,
	 .rules = rules},
	{0}};
