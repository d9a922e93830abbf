/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fuse_hard_swish.c -- the piecewise linear activations written out.
 *
 *     clip(x + 3, 0, 6) / 6      ->  HardSigmoid(x, alpha 1/6, beta 1/2)
 *     x clip(x + 3, 0, 6) / 6    ->  HardSwish(x)
 *
 * in every order of the factors, also with a product by 1/6.  Before opset 14
 * there is no HardSwish: x HardSigmoid(x) then.  ROUNDING: x / 6 + 1/2
 * replaces (x + 3) / 6.  The constants must be exactly these (1/6: to float
 * precision), float or double.
 * Source: ONNX HardSwish-14, HardSigmoid-6.
 */
#include <math.h>
#include <string.h>

#include "passes/constant.h"

/* The bounds of a Clip: operands since opset 11, attributes before. */
static bool clips_to_six(const struct node *n)
{
	double lo = 1, hi = 0;

	if (n->nin > 1)
		return const_scalar(node_in(n, 1), &lo) &&
		       const_scalar(node_in(n, 2), &hi) &&
		       !(lo < 0 || lo > 0) && !(hi < 6 || hi > 6);
	lo = node_float(n, "min", 1);
	hi = node_float(n, "max", 0);
	return !(lo < 0 || lo > 0) && !(hi < 6 || hi > 6);
}

/* Constant V divides by 6 in node N. */
static bool is_sixth(const struct node *n, const struct value *v)
{
	double x;

	if (!const_scalar(v, &x))
		return false;
	if (!strcmp(n->type, "Div"))
		return !(x < 6 || x > 6);
	return fabs(x - 1.0 / 6) <= 1e-7;
}

static bool is_hard(const struct match *m)
{
	const struct value *x = match_value(m, "x");
	double three;

	return (x->type.dtype == DTYPE_F32 || x->type.dtype == DTYPE_F64) &&
	       broadcasts_into(match_value(m, "three"), x) &&
	       broadcasts_into(match_value(m, "six"), x) &&
	       const_scalar(match_value(m, "three"), &three) &&
	       !(three < 3 || three > 3) &&
	       clips_to_six(match_node(m, "clip")) &&
	       is_sixth(match_node(m, "div"), match_value(m, "six"));
}

static struct value *hard_sigmoid(struct edit *ed, struct value *x)
{
	struct node *n = edit_node(ed, "HardSigmoid", VALUES(x));

	node_set_float(n, "alpha", 1.0f / 6);
	node_set_float(n, "beta", 0.5f);
	return n->out[0];
}

static bool to_sigmoid(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	edit_replace(ed, m->root->out[0],
		     hard_sigmoid(ed, match_value(m, "x")));
	return true;
}

static bool to_swish(struct edit *ed, const struct match *m, struct err *e)
{
	struct value *x = match_value(m, "x");
	struct value *y;

	(void)e;
	if (model_opset(edit_model(ed), "") >= 14)
		y = edit_op(ed, "HardSwish", VALUES(x));
	else
		y = edit_op(ed, "Mul", VALUES(x, hard_sigmoid(ed, x)));
	edit_replace(ed, m->root->out[0], y);
	return true;
}

static bool has_swish(const struct match *m)
{
	const struct node *s = match_node(m, "s");

	return model_opset(m->root->graph->model, "") >= 14 &&
	       fabs((double)node_float(s, "alpha", 0.2f) - 1.0 / 6) <= 1e-7 &&
	       !(node_float(s, "beta", 0.5f) < 0.5f ||
		 node_float(s, "beta", 0.5f) > 0.5f);
}

#define CLIP "clip:Clip(Add~(x, #three), ...)"

static const struct rule rules[] = {
	{"swish-div", "div:Div(Mul~(x, " CLIP "), #six)", is_hard, to_swish},
	{"swish-mul", "div:Mul~(Mul~(x, " CLIP "), #six)", is_hard, to_swish},
	{"swish-inner", "Mul~(x, div:Div(" CLIP ", #six))", is_hard, to_swish},
	{"swish-sigmoid", "Mul~(x, s:HardSigmoid(x))", has_swish, to_swish},
	{"sigmoid-div", "div:Div(" CLIP ", #six)", is_hard, to_sigmoid},
	{"sigmoid-mul", "div:Mul~(" CLIP ", #six)", is_hard, to_sigmoid},
	{0}};

const struct pass pass_rows_fuse_hard_swish[] = {
	{.name = "fuse-hard-swish",
	 .summary = "recognise HardSwish and HardSigmoid",
	 .fidelity = ROUNDING,
	 .rules = rules},
	{0}};
