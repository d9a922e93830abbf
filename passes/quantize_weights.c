/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_weights.c -- the layers, and codes for each of them.
 *
 * Layers are coded in execution order.  With a prefix each of them sees what
 * the layers before it, already coded, make of the data; a weight that two
 * layers share is coded for the first.
 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "passes/quantize_impl.h"

static const char *why_float(const struct quantizing *q,
			     const struct quantizing_layer *l, uint32_t i)
{
	const struct quantize_opts *o = q->opts;

	if (o->keep_first && i == 0)
		return "the first layer";
	if (o->keep_last && i + 1 == q->nlayers)
		return "the last layer";
	for (uint32_t k = 0; k < o->nkeep; k++)
		if (!strcmp(o->keep[k], l->label))
			return "named to stay";
	return NULL;
}

/* Products are of integers by their operator, not by what a runtime makes of
 * DequantizeLinear. */
static bool by_integers(const struct quantize_opts *o)
{
	return o->operators || o->activations == ACTIVATIONS_DYNAMIC;
}

/* The form of L, and its levels if that is not float. */
static bool choose_form(struct quantizing *q, struct quantizing_layer *l,
			struct err *e)
{
	const struct quantize_opts *o = q->opts;
	struct quantize_form f = o->form;

	if (o->layer_form)
		f = o->layer_form[l - q->layer];
	else if (o->overrides && !overrides_apply(o->overrides, l->label,
						  l->layer.node->type, &f, e))
		return false;
	if (!l->why_not && f.stay_float)
		l->why_not = o->layer_form ? "so chosen"
					   : "an override says so";
	if (l->why_not)
		return true;
	if (f.block && o->activations != ACTIVATIONS_FLOAT)
		return err_set(e, ERR_USAGE, "blocks need float activations");
	if (by_integers(o) && f.scheme->dtype == DTYPE_NONE)
		f.dtype = DTYPE_I8;
	if (!quantize_levels(q, &f, &l->levels, e))
		return false;
	if (by_integers(o) &&
	    (l->levels->storage.table || l->levels->storage.dtype != DTYPE_I8))
		return err_set(e, ERR_USAGE,
			       "integer operators need weights that are int8 "
			       "times a scale");
	if (l->levels->storage.dtype == f.scheme->dtype &&
	    o->activations != ACTIVATIONS_FLOAT)
		return err_set(e, ERR_USAGE,
			       "weights in %s need float activations",
			       f.scheme->name);
	return true;
}

static bool overrides_exist(const struct quantizing *q, struct err *e)
{
	struct arena a = {0};
	const char **label = arena_array(&a, const char *, q->nlayers);
	const char **type = arena_array(&a, const char *, q->nlayers);
	bool ok;

	for (uint32_t i = 0; i < q->nlayers; i++) {
		label[i] = q->layer[i].label;
		type[i] = q->layer[i].layer.node->type;
	}
	ok = !q->opts->overrides ||
	     overrides_all_apply(q->opts->overrides, label, type, q->nlayers,
				 e);
	arena_release(&a);
	return ok;
}

static bool labels_exist(const struct quantizing *q, struct err *e)
{
	for (uint32_t k = 0; k < q->opts->nkeep; k++) {
		bool found = false;

		for (uint32_t i = 0; i < q->nlayers; i++)
			found |= !strcmp(q->opts->keep[k], q->layer[i].label);
		if (!found)
			return err_set(e, ERR_USAGE, "no layer is called '%s'",
				       q->opts->keep[k]);
	}
	return true;
}

static void add_layer(struct quantizing *q, const struct layer *l)
{
	struct quantizing_layer *at = &q->layer[q->nlayers++];
	const char *label = node_label(l->node, &q->arena);

	at->layer = *l;
	if (node_is_recurrent(l->node))
		label = arena_printf(&q->arena, "%s/%s", label,
				     l->weight == node_in(l->node, 1) ? "W"
								      : "R");
	at->label = label;
}

bool quantize_find_layers(struct quantizing *q, struct err *e)
{
	struct model *m = q->model;
	struct layer l[LAYERS_MOST];
	bool some = false;

	for (struct node *n = model_first(m); n; n = model_next(n))
		q->nlayers += layers_of(l, n);
	q->layer = arena_array(&q->arena, struct quantizing_layer, q->nlayers);
	q->nlayers = 0;
	for (struct node *n = model_first(m); n; n = model_next(n)) {
		uint32_t count = layers_of(l, n);

		for (uint32_t i = 0; i < count; i++)
			add_layer(q, &l[i]);
	}
	for (uint32_t i = 0; i < q->nlayers; i++) {
		q->layer[i].why_not = why_float(q, &q->layer[i], i);
		if (!choose_form(q, &q->layer[i], e))
			return err_context(e, "'%s'", q->layer[i].label);
		some |= !q->layer[i].why_not;
	}
	if (!labels_exist(q, e) || !overrides_exist(q, e))
		return false;
	return some || err_set(e, ERR_UNSUPPORTED,
			       "no layer to quantize: %u of Conv, "
			       "ConvTranspose, Gemm, MatMul, Gather, LSTM, GRU "
			       "and RNN have constant float weights",
			       q->nlayers);
}

/* The bias of L, if it may become int32: scaled like the products. */
const struct tensor *quantize_bias(const struct quantizing *q,
				   const struct quantizing_layer *l)
{
	const struct node *n = l->layer.node;
	const struct value *b = node_in(n, 2);
	const struct storage *s = &l->levels->storage;

	if (s->table || s->dtype != DTYPE_I8 || !b || !b->konst ||
	    b->konst->dtype != DTYPE_F32 || !place_of(q, l->layer.input))
		return NULL;
	if (node_is(n, "", "Gemm") && (node_float(n, "alpha", 1) != 1.0f ||
				       node_float(n, "beta", 1) != 1.0f))
		return NULL;
	return tensor_count(b->konst) == layer_channels(&l->layer) ? b->konst
								   : NULL;
}

/*
 * Least scales, times the top level, that keep |bias / (s_x s_w)| below 2^31.
 * NULL if there is no such bias.
 */
static const double *scale_floor(const struct quantizing *q,
				 const struct quantizing_layer *l,
				 struct arena *a)
{
	const struct tensor *bias = quantize_bias(q, l);
	const struct affine *x = place_of(q, l->layer.input);
	uint32_t n = layer_channels(&l->layer);
	double *floor;

	if (!bias)
		return NULL;
	floor = arena_array(a, double, n);
	for (uint32_t i = 0; i < n; i++)
		floor[i] = fabs(tensor_double(bias, i)) /
			   ((double)x->scale * INT_MAX) *
			   l->levels->storage.unit *
			   codebook_top(l->levels->book[0]);
	return floor;
}

bool layer_repairs(const struct quantizing_layer *l)
{
	return l->levels && l->levels->form.bits < 8 &&
	       l->levels->form.method == METHOD_REPAIR;
}

static bool code_layer(struct quantizing *q, struct quantizing_layer *l,
		       struct err *e)
{
	struct arena a = {0};
	const struct quantize_form *f = &l->levels->form;
	struct coding_opts o = {.book = l->levels->book,
				.nbooks = l->levels->nbooks,
				.per_tensor = q->opts->per_tensor,
				.block = f->block,
				.floor = scale_floor(q, l, &a),
				.refine = layer_repairs(l),
				.budget = q->budget};
	struct layer_repair r = {.h = NULL};
	struct layer_data data;
	bool ok = true, repair = false;

	if (q->prefix && f->method != METHOD_NEAREST && l->layer.has_columns &&
	    l->layer.node->graph == q->model->main) {
		ok = prefix_advance(q->prefix, l->layer.node, e);
		repair = ok &&
			 prefix_layer_data(q->prefix, &l->layer, &a, &data);
	}
	if (repair && f->bits >= 8) {
		data.draws = QUANTIZE_DRAWS;
		o.panel = QUANTIZE_PANEL;
	}
	/* Scales that keep an int32 bias in range are for the bias as it is. */
	if (repair && !o.floor && layer_repairs(l))
		ok = layer_repair_begin(&q->repairs, &r, &l->layer, &data, e);
	o.h = r.h;
	ok = ok &&
	     coding_make(&l->coding, &l->layer, &o, repair ? &data : NULL, e) &&
	     layer_put(&l->layer, l->coding.value, e);
	l->coded = ok;
	if (ok && r.h)
		layer_repair_bias(&q->repairs, &r, l->coding.value);
	layer_repair_end(&r);
	arena_release(&a);
	return ok || err_context(e, "'%s'", l->label);
}

static bool weight_is_coded(const struct quantizing *q, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (q->layer[k].coded &&
		    q->layer[k].layer.weight == q->layer[i].layer.weight)
			return true;
	return false;
}

bool quantize_weights(struct quantizing *q, struct err *e)
{
	for (uint32_t i = 0; i < q->nlayers; i++)
		if (!q->layer[i].why_not && !weight_is_coded(q, i) &&
		    !code_layer(q, &q->layer[i], e))
			return false;
	return true;
}
