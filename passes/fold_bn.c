/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fold_bn.c -- BatchNormalization beside a linear operator.
 *
 *     y = g x + h,  g = s / sqrt(var + eps),  h = b - mean g   (per channel)
 *
 * Behind Conv, ConvTranspose or Gemm, g scales the output channels of the
 * weights and h joins the bias; before one of them (pre-activation), g scales
 * the input channels and W h joins the bias, which borders allow only without
 * padding.  ROUNDING: in double, rounded once to the type of W.
 * A MatMul whose bias follows takes both as well, where two Transposes make
 * the last axis the channels (token models); there, others may read the
 * normalized value too.
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

/* ---- BatchNormalization over the last axis, between two Transposes ------- */

/* T brings the last axis of x to the front of the channels; U undoes it. */
static bool moves_channels(const struct node *t, const struct node *u,
			   int32_t rank)
{
	uint32_t n, k;
	const int64_t *a = node_ints(t, "perm", &n);
	const int64_t *b = node_ints(u, "perm", &k);

	if (!a || !b || (int64_t)n != rank || k != n || rank < 2 ||
	    a[1] != rank - 1)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (a[b[i]] != i)
			return false;
	return true;
}

static bool before_product(const struct match *m)
{
	struct linear l;

	return linear_of(match_node(m, "l"), &l) && l.kind == LINEAR_MATMUL &&
	       moves_channels(match_node(m, "t"), match_node(m, "u"), l.rank) &&
	       is_foldable(match_node(m, "bn"), l.inputs) &&
	       const_per_channel(match_value(m, "b"), l.rank, l.rank - 1,
				 l.channels) &&
	       match_value(m, "b")->type.dtype == l.w->dtype;
}

/* (g x + h) W + b = x (g W) + (h W + b) */
static bool fold_product(struct edit *ed, const struct match *m, struct err *e)
{
	const struct tensor *b = match_const(m, "b");
	struct arena a = {0};
	struct linear l;
	struct value *w, *bias, *in;
	struct shape channels;
	double *g, *scaled, *shifted;
	bool ok;

	if (!linear_of(match_node(m, "l"), &l))
		return true;
	channels = SHAPE(l.channels);
	g = factors(&a, match_node(m, "bn"), l.inputs);
	scaled = arena_array(&a, double, tensor_count(l.w));
	shifted = arena_array(&a, double, (size_t)l.channels);
	for (int64_t c = 0; c < l.channels; c++)
		shifted[c] = channel_element(b, c);
	for (size_t i = 0; i < tensor_count(l.w); i++) {
		size_t row = i / (size_t)l.channels;
		double x = tensor_double(l.w, i);

		scaled[i] = g[row] * x;
		shifted[i % (size_t)l.channels] += g[(size_t)l.inputs + row] *
						   x;
	}
	ok = edit_doubles(ed, l.w->dtype, &l.w->shape, scaled, &w, e) &&
	     edit_doubles(ed, l.w->dtype, &channels, shifted, &bias, e);
	arena_release(&a);
	if (!ok)
		return false;
	if (!const_is_finite(w->konst) || !const_is_finite(bias->konst))
		return true;
	in = edit_copy(ed, l.node, VALUES(match_value(m, "x"), w))->out[0];
	edit_replace(ed, m->root->out[0], edit_op(ed, "Add", VALUES(in, bias)));
	return true;
}

#define BN(x) "BatchNormalization(" x ", #_, #_, #_, #_)"

static const struct rule rules[] = {
	{"behind-conv", BN("l:Conv|ConvTranspose(_, #_, _?)"), behind,
	 fold_behind},
	{"behind-gemm", BN("l:Gemm(_, #_, _?)"), behind, fold_behind},
	{"before-conv", "Conv(bn:" BN("x") ", #_, _?)", before, fold_before},
	{"before-gemm", "Gemm(bn:" BN("x") ", #_, _?)", before, fold_before},
	{"before-matmul",
	 "Add~(l:MatMul(&u:Transpose(&bn:" BN("&t:Transpose(x)") "), #_), #b)",
	 before_product, fold_product},
	{0}};

const struct pass pass_rows_fold_bn[] = {
	{.name = "fold-bn",
	 .summary = "fold BatchNormalization into the weights beside it",
	 .fidelity = ROUNDING,
	 .rules = rules},
	{0}};
