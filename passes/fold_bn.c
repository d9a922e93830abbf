/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fold_bn.c -- BatchNormalization beside a linear operator.
 *
 *     y = g x + h,  g = s / sqrt(var + eps),  h = b - mean g   (per channel)
 *
 * Behind Conv, ConvTranspose or Gemm, g scales the output channels of the
 * weights and h joins the bias; before one of them (pre-activation), g scales
 * the input channels and W h joins the bias, which borders allow only without
 * padding.  ROUNDING: in double, rounded once to the type of W.
 * Needs inference mode, constant parameters and no other reader between.
 * Source: ONNX BatchNormalization-15, inference formula; 7 and 8 with
 * spatial = 1.
 */
#include <math.h>

#include "ops/op.h"
#include "passes/linear.h"

/* N normalizes with constants, of C channels each. */
static bool is_foldable(const struct node *n, int64_t channels)
{
	if (!n->op || n->op->since < 7 || !one_result(n) ||
	    node_int(n, "training_mode", 0) || !node_int(n, "spatial", 1))
		return false;
	for (uint32_t i = 1; i < 5; i++) {
		const struct value *v = node_in(n, i);

		if (!v || !v->konst || v->konst->shape.rank != 1 ||
		    v->konst->shape.dim[0] != channels ||
		    !const_is_finite(v->konst))
			return false;
	}
	return true;
}

/* g and h of N in G[0 ... 2C-1]. */
static double *factors(struct arena *a, const struct node *n, int64_t channels)
{
	double *g = arena_array(a, double, 2 * (size_t)channels);
	double eps = attr_float(n, "epsilon");

	for (int64_t c = 0; c < channels; c++) {
		size_t i = (size_t)c;
		double s = tensor_double(node_in(n, 1)->konst, i);
		double b = tensor_double(node_in(n, 2)->konst, i);
		double mean = tensor_double(node_in(n, 3)->konst, i);
		double var = tensor_double(node_in(n, 4)->konst, i);

		g[i] = s / sqrt(var + eps);
		g[channels + c] = b - mean * g[i];
	}
	return g;
}

static bool behind(const struct match *m)
{
	struct linear l;

	return linear_of(match_node(m, "l"), &l) &&
	       is_foldable(m->root, l.channels);
}

static bool fold_behind(struct edit *ed, const struct match *m, struct err *e)
{
	struct arena a = {0};
	struct linear l;
	double *g;
	bool ok;

	if (!linear_of(match_node(m, "l"), &l))
		return true;
	g = factors(&a, m->root, l.channels);
	ok = linear_scale_output(ed, &l, g, g + l.channels, m->root->out[0], e);
	arena_release(&a);
	return ok;
}

static bool before(const struct match *m)
{
	struct linear l;

	return linear_of(m->root, &l) && linear_is_unpadded(&l) &&
	       is_foldable(match_node(m, "bn"), l.inputs);
}

static bool fold_before(struct edit *ed, const struct match *m, struct err *e)
{
	struct arena a = {0};
	struct linear l;
	double *g;
	bool ok;

	if (!linear_of(m->root, &l))
		return true;
	g = factors(&a, match_node(m, "bn"), l.inputs);
	ok = linear_scale_input(ed, &l, match_value(m, "x"), g, g + l.inputs,
				m->root->out[0], e);
	arena_release(&a);
	return ok;
}

#define BN(x) "BatchNormalization(" x ", #_, #_, #_, #_)"

static const struct rule rules[] = {
	{"behind-conv", BN("l:Conv|ConvTranspose(_, #_, _?)"), behind,
	 fold_behind},
	{"behind-gemm", BN("l:Gemm(_, #_, _?)"), behind, fold_behind},
	{"before-conv", "Conv(bn:" BN("x") ", #_, _?)", before, fold_before},
	{"before-gemm", "Gemm(bn:" BN("x") ", #_, _?)", before, fold_before},
	{0}};

const struct pass pass_rows_fold_bn[] = {
	{.name = "fold-bn",
	 .summary = "fold BatchNormalization into the weights beside it",
	 .fidelity = ROUNDING,
	 .rules = rules},
	{0}};
