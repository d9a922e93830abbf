/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_sensitivity.c -- see quantize_sensitivity.h.
 *
 * One walk through the model: the inputs of a layer are those of the model as
 * it is, and their sums serve all forms.
 */
#include "passes/quantize_sensitivity.h"

#include <limits.h>

#include "passes/quantize_impl.h"

void sensitivity_release(struct sensitivity *s)
{
	arena_release(&s->arena);
	*s = (struct sensitivity){.layers = 0};
}

/* ---- what there is ------------------------------------------------------ */

static uint32_t first_with_weight(const struct quantizing *q, uint32_t i)
{
	uint32_t k = 0;

	while (q->layer[k].layer.weight != q->layer[i].layer.weight)
		k++;
	return k;
}

static bool fill_bytes(struct sensitivity *s, struct quantizing *q, uint32_t i,
		       const struct quantize_form *form, struct err *e)
{
	struct quantizing_layer *l = &q->layer[i];
	double *to = s->bytes + (size_t)i * s->forms;

	for (uint32_t k = 0; k < s->forms; k++) {
		to[k] = (double)l->layer.weight->konst->bytes;
		if (s->layer[i].same_as != i)
			to[k] = 0;
		else if (!form[k].stay_float) {
			if (!quantize_levels(q, &form[k], &l->levels, e))
				return false;
			to[k] = (double)quantized_bytes(q, l, 1);
		}
	}
	return true;
}

/* Does an override give L anything at all? */
static bool is_overridden(const struct quantizing *q,
			  const struct quantizing_layer *l, bool *yes,
			  struct err *e)
{
	/* Values that no override can give. */
	struct quantize_form odd = {.stay_float = true,
				    .bits = -1,
				    .steps = -1,
				    .block = UINT32_MAX,
				    .carrier = (enum carrier)INT_MAX,
				    .method = (enum coding_method)INT_MAX};
	struct quantize_form f = odd;

	if (q->opts->overrides && !overrides_apply(q->opts->overrides, l->label,
						   l->layer.node->type, &f, e))
		return false;
	*yes = !l->why_not && !form_equal(&f, &odd);
	return true;
}

static bool fill_layer(struct sensitivity *s, struct quantizing *q, uint32_t i,
		       const struct quantize_form *form, struct err *e)
{
	struct quantizing_layer *l = &q->layer[i];
	struct sensitive_layer *x = &s->layer[i];

	x->label = arena_strdup(&s->arena, l->label);
	x->type = arena_strdup(&s->arena, l->layer.node->type);
	x->why_not = l->why_not;
	x->weights = tensor_count(l->layer.weight->konst);
	x->form = q->opts->form;
	x->form.stay_float = l->why_not != NULL;
	if (l->levels)
		x->form = l->levels->form;
	if (!is_overridden(q, l, &x->fixed, e))
		return false;
	x->same_as = first_with_weight(q, i);
	return fill_bytes(s, q, i, form, e);
}

bool sensitivity_init(struct sensitivity *s, struct model *m,
		      const struct quantize_opts *o,
		      const struct quantize_form *form, uint32_t nforms,
		      struct err *e)
{
	struct quantizing q = {.model = m, .opts = o};
	bool ok = quantize_find_layers(&q, e);

	*s = (struct sensitivity){.forms = nforms};
	if (ok) {
		size_t n = (size_t)q.nlayers * nforms;

		s->layers = q.nlayers;
		s->layer = arena_array(&s->arena, struct sensitive_layer,
				       q.nlayers);
		s->noise = arena_array(&s->arena, double, n);
		s->bytes = arena_array(&s->arena, double, n);
	}
	for (uint32_t i = 0; ok && i < q.nlayers; i++)
		ok = fill_layer(s, &q, i, form, e);
	arena_release(&q.arena);
	if (!ok)
		sensitivity_release(s);
	return ok;
}

/* ---- measuring ---------------------------------------------------------- */

/* A layer while its forms are tried. */
struct trial {
	struct quantizing *q;
	struct quantizing_layer *l;
	struct layer_data data;
	bool has_data;
	struct layer_repair repair;
	const struct tensor *weight, *bias; /* as they were */
};

static struct value *bias_of(const struct quantizing_layer *l)
{
	struct value *b = node_in(l->layer.node, 2);

	return b && b->konst ? b : NULL;
}

static void put_back(struct trial *t)
{
	struct value *b = bias_of(t->l);

	t->l->layer.weight->konst = t->weight;
	if (b)
		b->konst = t->bias;
}

static bool try_form(struct trial *t, const struct quantize_form *f,
		     struct err *e)
{
	struct quantizing_layer *l = t->l;
	struct coding_opts o = {.h = t->repair.h, .budget = t->q->budget};
	bool ok;

	if (!quantize_levels(t->q, f, &l->levels, e))
		return false;
	o.book = l->levels->book;
	o.nbooks = l->levels->nbooks;
	o.refine = layer_repairs(l);
	o.block = f->block;
	ok = coding_make(&l->coding, &l->layer, &o,
			 t->has_data ? &t->data : NULL, e) &&
	     layer_put(&l->layer, l->coding.value, e);
	if (ok && t->repair.h)
		layer_repair_bias(&t->q->repairs, &t->repair, l->coding.value);
	coding_release(&l->coding);
	return ok;
}

static bool begin_trial(struct trial *t, struct arena *a, struct err *e)
{
	struct quantizing *q = t->q;
	struct quantizing_layer *l = t->l;
	struct value *b = bias_of(l);

	t->weight = l->layer.weight->konst;
	t->bias = b ? b->konst : NULL;
	if (!l->layer.has_columns || l->layer.node->graph != q->model->main)
		return true;
	if (!prefix_advance(q->prefix, l->layer.node, e))
		return false;
	t->has_data = prefix_layer_data(q->prefix, &l->layer, a, &t->data);
	return !t->has_data || layer_repair_begin(&q->repairs, &t->repair,
						  &l->layer, &t->data, e);
}

static bool measure_layer(struct sensitivity *s, struct quantizing *q,
			  uint32_t i, const struct quantize_form *form,
			  struct sensitivity_probe *probe, struct err *e)
{
	double *noise = s->noise + (size_t)i * s->forms;
	struct trial t = {.q = q, .l = &q->layer[i]};
	struct arena a = {0};
	bool wants = false, ok = true;

	for (uint32_t k = 0; k < s->forms; k++)
		wants |= probe->wants(probe, i, k, &noise[k]);
	if (!wants)
		return true;
	ok = begin_trial(&t, &a, e);
	for (uint32_t k = 0; ok && k < s->forms; k++) {
		if (!probe->wants(probe, i, k, &noise[k]))
			continue;
		put_back(&t);
		ok = try_form(&t, &form[k], e) &&
		     probe->measure(probe, q->model, i, k, &noise[k], e);
	}
	put_back(&t);
	layer_repair_end(&t.repair);
	arena_release(&a);
	return ok || err_context(e, "'%s'", t.l->label);
}

bool sensitivity_measure(struct sensitivity *s, struct model *m,
			 const struct quantize_opts *o,
			 const struct quantize_form *form,
			 struct prefix *prefix, struct sensitivity_probe *probe,
			 struct err *e)
{
	struct quantizing q = {
		.model = m,
		.opts = o,
		.prefix = prefix,
		.budget = o->limits ? o->limits->memory : NULL,
	};
	bool ok = quantize_find_layers(&q, e) && quantize_keep_reference(&q, e);

	for (uint32_t i = 0; ok && i < s->layers; i++)
		if (!s->layer[i].why_not && !s->layer[i].fixed &&
		    s->layer[i].same_as == i)
			ok = measure_layer(s, &q, i, form, probe, e);
	repairs_end(&q.repairs);
	arena_release(&q.arena);
	return ok;
}
