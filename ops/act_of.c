/* SPDX-License-Identifier: Apache-2.0 */
/* ops/act_of.c -- operators' names to functions of kern/act.h. */
#include "ops/act_of.h"

#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "ops/op.h"

static const struct {
	const char *name;
	struct act act;
} names[] = {
	{"", {ACT_NONE, 0, 0}},
	{"Relu", {ACT_RELU, 0, 0}},
	{"Clip", {ACT_CLIP, -INFINITY, INFINITY}},
	{"LeakyRelu", {ACT_LEAKY, 0.01f, 0}},
	{"Sigmoid", {ACT_SIGMOID, 0, 0}},
	{"Tanh", {ACT_TANH, 0, 0}},
	{"Swish", {ACT_SILU, 1, 0}},
	{"HardSigmoid", {ACT_HARD_SIGMOID, 0.2f, 0.5f}},
	{"HardSwish", {ACT_HARD_SWISH, 1.f / 6, 0.5f}},
	{"Erf", {ACT_ERF, 0, 0}},
	{"Gelu", {ACT_GELU, 0, 0}},
	{"GeluTanh", {ACT_GELU_TANH, 0, 0}},
	{"QuickGelu", {ACT_SILU, 1.702f, 0}},
	{"Exp", {ACT_EXP, 0, 0}},
	{"Sqrt", {ACT_SQRT, 0, 0}},
	{"Reciprocal", {ACT_RECIPROCAL, 0, 0}},
	{"Neg", {ACT_NEG, 0, 0}},
	{"Abs", {ACT_ABS, 0, 0}},
};

bool act_find(struct act *f, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!strcmp(names[i].name, name)) {
			*f = names[i].act;
			return true;
		}
	return false;
}

bool act_of_fused(struct act *f, const struct node *n)
{
	const struct attr *x = node_attr(n, "activation_params");

	if (!act_find(f, node_string(n, "activation", "")))
		return false;
	if (x && x->kind == ATTR_FLOATS && x->count > 0)
		f->a = x->u.floats[0];
	if (x && x->kind == ATTR_FLOATS && x->count > 1)
		f->b = x->u.floats[1];
	f->a = node_float(n, "activation_alpha", f->a);
	f->b = node_float(n, "activation_beta", f->b);
	/* Swish(x) = x sigmoid(alpha x). */
	return f->kind != ACT_SILU || f->a == 1;
}
