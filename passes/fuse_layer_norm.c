/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fuse_layer_norm.c -- layer normalization written out.
 *
 *     d = x - mean(x),  y = d / sqrt(mean(d^2) + eps) * gamma + beta
 *       ->  LayerNormalization(x, gamma, beta)
 *
 * ROUNDING.  Needs opset 17; both means over the same trailing axes with
 * keepdims = 1; eps a constant scalar > 0; gamma and beta constants of exactly
 * the normalized shape.  The square is Pow(d, 2) or Mul(d, d); the two means
 * may subtract from x separately; without gamma and beta, ones are made.
 * Source: ONNX LayerNormalization-17.
 */
#include <string.h>

#include "graph/element.h"
#include "ops/op.h"
#include "passes/constant.h"

/* The axes of a ReduceMean; operand since opset 18. */
static bool trailing_axes(const struct node *n, int64_t *first)
{
	int32_t rank = node_in(n, 0)->type.shape.rank;
	bool seen[MAX_RANK] = {false};
	struct shape axes;

	if (node_in(n, 0)->type.kind != TYPE_TENSOR || rank < 1 ||
	    !node_list(n, 1, "axes", &axes) || axes.rank < 1 ||
	    !node_int(n, "keepdims", 1))
		return false;
	for (int32_t i = 0; i < axes.rank; i++) {
		int64_t k = axes.dim[i] < 0 ? axes.dim[i] + rank : axes.dim[i];

		if (k < 0 || k >= rank || seen[k])
			return false;
		seen[k] = true;
	}
	*first = rank - axes.rank;
	for (int32_t i = 0; i < axes.rank; i++)
		if (!seen[*first + i])
			return false;
	return true;
}

/* V has exactly the dims of X from axis FIRST on. */
static bool is_normalized_shape(const struct value *v, const struct value *x,
				int64_t first)
{
	const struct shape *s = &x->type.shape, *t = &v->type.shape;

	if (!v->konst || t->rank != s->rank - first ||
	    v->type.dtype != x->type.dtype)
		return false;
	for (int32_t i = 0; i < t->rank; i++)
		if (t->dim[i] != s->dim[first + i])
			return false;
	return true;
}

/* x, the first axis and eps, where the statistics are as they must be. */
static bool reads_statistics(const struct match *m, int64_t *first)
{
	const struct value *x = match_value(m, "x");
	int64_t second;
	double eps;

	return model_opset(m->root->graph->model, "") >= 17 &&
	       dtype_is_float(x->type.dtype) &&
	       trailing_axes(match_node(m, "mean"), first) &&
	       trailing_axes(match_node(m, "var"), &second) &&
	       *first == second && const_scalar(match_value(m, "eps"), &eps) &&
	       eps > 0;
}

static bool squares(const struct match *m)
{
	const struct node *sq = match_node(m, "sq");

	return strcmp(sq->type, "Pow") != 0 || const_is_all(node_in(sq, 1), 2);
}

static bool with_affine(const struct match *m)
{
	const struct value *x = match_value(m, "x");
	int64_t first;

	return reads_statistics(m, &first) && squares(m) &&
	       is_normalized_shape(match_value(m, "gamma"), x, first) &&
	       is_normalized_shape(match_value(m, "beta"), x, first);
}

static bool with_two_means(const struct match *m)
{
	int64_t first, second;

	return with_affine(m) && trailing_axes(match_node(m, "mean"), &first) &&
	       trailing_axes(match_node(m, "mean2"), &second) &&
	       first == second;
}

static bool without_affine(const struct match *m)
{
	const struct value *x = match_value(m, "x");
	const struct shape *s = &x->type.shape;
	int64_t first;

	if (!reads_statistics(m, &first) || !squares(m))
		return false;
	for (int64_t i = first; i < s->rank; i++)
		if (s->dim[i] < 1)
			return false;
	/* A scale that follows will be part of the other rule. */
	for (const struct use *u = m->root->out[0]->uses; u; u = u->next)
		if (u->user && node_is(u->user, "", "Mul"))
			for (uint32_t i = 0; i < 2; i++)
				if (node_in(u->user, i)->konst)
					return false;
	return true;
}

static void replace(struct edit *ed, const struct match *m, struct value *gamma,
		    struct value *beta)
{
	struct value *x = match_value(m, "x");
	int64_t first;
	double eps;
	struct node *n;

	if (!reads_statistics(m, &first) ||
	    !const_scalar(match_value(m, "eps"), &eps))
		return;
	n = edit_node(ed, "LayerNormalization", VALUES(x, gamma, beta));
	node_set_int(n, "axis", first - x->type.shape.rank);
	node_set_float(n, "epsilon", (float)eps);
	edit_replace(ed, m->root->out[0], n->out[0]);
}

static bool fuse(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	replace(ed, m, match_value(m, "gamma"), match_value(m, "beta"));
	return true;
}

static bool fuse_ones(struct edit *ed, const struct match *m, struct err *e)
{
	const struct value *x = match_value(m, "x");
	struct shape s = {.rank = 0};
	struct tensor ones;
	int64_t first;

	if (!reads_statistics(m, &first))
		return true;
	for (int64_t i = first; i < x->type.shape.rank; i++)
		s.dim[s.rank++] = x->type.shape.dim[i];
	if (!edit_tensor(ed, x->type.dtype, &s, &ones, e))
		return false;
	for (size_t i = 0, n = tensor_count(&ones); i < n; i++)
		element_set_double(ones.dtype, tensor_mut(&ones), i, 1);
	replace(ed, m, edit_const(ed, &ones), NULL);
	return true;
}

#define CENTRED "d:Sub(x, mean:ReduceMean(x, #_?))"
#define DEVIATION(square) "Sqrt(Add~(var:ReduceMean(" square ", #_?), #eps))"
#define NORMAL(square) "Div(d, " DEVIATION(square) ")"
#define POW "sq:Pow(" CENTRED ", #_)"
#define SQUARE "sq:Mul(" CENTRED ", d)"
/* Sub twice: exporters that do not share it. */
#define TWICE                                                      \
	"Div(Sub(x, mean:ReduceMean(x, #_?)), Sqrt(Add~("          \
	"var:ReduceMean(sq:Pow(Sub(x, mean2:ReduceMean(x, #_?)), " \
	"#_), #_?), #eps)))"
#define AFFINE(normal) "Add~(Mul~(" normal ", #gamma), #beta)"

static const struct rule rules[] = {
	{"pow", AFFINE(NORMAL(POW)), with_affine, fuse},
	{"square", AFFINE(NORMAL(SQUARE)), with_affine, fuse},
	{"two-subs", AFFINE(TWICE), with_two_means, fuse},
	{"pow-plain", NORMAL(POW), without_affine, fuse_ones},
	{"square-plain", NORMAL(SQUARE), without_affine, fuse_ones},
	{0}};

const struct pass pass_rows_fuse_layer_norm[] = {
	{.name = "fuse-layer-norm",
	 .summary = "recognise LayerNormalization (opset 17)",
	 .fidelity = ROUNDING,
	 .rules = rules},
	{0}};
