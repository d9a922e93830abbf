/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_nodes.c -- QuantizeLinear and DequantizeLinear around
 * values; biases as int32.
 *
 *     bias code = round(b / (s_x s_w)),  scale s_x s_w, one for each channel
 *
 * Every reader of a quantized value reads it dequantized, outputs of the
 * model included, so an integer operator has no float reader.
 */
#include <math.h>

#include "graph/element.h"
#include "passes/quantize_impl.h"

/* The two parameters of one scale, once. */
struct parameters {
	struct value *scale, *zero;
};

static bool make_parameters(struct quantizing *q, const struct affine *a,
			    struct parameters *p, struct err *e)
{
	struct graph *g = q->model->main;
	struct shape scalar = {.rank = 0};
	enum dtype t = place_dtype(q);
	void *data;

	if (!new_constant(g, "", DTYPE_F32, &scalar, &p->scale, &data, e))
		return false;
	element_set_double(DTYPE_F32, data, 0, (double)a->scale);
	if (!new_constant(g, "", t, &scalar, &p->zero, &data, e))
		return false;
	element_set_int(t, data, 0, a->zero);
	return true;
}

/* Quantize V, and let its readers read what is left of it. */
static void wrap(struct graph *g, struct value *v, const struct parameters *p)
{
	struct node *before = v->def ? v->def->next : g->first;
	struct value *in[3] = {v, p->scale, p->zero};
	struct node_spec spec = {
		.type = "QuantizeLinear", .in = in, .nin = 3, .nout = 1};
	struct node *n = node_new(g, &spec), *back;

	spec.type = "DequantizeLinear";
	in[0] = n->out[0];
	back = node_new(g, &spec);
	value_replace(v, back->out[0]);
	use_set(&n->in[0], v);
	back->out[0]->type = v->type;
	if (before) {
		node_insert_before(n, before);
		node_insert_before(back, before);
	} else {
		node_append(n);
		node_append(back);
	}
}

static bool wrap_value(struct quantizing *q, struct value *v,
		       struct parameters *all, struct err *e)
{
	const struct affine *a = v ? place_of(q, v) : NULL;
	struct parameters *p;
	uint32_t root;

	if (!a || !v->uses)
		return true;
	for (root = v->id; q->place[root].parent != root;)
		root = q->place[root].parent;
	p = &all[root];
	if (!p->scale && !make_parameters(q, a, p, e))
		return false;
	wrap(q->model->main, v, p);
	q->report->activations++;
	return true;
}

static bool wrap_values(struct quantizing *q, struct err *e)
{
	struct graph *g = q->model->main;
	struct parameters *all = arena_array(&q->arena, struct parameters,
					     q->nplaces);
	uint32_t nin = g->nin;
	struct node *next;

	for (struct node *n = g->first; n; n = next) {
		next = n->next;
		for (uint32_t i = 0; i < n->nout; i++)
			if (!wrap_value(q, n->out[i], all, e))
				return false;
	}
	for (uint32_t i = 0; i < nin; i++)
		if (!wrap_value(q, g->in[i], all, e))
			return false;
	return true;
}

static bool quantize_layer_bias(struct quantizing *q,
				const struct quantizing_layer *l,
				const struct tensor *bias, struct err *e)
{
	struct node *n = l->layer.node;
	const struct affine *x = place_of(q, l->layer.input);
	int64_t channels = layer_channels(&l->layer);
	struct shape s = SHAPE(channels);
	struct value *in[2];
	struct node *back;
	void *codes, *scales;

	if (!new_constant(n->graph, "", DTYPE_I32, &s, &in[0], &codes, e) ||
	    !new_constant(n->graph, "", DTYPE_F32, &s, &in[1], &scales, e))
		return false;
	for (uint32_t c = 0; c < channels; c++) {
		float scale = (float)((double)x->scale * integer_scale(l, c));
		double b = tensor_double(bias, c);

		/* Products of two subnormal scales vanish. */
		if (scale == 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "the scales of '%s' are too small",
				       l->label);
		element_set_double(DTYPE_F32, scales, c, (double)scale);
		element_set_double(DTYPE_I32, codes, c,
				   nearbyint(b / (double)scale));
	}
	back = new_node(n, "DequantizeLinear", in, 2);
	node_set_int(back, "axis", 0);
	use_set(&n->in[2], back->out[0]);
	return true;
}

bool quantize_nodes(struct quantizing *q, struct err *e)
{
	for (uint32_t i = 0; i < q->nlayers; i++) {
		const struct quantizing_layer *l = &q->layer[i];
		const struct tensor *bias;

		if (!l->coded)
			continue;
		bias = quantize_bias(q, l);
		if (bias && !quantize_layer_bias(q, l, bias, e))
			return false;
	}
	return wrap_values(q, e);
}
