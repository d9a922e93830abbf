/* SPDX-License-Identifier: Apache-2.0 */
/* check/constants.c -- initializers and quantization parameters. */
#include <inttypes.h>
#include <string.h>

#include "check/check.h"
#include "graph/element.h"
#include "ops/scales.h"

/* Operands that are scales, each followed by its zero point. */
static const struct {
	const char *domain, *type;
	unsigned char scale[3]; /* 0: no more */
} quantized[] = {
	{"", "QuantizeLinear", {1}},
	{"", "DequantizeLinear", {1}},
	{"", "QLinearConv", {1, 4, 6}},
	{"", "QLinearMatMul", {1, 4, 6}},
	{"com.microsoft", "QuantizeLinear", {1}},
	{"com.microsoft", "DequantizeLinear", {1}},
	{"com.microsoft", "QLinearAdd", {1, 4, 6}},
	{"com.microsoft", "QLinearMul", {1, 4, 6}},
	{"com.microsoft", "QLinearSigmoid", {1, 3}},
	{"com.microsoft", "QLinearLeakyRelu", {1, 3}},
	{"com.microsoft", "QLinearSoftmax", {1, 3}},
	{"com.microsoft", "QLinearAveragePool", {1, 3}},
	{"com.microsoft", "QLinearGlobalAveragePool", {1, 3}},
};

/* The constant that operand I is; NULL if it is none. */
static const struct tensor *constant(const struct node *n, uint32_t i)
{
	const struct value *v = node_in(n, i);
	const struct attr *x;

	if (!v || v->konst)
		return v ? v->konst : NULL;
	if (!v->def || !node_is(v->def, "", "Constant"))
		return NULL;
	x = node_attr(v->def, "value");
	return x && x->kind == ATTR_TENSOR && !x->ref ? x->u.tensors : NULL;
}

static void check_scale(struct checker *c, const struct node *n, uint32_t i)
{
	const struct tensor *t = constant(n, i);
	struct err e;

	if (t && t->data && dtype_is_float(t->dtype) &&
	    !scales_check_values(t, &e))
		findings_add(c->found, RULE_QUANT_SCALE,
			     &(struct where){.node = n,
					     .value = node_in(n, i)->name},
			     "%s", e.msg);
}

/* int32 codes are accumulators, and codes that are floats have a zero. */
static void check_zero(struct checker *c, const struct node *n, uint32_t i)
{
	const struct tensor *t = constant(n, i);

	if (!t || !t->data ||
	    (t->dtype != DTYPE_I32 && !dtype_is_float(t->dtype)))
		return;
	for (size_t k = 0; k < tensor_count(t); k++)
		if (tensor_double(t, k) != 0) {
			findings_add(
				c->found, RULE_QUANT_ZERO,
				&(struct where){.node = n,
						.value = node_in(n, i)->name},
				"the zero point of type %s is %g, want 0",
				dtype_info[t->dtype].text, tensor_double(t, k));
			return;
		}
}

static void check_quantized(struct checker *c, const struct node *n)
{
	for (size_t i = 0; i < COUNT_OF(quantized); i++) {
		if (!node_is(n, quantized[i].domain, quantized[i].type))
			continue;
		for (int k = 0; k < 3 && quantized[i].scale[k]; k++) {
			check_scale(c, n, quantized[i].scale[k]);
			check_zero(c, n, quantized[i].scale[k] + 1u);
		}
	}
}

static void check_initializers(struct checker *c, const struct graph *g)
{
	if (c->model->ir_version >= 4)
		return;
	for (uint32_t k = 0; k < g->nkonst; k++)
		if (!g->konst[k]->is_input)
			findings_add(
				c->found, RULE_INITIALIZER_INPUT,
				&(struct where){.graph = g,
						.value = g->konst[k]->name},
				"initializer '%s' is no input, want one "
				"in IR version %" PRId64,
				g->konst[k]->name, c->model->ir_version);
}

void check_constants(struct checker *c)
{
	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct graph *g = c->graphs.at[i].graph;

		check_initializers(c, g);
		for (const struct node *n = g->first; n; n = n->next)
			if (n->op)
				check_quantized(c, n);
	}
}
