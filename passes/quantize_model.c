/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_model.c -- the order of things, and the account of them. */
#include "base/str.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/quantize_operators.h"

void quantize_report_release(struct quantize_report *r)
{
	arena_release(&r->arena);
	*r = (struct quantize_report){0};
}

double carried_bits(const struct levels *v)
{
	double bits = dtype_info[v->storage.dtype].bits;

	return v->storage.digits ? bits / v->storage.digits : bits;
}

size_t quantized_bytes(const struct quantizing *q,
		       const struct quantizing_layer *l, uint32_t blocks)
{
	const struct levels *v = l->levels;
	size_t count = tensor_count(l->layer.weight->konst);
	size_t scales = q->opts->per_tensor ? 1 : layer_channels(&l->layer);
	size_t fits = scales * blocks;
	size_t bytes = v->storage.digits ? packed_bytes(v, count)
					 : dtype_bytes(v->storage.dtype, count);

	bytes += dtype_bytes(DTYPE_F32, fits);
	return v->nbooks > 1 ? bytes + dtype_bytes(kind_dtype(v), fits) : bytes;
}

static void report_layer(const struct quantizing *q,
			 const struct quantizing_layer *l,
			 struct quantized_layer *r)
{
	struct arena *a = &q->report->arena;
	const struct layer *y = &l->layer;

	*r = (struct quantized_layer){
		.label = arena_strdup(a, l->label),
		.type = arena_strdup(a, y->node->type),
		.why_not = l->why_not,
		.channels = layer_channels(y),
		.weights = tensor_count(y->weight->konst),
		.float_bytes = y->weight->konst->bytes,
		.bytes = y->weight->konst->bytes,
		.logical_bits = 32,
		.carried_bits = 32,
		.form.stay_float = true,
	};
	if (l->why_not)
		return;
	r->form = l->levels->form;
	r->logical_bits = r->form.bits;
	r->carried_bits = carried_bits(l->levels);
	r->bytes = l->coded ? quantized_bytes(q, l, l->coding.blocks) : 0;
	if (!l->coded) /* shares its weight with a layer before */
		r->float_bytes = 0;
	for (uint32_t c = 0; l->coded && c < r->channels; c++)
		r->linear_channels +=
			coding_fit(&l->coding, c, 0)->book->scheme ==
			scheme_find("linear");
}

static void report_all(struct quantizing *q)
{
	struct quantize_report *r = q->report;

	r->count = q->nlayers;
	r->activation_type = place_dtype(q);
	r->layer = arena_array(&r->arena, struct quantized_layer, r->count);
	for (uint32_t i = 0; i < r->count; i++)
		report_layer(q, &q->layer[i], &r->layer[i]);
}

static void describe_base(const struct levels *v, struct str *s)
{
	if (v->nbooks > 1)
		str_add(s, "auto");
	else if (v->book[0]->steps == 1)
		str_add(s, "2");
	else
		str_addf(s, "2^(1/%d)", v->book[0]->steps);
}

static void describe_levels(const struct quantizing *q, const struct levels *v,
			    struct str *s)
{
	const struct quantize_form *f = &v->form;

	str_addf(s, "scheme=%s; bits=%d; carried-bits=%.3g", f->scheme->name,
		 f->bits, carried_bits(v));
	if (f->scheme->steps) {
		str_add(s, "; base=");
		describe_base(v, s);
	}
	str_addf(s, "; carrier=%s; granularity=%s",
		 v->storage.digits  ? "packed"
		 : v->storage.table ? "lut"
				    : dtype_info[v->storage.dtype].text,
		 q->opts->per_tensor ? "tensor"
		 : f->block	     ? "block"
				     : "channel");
	if (f->block)
		str_addf(s, "; block=%u", f->block);
	str_addf(s, "; feedback=%s",
		 q->prefix && f->method != METHOD_NEAREST ? "yes" : "no");
}

static bool are_alike(const struct quantizing *q, const struct levels **v)
{
	*v = NULL;
	for (uint32_t i = 0; i < q->nlayers; i++) {
		if (!q->layer[i].levels)
			continue;
		if (*v && q->layer[i].levels != *v)
			return false;
		*v = q->layer[i].levels;
	}
	return true;
}

/* Layers of different forms, each in a word or two. */
static void describe_mixture(const struct quantizing *q, struct str *s)
{
	str_add(s, "mixed");
	for (uint32_t i = 0; i < q->nlayers; i++) {
		const struct levels *v = q->layer[i].levels;

		str_addf(s, "; %s=", q->layer[i].label);
		if (!v)
			str_add(s, "float");
		else if (v->form.scheme->steps)
			describe_base(v, s);
		else
			str_add(s, v->form.scheme->name);
		if (v)
			str_addf(s, ":%d", v->form.bits);
	}
}

/* What somebody who finds the file wants to know. */
static void record(const struct quantizing *q)
{
	const struct levels *v;
	struct str s = {0};

	if (are_alike(q, &v))
		describe_levels(q, v, &s);
	else
		describe_mixture(q, &s);
	model_set_property(q->model, "mlopt.weights", s.text);
	s.len = 0;
	if (q->report->activations)
		str_addf(&s, "%s; values=%u; ranges=%s",
			 dtype_info[place_dtype(q)].text,
			 q->report->activations,
			 q->opts->activations == ACTIVATIONS_DYNAMIC
				 ? "dynamic"
				 : q->opts->ranges->name);
	else
		str_add(&s, "float");
	model_set_property(q->model, "mlopt.activations", s.text);
	model_set_property(q->model, "mlopt.fidelity", "lossy");
	str_release(&s);
}

/* With few bits, layers make up for what those before do to their inputs. */
bool quantize_keep_reference(struct quantizing *q, struct err *e)
{
	bool any = false;

	for (uint32_t i = 0; i < q->nlayers; i++)
		any |= layer_repairs(&q->layer[i]);
	return !q->prefix || !any ||
	       repairs_begin(&q->repairs, q->model, q->prefix, q->budget, e);
}

static bool has_data(const struct quantizing *q, struct err *e)
{
	for (uint32_t i = 0; i < q->nlayers && q->opts->overrides; i++) {
		const struct quantizing_layer *l = &q->layer[i];

		if (l->levels && l->levels->form.method != METHOD_NEAREST &&
		    !q->prefix)
			return err_set(e, ERR_USAGE,
				       "'%s': methods feedback and repair need "
				       "'--data'",
				       l->label);
	}
	return true;
}

static bool run(struct quantizing *q, struct err *e)
{
	if (!quantize_find_layers(q, e) || !has_data(q, e) ||
	    !quantize_keep_reference(q, e))
		return false;
	quantize_places(q);
	if (!quantize_weights(q, e))
		return false;
	for (uint32_t i = 0; i < q->nlayers; i++)
		if (q->layer[i].coded && !carry_weights(q, &q->layer[i], e))
			return err_context(e, "'%s'", q->layer[i].label);
	if (!quantize_nodes(q, e) ||
	    (q->opts->operators && !quantize_qoperator(q, e)) ||
	    (q->opts->activations == ACTIVATIONS_DYNAMIC &&
	     !quantize_dynamic(q, e)))
		return false;
	if (q->opts->operators || q->opts->activations == ACTIVATIONS_DYNAMIC)
		drop_dead_nodes(q->model->main);
	report_all(q);
	record(q);
	for (uint32_t i = 0; i < q->nlayers; i++)
		graph_drop_unused_consts(q->layer[i].layer.weight->graph);
	op_bind_model(q->model);
	return infer_model(q->model, e);
}

bool quantize_model(struct model *m, const struct quantize_opts *o,
		    const struct sketch *sketch, struct prefix *prefix,
		    struct quantize_report *r, struct err *e)
{
	struct quantizing q = {
		.model = m,
		.opts = o,
		.sketch = sketch,
		.prefix = prefix,
		.budget = o->limits ? o->limits->memory : NULL,
		.report = r,
	};
	bool ok;

	*r = (struct quantize_report){0};
	ok = run(&q, e);
	repairs_end(&q.repairs);
	for (uint32_t i = 0; i < q.nlayers; i++)
		coding_release(&q.layer[i].coding);
	arena_release(&q.arena);
	if (!ok)
		quantize_report_release(r);
	return ok;
}
