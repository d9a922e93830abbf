/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_dynamic.c -- inputs that are quantized at run time.
 *
 * DynamicQuantizeLinear takes the range of each input as it comes, so nothing
 * is calibrated.  That pays for MatMul, Gemm and convolutions with many
 * columns; others keep int8 weights and float arithmetic.
 */
#include "passes/quantize_operators.h"

/* Measured with ONNX Runtime 1.30 on one AVX2 core, against Conv: 1.4 times as
 * long with 576 columns, 0.83 times with 2304. */
enum { CONV_COLUMNS = 1024 };

static bool pays(const struct layer *l)
{
	const struct value *bias = node_in(l->node, 2);

	if (!node_is(l->node, "", "Conv"))
		return true;
	return l->groups == 1 && l->columns >= CONV_COLUMNS &&
	       (!bias || bias->konst);
}

/* DynamicQuantizeLinear of V, once, right behind what makes it. */
static struct coded_value quantized(struct value *v, struct coded_value *known)
{
	struct node_spec spec = {
		.type = "DynamicQuantizeLinear", .in = &v, .nin = 1, .nout = 3};
	struct node *before, *n;

	if (known->code)
		return *known;
	before = v->def ? v->def->next : v->graph->first;
	n = node_new(v->graph, &spec);
	if (before)
		node_insert_before(n, before);
	else
		node_append(n);
	*known = (struct coded_value){n->out[0], n->out[1], n->out[2]};
	return *known;
}

static bool applies(const struct quantizing_layer *l, struct integer_weight *w)
{
	const struct node *n = l->layer.node;

	return !l->why_not && l->layer.input && !l->layer.input->konst &&
	       product_fits(n) && pays(&l->layer) && integer_weight(n, w);
}

bool quantize_dynamic(struct quantizing *q, struct err *e)
{
	uint32_t nvalues = q->model->nvalues;
	struct coded_value *known = arena_array(&q->arena, struct coded_value,
						nvalues);

	for (uint32_t i = 0; i < q->nlayers; i++) {
		struct quantizing_layer *l = &q->layer[i];
		struct value *x = l->layer.node ? node_in(l->layer.node, 0)
						: NULL;
		struct integer_weight w;
		struct coded_value c;

		if (!applies(l, &w) || !x || x->id >= nvalues)
			continue;
		q->report->activations += !known[x->id].code;
		c = quantized(x, &known[x->id]);
		if (!float_product(l->layer.node, &w, &c, e))
			return err_context(e, "'%s'", l->label);
	}
	return q->report->activations ||
	       err_set(e, ERR_UNSUPPORTED,
		       "no MatMul, Gemm or large Conv for inputs that are "
		       "quantized at run time");
}
