/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_qoperator.c -- operators that read and write codes.
 *
 *     DequantizeLinear -> OP [-> Relu or Clip] -> QuantizeLinear
 *
 * becomes QLinearConv, or of com.microsoft QGemm, QLinearAdd and so on, where
 * the codes' range makes what Relu or Clip does; what only moves numbers moves
 * codes; a MatMul or Gemm with a float result becomes MatMulInteger.  What has
 * no such operator stays between its QuantizeLinear and DequantizeLinear.
 */
#include <string.h>

#include "graph/element.h"
#include "passes/constant.h"
#include "passes/quantize_operators.h"

static const char contrib[] = "com.microsoft";

/* ---- what stands around a node ------------------------------------------ */

static bool codes_of(const struct value *v, struct coded_value *c)
{
	const struct node *d = v ? v->def : NULL;

	if (!d || !node_is(d, "", "DequantizeLinear") || !node_in(d, 2) ||
	    !node_in(d, 2)->konst || node_in(d, 2)->konst->dtype != DTYPE_U8 ||
	    node_in(d, 1)->konst->shape.rank)
		return false;
	*c = (struct coded_value){node_in(d, 0), node_in(d, 1), node_in(d, 2)};
	return true;
}

/* Codes end where N, a Relu or Clip, would cut: at most half a step off. */
static bool cuts_nothing(const struct node *n, const struct node *quantize)
{
	double scale = tensor_double(node_in(quantize, 1)->konst, 0);
	double zero = tensor_double(node_in(quantize, 2)->konst, 0);
	double lo = -zero * scale, hi = (255 - zero) * scale, end;

	if (node_is(n, "", "Relu"))
		return lo >= 0;
	if (node_in(n, 1) &&
	    (!const_scalar(node_in(n, 1), &end) || lo < end - scale / 2))
		return false;
	return !node_in(n, 2) ||
	       (const_scalar(node_in(n, 2), &end) && hi <= end + scale / 2);
}

/* The QuantizeLinear that alone reads the result of N, maybe behind a Relu or
 * Clip that does nothing to codes; NULL: none. */
static struct node *quantizer_behind(const struct node *n)
{
	const struct node *cut = NULL;
	struct node *u;

	if (!value_has_one_use(n->out[0]) || !n->out[0]->uses->user)
		return NULL;
	u = n->out[0]->uses->user;
	if (node_is(u, "", "Relu") || node_is(u, "", "Clip")) {
		cut = u;
		if (node_in(u, 0) != n->out[0] ||
		    !value_has_one_use(u->out[0]) || !u->out[0]->uses->user)
			return NULL;
		u = u->out[0]->uses->user;
	}
	if (!node_is(u, "", "QuantizeLinear") || !node_in(u, 2) ||
	    node_in(u, 2)->konst->dtype != DTYPE_U8)
		return NULL;
	return !cut || cuts_nothing(cut, u) ? u : NULL;
}

/* NEW makes the codes that QUANTIZE made. */
static void take_over(struct node *new, struct node *quantize)
{
	new->out[0]->type = quantize->out[0]->type;
	value_replace(quantize->out[0], new->out[0]);
}

static void use_contrib(struct model *m)
{
	if (model_opset(m, contrib) < 0)
		model_set_opset(m, contrib, 1);
}

/* ---- layers ------------------------------------------------------------- */

/* The int32 codes of operand 2 of N; false if it has a bias of another kind. */
static bool bias_codes(const struct node *n, struct value **out)
{
	const struct value *b = node_in(n, 2);

	*out = NULL;
	if (!b)
		return true;
	if (!b->def || !node_is(b->def, "", "DequantizeLinear"))
		return false;
	*out = node_in(b->def, 0);
	return (*out)->type.dtype == DTYPE_I32;
}

static bool make_conv(struct node *n, const struct integer_weight *w,
		      const struct coded_value *x, struct node *quantize,
		      struct err *e)
{
	struct value *in[9] = {x->code,
			       x->scale,
			       x->zero,
			       NULL,
			       w->scale,
			       NULL,
			       node_in(quantize, 1),
			       node_in(quantize, 2)};
	struct node *y;

	if (!bias_codes(n, &in[8]))
		return true;
	if (!weight_codes(n->graph, w, false, &in[3], e) ||
	    !weight_zeros(n->graph, &w->scale->konst->shape, &in[5], e))
		return false;
	y = new_node(quantize, "QLinearConv", in, in[8] ? 9 : 8);
	edit_copy_attrs(y, n);
	take_over(y, quantize);
	return true;
}

static bool make_gemm(struct node *n, const struct integer_weight *w,
		      const struct coded_value *x, struct node *quantize,
		      struct err *e)
{
	struct value *in[9] = {x->code,
			       x->scale,
			       x->zero,
			       NULL,
			       w->scale,
			       NULL,
			       NULL,
			       node_in(quantize, 1),
			       node_in(quantize, 2)};
	struct node *y;

	if (!bias_codes(n, &in[6]))
		return true;
	if (!weight_codes(n->graph, w, false, &in[3], e) ||
	    !weight_zeros(n->graph, &w->scale->konst->shape, &in[5], e))
		return false;
	y = new_domain_node(quantize, contrib, "QGemm", in, 9);
	node_set_int(y, "transB", node_int(n, "transB", 0));
	use_contrib(n->graph->model);
	take_over(y, quantize);
	return true;
}

static bool make_matmul(struct node *n, const struct integer_weight *w,
			const struct coded_value *x, struct node *quantize,
			struct err *e)
{
	struct value *in[8] = {x->code,
			       x->scale,
			       x->zero,
			       NULL,
			       w->scale,
			       NULL,
			       node_in(quantize, 1),
			       node_in(quantize, 2)};

	if (!weight_codes(n->graph, w, false, &in[3], e) ||
	    !weight_zeros(n->graph, &w->scale->konst->shape, &in[5], e))
		return false;
	take_over(new_node(quantize, "QLinearMatMul", in, 8), quantize);
	return true;
}

static bool make_layer(struct node *n, struct err *e)
{
	struct integer_weight w;
	struct coded_value x;
	struct node *quantize;

	if (!product_fits(n) || !integer_weight(n, &w) ||
	    !codes_of(node_in(n, 0), &x))
		return true;
	quantize = quantizer_behind(n);
	if (node_is(n, "", "Conv"))
		return !quantize || make_conv(n, &w, &x, quantize, e);
	if (!quantize)
		return float_product(n, &w, &x, e);
	return node_is(n, "", "Gemm") ? make_gemm(n, &w, &x, quantize, e)
				      : make_matmul(n, &w, &x, quantize, e);
}

/* ---- other operators ---------------------------------------------------- */

static const struct kind {
	const char *type, *integer;
	uint32_t nin;
} kinds[] = {
	{"Add", "QLinearAdd", 2},
	{"AveragePool", "QLinearAveragePool", 1},
	{"GlobalAveragePool", "QLinearGlobalAveragePool", 1},
	{"LeakyRelu", "QLinearLeakyRelu", 1},
	{"Mul", "QLinearMul", 2},
	{"Sigmoid", "QLinearSigmoid", 1},
};

static void make_elements(struct node *n, const struct kind *k,
			  struct node *quantize)
{
	struct value *in[8];
	struct node *y;
	struct coded_value c;

	if (n->nin != k->nin || node_attr(n, "dilations"))
		return;
	for (uint32_t i = 0; i < k->nin; i++) {
		if (!codes_of(node_in(n, i), &c))
			return;
		in[3 * i] = c.code;
		in[3 * i + 1] = c.scale;
		in[3 * i + 2] = c.zero;
	}
	in[3 * k->nin] = node_in(quantize, 1);
	in[3 * k->nin + 1] = node_in(quantize, 2);
	y = new_domain_node(quantize, contrib, k->integer, in, 3 * k->nin + 2);
	edit_copy_attrs(y, n);
	use_contrib(n->graph->model);
	take_over(y, quantize);
}

/* Concat whose inputs and result share one scale. */
static void make_concat(struct quantizing *q, struct node *n,
			struct node *quantize)
{
	struct value **in = arena_array(&q->arena, struct value *, n->nin);
	struct node *y;
	struct coded_value c;

	for (uint32_t i = 0; i < n->nin; i++) {
		if (!codes_of(node_in(n, i), &c) ||
		    c.scale != node_in(quantize, 1) ||
		    c.zero != node_in(quantize, 2))
			return;
		in[i] = c.code;
	}
	y = new_node(quantize, "Concat", in, n->nin);
	edit_copy_attrs(y, n);
	take_over(y, quantize);
}

static void make_move(struct quantizing *q, struct node *n,
		      struct node *quantize)
{
	struct value **in = arena_array(&q->arena, struct value *, n->nin);
	struct node *y;
	struct coded_value c;

	if (!one_result(n) || !codes_of(node_in(n, 0), &c) ||
	    c.scale != node_in(quantize, 1) || c.zero != node_in(quantize, 2))
		return;
	in[0] = c.code;
	for (uint32_t i = 1; i < n->nin; i++)
		in[i] = node_in(n, i);
	y = new_node(quantize, n->type, in, n->nin);
	edit_copy_attrs(y, n);
	take_over(y, quantize);
}

static void make_other(struct quantizing *q, struct node *n)
{
	static const char *const moves[] = {
		"Expand", "Flatten", "Identity", "MaxPool",   "Reshape",
		"Slice",  "Squeeze", "Tile",	 "Transpose", "Unsqueeze"};
	struct node *quantize;

	if (n->domain[0] || !n->nout || !n->out[0])
		return;
	quantize = quantizer_behind(n);
	if (!quantize)
		return;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (!strcmp(n->type, kinds[i].type))
			make_elements(n, &kinds[i], quantize);
	for (size_t i = 0; i < COUNT_OF(moves); i++)
		if (!strcmp(n->type, moves[i]))
			make_move(q, n, quantize);
	if (!strcmp(n->type, "Concat"))
		make_concat(q, n, quantize);
}

void drop_dead_nodes(struct graph *g)
{
	struct node *prev;

	for (struct node *n = g->last; n; n = prev) {
		bool used = false;

		prev = n->prev;
		for (uint32_t i = 0; i < n->nout; i++)
			used |= n->out[i] && n->out[i]->uses;
		if (!used)
			node_remove(n);
	}
}

bool quantize_qoperator(struct quantizing *q, struct err *e)
{
	struct graph *g = q->model->main;
	struct node *next;

	for (struct node *n = g->first; n; n = next) {
		next = n->next;
		if (!make_layer(n, e))
			return false;
		make_other(q, n);
	}
	drop_dead_nodes(g);
	return true;
}
