/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fuse_gemm.c -- matrix products and what Gemm can do besides.
 *
 *     X W + b        ->  Gemm(X, W, b)                    bias
 *     X^T W, X W^T   ->  Gemm(X, W, transA or transB)     transposed
 *
 * ROUNDING: the bias joins the accumulation instead of following it.
 * Rank 2 only.  Not done when b does not broadcast along rows (Gemm-13: C is
 * unidirectionally broadcastable to (M, N)).
 */
#include <string.h>

#include "ops/op.h"
#include "passes/constant.h"

static int32_t rank_of(const struct value *v)
{
	return v->type.kind == TYPE_TENSOR ? v->type.shape.rank : RANK_UNKNOWN;
}

/* C broadcasts to the product's [M, N] without growing it. */
static bool bias_fits(const struct match *m)
{
	const struct value *y = match_value(m, "g"), *c = match_value(m, "b");
	const struct shape *s = &c->type.shape;
	int32_t rank = rank_of(c);

	if (rank_of(match_value(m, "x")) != 2 ||
	    rank_of(match_value(m, "w")) != 2 || rank_of(y) != 2 || rank < 0 ||
	    rank > 2 || !dtype_is_float(y->type.dtype))
		return false;
	for (int32_t i = 0; i < rank; i++) {
		int64_t d = y->type.shape.dim[2 - rank + i];

		if (s->dim[i] != 1 && (d == DIM_UNKNOWN || s->dim[i] != d))
			return false;
	}
	return true;
}

static bool to_gemm(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	edit_replace(ed, m->root->out[0],
		     edit_op(ed, "Gemm",
			     VALUES(match_value(m, "x"), match_value(m, "w"),
				    match_value(m, "b"))));
	return true;
}

/* Gemm-7: C is optional only since opset 11. */
static bool adds_to_gemm(const struct match *m)
{
	const struct node *g = match_node(m, "g");

	return bias_fits(m) && g->op && attr_float(g, "beta") == 1.0f;
}

static bool join_bias(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	edit_replace(ed, m->root->out[0],
		     edit_copy(ed, match_node(m, "g"),
			       VALUES(match_value(m, "x"), match_value(m, "w"),
				      match_value(m, "b")))
			     ->out[0]);
	return true;
}

static bool swaps_two(const struct match *m)
{
	const struct node *t = match_node(m, "t");
	uint32_t n;
	const int64_t *perm = node_ints(t, "perm", &n);

	return m->root->op && rank_of(t->out[0]) == 2 &&
	       (!perm || (n == 2 && perm[0] == 1));
}

static bool toggle(struct edit *ed, const struct match *m, const char *name,
		   struct err *e)
{
	struct node *n = edit_copy(ed, m->root,
				   VALUES(match_value(m, "x"),
					  match_value(m, "w"),
					  node_in(m->root, 2)));

	(void)e;
	node_set_int(n, name, !attr_int(m->root, name));
	edit_replace(ed, m->root->out[0], n->out[0]);
	return true;
}

static bool toggle_a(struct edit *ed, const struct match *m, struct err *e)
{
	return toggle(ed, m, "transA", e);
}

static bool toggle_b(struct edit *ed, const struct match *m, struct err *e)
{
	return toggle(ed, m, "transB", e);
}

static const struct rule rules[] = {
	{"bias", "Add~(g:MatMul(x, w), b)", bias_fits, to_gemm},
	{"gemm-bias", "Add~(g:Gemm(x, w), b)", adds_to_gemm, join_bias},
	{"transposed-a", "Gemm(t:Transpose(x), w, _?)", swaps_two, toggle_a},
	{"transposed-b", "Gemm(x, t:Transpose(w), _?)", swaps_two, toggle_b},
	{0}};

const struct pass pass_rows_fuse_gemm[] = {
	{.name = "fuse-gemm",
	 .summary = "join biases and transposes to matrix products",
	 .fidelity = ROUNDING,
	 .rules = rules},
	{0}};
