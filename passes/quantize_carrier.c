/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_carrier.c -- codes in the place of weights.
 *
 * Numbers:   DequantizeLinear (codes, scale, axis), a scale for a channel or
 *            for each block of its columns
 * Table:     Cast (codes) -> int32, + Cast (first entry of the channel's kind
 *            of levels) where channels choose, Gather (levels), Mul (scale)
 *
 * The nodes come first in their graph, so they precede every reader.
 */
#include <string.h>

#include "graph/element.h"
#include "passes/quantize_impl.h"

bool new_constant(struct graph *g, const char *name, enum dtype t,
		  const struct shape *s, struct value **v, void **data,
		  struct err *e)
{
	struct tensor x = {.dtype = t, .shape = *s};

	if (!shape_bytes(s, t, &x.bytes, e) ||
	    !model_alloc(g->model, x.bytes, data, e))
		return false;
	memset(*data, 0, x.bytes);
	x.data = *data;
	*v = graph_add_const(g, name, &x);
	return true;
}

struct node *new_node(struct node *before, const char *type,
		      struct value *const *in, uint32_t nin)
{
	struct node_spec spec = {.type = type, .in = in, .nin = nin, .nout = 1};
	struct node *n = node_new(before->graph, &spec);

	node_insert_before(n, before);
	return n;
}

double integer_scale(const struct quantizing_layer *l, uint32_t fit)
{
	double unit = l->levels->storage.unit;

	return (double)(float)(l->coding.fit[fit].scale / unit);
}

/* 1 everywhere but along the axis of channels; a scalar for one scale. */
static struct shape channel_shape(const struct quantizing *q,
				  const struct layer *l)
{
	struct shape s = {.rank = l->weight->konst->shape.rank};

	if (q->opts->per_tensor)
		return (struct shape){.rank = 0};
	for (int32_t i = 0; i < s.rank; i++)
		s.dim[i] = i == l->axis ? (int64_t)layer_channels(l) : 1;
	return s;
}

/* Folding leaves weights without a name. */
static const char *base_name(const struct quantizing_layer *l)
{
	const char *name = l->layer.weight->name;

	return name[0] ? name : l->label;
}

static bool make_codes(const struct quantizing_layer *l, struct value **v,
		       struct err *e)
{
	const struct storage *t = &l->levels->storage;
	const struct layer *y = &l->layer;
	struct arena a = {0};
	const char *name = arena_printf(&a, "%s_codes", base_name(l));
	const uint8_t *code = l->coding.code;
	void *data;
	bool ok = new_constant(y->weight->graph, name, t->dtype,
			       &y->weight->konst->shape, v, &data, e);

	arena_release(&a);
	if (!ok)
		return false;
	for (uint32_t g = 0; g < y->groups; g++)
		for (uint32_t r = 0; r < y->rows; r++)
			for (uint32_t c = 0; c < y->columns; c++) {
				const struct fit *f = coding_fit(
					&l->coding, g * y->rows + r, c);
				double x = *code;

				if (!t->table)
					x = t->unit *
					    codebook_level(f->book, *code);
				element_set_double(t->dtype, data,
						   layer_at(y, g, r, c), x);
				code++;
			}
	return true;
}

static bool make_scales(const struct quantizing *q,
			const struct quantizing_layer *l, const struct shape *s,
			struct value **v, struct err *e)
{
	const struct value *w = l->layer.weight;
	struct arena a = {0};
	const char *name = arena_printf(&a, "%s_scale", base_name(l));
	uint32_t n = q->opts->per_tensor ? 1 : layer_channels(&l->layer);
	uint32_t blocks = q->opts->per_tensor ? 1 : l->coding.blocks;
	bool by_block = l->layer.axis > l->layer.column_axis;
	void *data;
	bool ok = new_constant(w->graph, name, DTYPE_F32, s, v, &data, e);

	arena_release(&a);
	for (uint32_t c = 0; ok && c < n; c++)
		for (uint32_t b = 0; b < blocks; b++)
			element_set_double(DTYPE_F32, data,
					   by_block ? (size_t)b * n + c
						    : (size_t)c * blocks + b,
					   integer_scale(l, c * blocks + b));
	return ok;
}

/* ---- integers ----------------------------------------------------------- */

static bool carry_integers(struct quantizing *q, struct quantizing_layer *l,
			   struct node *before, struct value **out,
			   struct err *e)
{
	const struct layer *y = &l->layer;
	struct shape s = SHAPE((int64_t)layer_channels(y));
	bool blocked = l->coding.blocks > 1;
	struct value *in[2];
	struct node *n;

	if (blocked) {
		s = y->weight->konst->shape;
		s.dim[y->column_axis] = l->coding.blocks;
	}
	if (q->opts->per_tensor)
		s.rank = 0;
	if (!make_codes(l, &in[0], e) || !make_scales(q, l, &s, &in[1], e))
		return false;
	n = new_node(before, "DequantizeLinear", in, 2);
	if (!q->opts->per_tensor)
		node_set_int(n, "axis", blocked ? y->column_axis : y->axis);
	if (blocked)
		node_set_int(n, "block_size", l->coding.block);
	*out = n->out[0];
	return true;
}

/* ---- tables ------------------------------------------------------------- */

/* Entries for one kind of levels: a power of two above all codes. */
static uint32_t table_span(const struct levels *v)
{
	return v->form.bits <= 4 ? 16 : UINT32_C(1) << v->form.bits;
}

/* The levels of all kinds, one behind the other; codes nobody uses are 0. */
static bool make_table(struct quantizing *q, struct levels *y, struct graph *g,
		       struct value **v, struct err *e)
{
	uint32_t span = table_span(y);
	struct shape s = SHAPE((int64_t)(span * y->nbooks));
	void *data;

	if (g == q->model->main && y->table) {
		*v = y->table;
		return true;
	}
	if (!new_constant(g, "levels", DTYPE_F32, &s, v, &data, e))
		return false;
	for (uint32_t b = 0; b < y->nbooks; b++)
		for (uint32_t k = 0; k < codebook_count(y->book[b]); k++)
			element_set_double(DTYPE_F32, data, b * span + k,
					   codebook_level(y->book[b], k));
	q->report->table_bytes += (*v)->konst->bytes;
	if (g == q->model->main)
		y->table = *v;
	return true;
}

enum dtype kind_dtype(const struct levels *v)
{
	return v->nbooks * table_span(v) <= 256 ? DTYPE_U8 : DTYPE_U16;
}

/* First table entry of each channel's kind of levels. */
static bool make_kinds(const struct quantizing *q,
		       const struct quantizing_layer *l, const struct shape *s,
		       struct value **v, struct err *e)
{
	const struct value *w = l->layer.weight;
	const struct levels *y = l->levels;
	struct arena a = {0};
	const char *name = arena_printf(&a, "%s_kind", base_name(l));
	size_t n = q->opts->per_tensor ? 1 : layer_channels(&l->layer);
	enum dtype t = kind_dtype(y);
	void *data;
	bool ok = new_constant(w->graph, name, t, s, v, &data, e);

	arena_release(&a);
	for (uint32_t c = 0; ok && c < n; c++) {
		uint32_t kind = 0;

		while (y->book[kind] != coding_fit(&l->coding, c, 0)->book)
			kind++;
		element_set_int(t, data, c, kind * table_span(y));
	}
	return ok;
}

static struct value *new_result(struct node *before, const char *type,
				struct value *a, struct value *b)
{
	return new_node(before, type, (struct value *[]){a, b}, 2)->out[0];
}

/* CODES as the type of an index. */
static struct value *new_index(struct node *before, struct value *codes,
			       enum dtype t)
{
	struct node *n = new_node(before, "Cast", &codes, 1);

	node_set_int(n, "to", t);
	return n->out[0];
}

/* The codes of L as an index. */
static bool make_index(const struct quantizing_layer *l, struct node *before,
		       struct value **v, struct err *e)
{
	struct arena a = {0};
	const char *name = arena_printf(&a, "%s_codes", base_name(l));
	struct value *codes;
	bool ok;

	if (l->levels->storage.digits) {
		ok = packed_codes(l, name, before, v, e);
	} else {
		ok = make_codes(l, &codes, e);
		if (ok)
			*v = new_index(before, codes, DTYPE_I32);
	}
	arena_release(&a);
	return ok;
}

static bool carry_table(struct quantizing *q, struct quantizing_layer *l,
			struct node *before, struct value **out, struct err *e)
{
	struct shape s = channel_shape(q, &l->layer);
	enum dtype t = l->levels->storage.digits ? DTYPE_I64 : DTYPE_I32;
	struct graph *g = before->graph;
	struct value *scale, *kind = NULL, *table, *at;

	if (!make_index(l, before, &at, e) ||
	    !make_scales(q, l, &s, &scale, e) ||
	    !make_table(q, l->levels, g, &table, e) ||
	    (l->levels->nbooks > 1 && !make_kinds(q, l, &s, &kind, e)))
		return false;
	if (kind)
		at = new_result(before, "Add", at, new_index(before, kind, t));
	*out = new_result(before, "Mul",
			  new_result(before, "Gather", table, at), scale);
	return true;
}

bool carry_weights(struct quantizing *q, struct quantizing_layer *l,
		   struct err *e)
{
	struct value *w = l->layer.weight, *out;
	struct node *before = w->graph->first;
	bool ok = l->levels->storage.table
			  ? carry_table(q, l, before, &out, e)
			  : carry_integers(q, l, before, &out, e);

	if (!ok)
		return false;
	out->type = w->type;
	value_replace(w, out);
	return true;
}
