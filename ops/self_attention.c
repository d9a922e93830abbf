/* SPDX-License-Identifier: Apache-2.0 */
/* ops/self_attention.c -- com.microsoft's Attention and QAttention.
 *
 *     Q, K, V = input * weights + bias        [B, S, D] twice, [B, S, D_v]
 *     output  = attention(Q, past K and K, past V and V)      (ops/attend.h)
 *
 * "past" and "present" are [2, B, N, T, H], keys then values; with
 * past_present_share_buffer T is a capacity, of which past_sequence_length
 * rows are in use.  QAttention: input and weights are codes, the weights with
 * a scale and zero point for each column.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "graph/symbol.h"
#include "ops/attention_cache.h"
#include "ops/attention_mask.h"
#include "ops/doubles.h"
#include "ops/product.h"
#include "ops/requant.h"

enum { NONE = 99 };

/* Which operands they are. */
struct roles {
	uint32_t bias, mask, past, extra, past_length;
};

static const struct roles plain_roles = {2, 3, 4, 5, 6};
static const struct roles codes_roles = {2, 5, 8, NONE, NONE};

static bool is_quantized(const struct node *n)
{
	return strcmp(n->type, "QAttention") == 0;
}

static const struct roles *roles_of(const struct node *n)
{
	return is_quantized(n) ? &codes_roles : &plain_roles;
}

static bool is_shared(const struct node *n)
{
	return node_int(n, "past_present_share_buffer", 0) != 0;
}

/* ---- shapes ------------------------------------------------------------- */

/* Columns of weights that make Q (and K), and V. */
static bool hidden_sizes(const struct node *n, int64_t columns, int64_t *qk,
			 int64_t *v, struct err *e)
{
	int64_t heads = attr_int(n, "num_heads");
	const int64_t *sizes;
	uint32_t count;

	sizes = node_ints(n, "qkv_hidden_sizes", &count);
	*qk = columns / 3;
	*v = columns - 2 * *qk;
	if (sizes && (count != 3 || sizes[0] != sizes[1] || sizes[0] < 0 ||
		      sizes[2] < 0 || sizes[0] > columns || sizes[2] > columns))
		return err_set(e, ERR_SHAPE,
			       "qkv_hidden_sizes are not three sizes, the "
			       "first two the same");
	if (sizes) {
		*qk = sizes[0];
		*v = sizes[2];
	}
	if (heads < 1 || *qk % heads || *v % heads || 2 * *qk + *v != columns ||
	    (!sizes && *v != *qk))
		return err_set(e, ERR_SHAPE,
			       "%" PRId64
			       " columns of weights make no Q, K and "
			       "V for %" PRId64 " heads",
			       columns, heads);
	return true;
}

static bool check_past(const struct infer *c, int64_t batch, int64_t qk,
		       int64_t v, struct err *e)
{
	const struct shape *p = infer_shape(c, roles_of(c->node)->past);
	int64_t heads = attr_int(c->node, "num_heads");

	if (p->rank < 0)
		return true;
	if (qk != v)
		return err_set(e, ERR_SHAPE,
			       "'past' needs keys and values of the same size");
	if (p->rank == 5 && (p->dim[0] < 0 || p->dim[0] == 2) &&
	    (p->dim[1] < 0 || batch < 0 || p->dim[1] == batch) &&
	    (p->dim[2] < 0 || p->dim[2] == heads) &&
	    (p->dim[4] < 0 || p->dim[4] == qk / heads))
		return true;
	return err_set(e, ERR_SHAPE,
		       "'past' does not fit [2, %" PRId64 ", %" PRId64
		       ", past, %" PRId64 "]",
		       batch, heads, qk / heads);
}

static bool check_lists(const struct infer *c, int64_t columns, struct err *e)
{
	const struct shape *b = infer_shape(c, 2);

	if (infer_has(c, 2) && b->rank >= 0 &&
	    (b->rank != 1 || (b->dim[0] >= 0 && b->dim[0] != columns)))
		return err_set(e, ERR_SHAPE,
			       "'bias' is not a list of %" PRId64 " numbers",
			       columns);
	if (!is_quantized(c->node))
		return true;
	return requant_check(infer_shape(c, 3), "input_scale", 1, e) &&
	       requant_check(infer_shape(c, 4), "weight_scale", columns, e) &&
	       requant_check(infer_shape(c, 6), "input_zero_point", 1, e) &&
	       requant_check(infer_shape(c, 7), "weight_zero_point", columns,
			     e);
}

static void set_results(struct infer *c, int64_t qk, int64_t v)
{
	const struct shape *x = infer_shape(c, 0);
	const struct roles *r = roles_of(c->node);
	const struct shape *past = infer_shape(c, r->past);
	enum dtype t = infer_dtype(c, is_quantized(c->node) ? 3 : 0);
	int64_t heads = attr_int(c->node, "num_heads"), length = x->dim[1];
	struct shape y = SHAPE(x->dim[0], x->dim[1], v), present;

	if (infer_has(c, r->past) && past->rank < 0)
		length = DIM_UNKNOWN;
	else if (infer_has(c, r->past) && is_shared(c->node))
		length = past->dim[3];
	else if (infer_has(c, r->past))
		length = dim_add(&c->model->symbols, past->dim[3], length);
	present = SHAPE(2, x->dim[0], heads, length, qk / heads);
	infer_set(c, 0, t, &y);
	if (c->node->nout > 1)
		infer_set(c, 1, t, &present);
}

static bool check_masks(const struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	const struct roles *r = roles_of(c->node);
	const struct shape *past = infer_shape(c, r->past);
	int64_t keys = x->dim[1];

	if (infer_has(c, r->past))
		keys = past->rank < 0 || past->dim[3] < 0 || keys < 0 ||
				       is_shared(c->node)
			       ? DIM_UNKNOWN
			       : past->dim[3] + keys;
	return attention_mask_check(infer_shape(c, r->mask), "mask_index",
				    x->dim[0], x->dim[1], keys, e) &&
	       attention_bias_check(infer_shape(c, r->extra), x->dim[0],
				    attr_int(c->node, "num_heads"), x->dim[1],
				    keys, e);
}

static bool infer_attention(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *w = infer_shape(c, 1);
	struct shape any = {.rank = 3, .dim = {-1, -1, -1}};
	int64_t qk, v;

	if (node_int(c->node, "do_rotary", 0))
		return err_set(e, ERR_UNSUPPORTED,
			       "do_rotary is 1: its angles are no operand");
	if ((x->rank >= 0 && x->rank != 3) || (w->rank >= 0 && w->rank != 2))
		return err_set(e, ERR_SHAPE,
			       "input and weights have ranks %d and %d, want 3 "
			       "and 2",
			       x->rank, w->rank);
	if (x->rank < 0 || w->rank < 0 || w->dim[1] < 0) {
		infer_set(c, 0, infer_dtype(c, is_quantized(c->node) ? 3 : 0),
			  &any);
		return true;
	}
	if (x->dim[2] >= 0 && w->dim[0] >= 0 && x->dim[2] != w->dim[0])
		return err_set(e, ERR_SHAPE,
			       "input has %" PRId64 " columns, weights %" PRId64
			       " rows",
			       x->dim[2], w->dim[0]);
	if (!hidden_sizes(c->node, w->dim[1], &qk, &v, e) ||
	    !check_lists(c, w->dim[1], e) ||
	    !check_past(c, x->dim[0], qk, v, e) || !check_masks(c, e))
		return false;
	set_results(c, qk, v);
	return true;
}

/* ---- numbers ------------------------------------------------------------ */

struct self_attention {
	struct attend attend;
	struct attention_mask mask;
	size_t rows; /* of the joined keys and values */
};

static void add_mask(const struct attend *a, const struct attend_row *r,
		     double *score)
{
	attention_mask_add(&((const struct self_attention *)a)->mask, r, score);
}

/* Operand X without its zero points ZERO, by column or one for all, and for
 * the weights times the scales. */
static double *load(struct doubles *d, const struct call *c, uint32_t x,
		    uint32_t scale, uint32_t zero)
{
	double *out = doubles_load(d, c, x);
	const struct shape *s = &call_in(c, x)->shape;
	size_t n = tensor_count(call_in(c, x));
	size_t columns = (size_t)s->dim[s->rank - 1];

	for (size_t i = 0; i < n && is_quantized(c->node); i++)
		out[i] = (out[i] - per_line(call_in(c, zero), i % columns, 0)) *
			 per_line(call_in(c, scale), i % columns, 1);
	return out;
}

/* input * weights + bias: [B * S, columns]. */
static double *project(struct doubles *d, const struct call *c)
{
	const struct tensor *bias = call_in(c, 2);
	double *x = load(d, c, 0, 3, 6), *w = load(d, c, 1, 4, 7), *y;
	struct product p;
	size_t n;

	product_make(&p, &call_in(c, 0)->shape, &call_in(c, 1)->shape);
	n = product_count(&p);
	y = doubles_take(d, c, n);
	product_run(&p, x, w, y);
	for (size_t i = 0; i < n && bias; i++)
		y[i] += tensor_double(bias, i % p.n);
	return y;
}

/* Rows of the past in use, and those of the joined keys. */
static bool past_rows(const struct call *c, size_t steps, size_t *past,
		      size_t *rows, struct err *e)
{
	const struct roles *r = roles_of(c->node);
	const struct tensor *t = call_in(c, r->past);
	const struct tensor *length = call_in(c, r->past_length);
	int64_t capacity, used;

	*past = 0;
	*rows = steps;
	if (!t)
		return true;
	capacity = used = t->shape.dim[3];
	if (is_shared(c->node)) {
		if (!length || tensor_count(length) != 1)
			return err_set(e, ERR_SHAPE,
				       "past_present_share_buffer needs "
				       "past_sequence_length");
		used = tensor_int(length, 0);
		if (used < 0 || used > capacity - (int64_t)steps)
			return err_set(e, ERR_SHAPE,
				       "past_sequence_length is %" PRId64
				       ", the buffer holds %" PRId64,
				       used, capacity);
	}
	*past = (size_t)used;
	*rows = is_shared(c->node) ? (size_t)capacity : *past + steps;
	return true;
}

/* Keys (PART 0) or values (1) of all texts, [B, N, rows, SIZE]. */
static double *join(struct doubles *d, const struct call *c,
		    const struct self_attention *s, const double *fresh,
		    size_t columns, size_t part)
{
	const struct attend *a = &s->attend;
	const struct tensor *past = call_in(c, roles_of(c->node)->past);
	size_t size = part ? a->v_size : a->size, steps = a->rows;
	struct attention_cache j = {
		.heads = a->heads,
		.size = size,
		.past = past,
		.present = call_out(c, 1),
		.past_capacity = past ? (size_t)past->shape.dim[3] : 0,
		.present_capacity = s->rows,
		.shared = is_shared(c->node),
		.fresh = fresh,
		.fresh_at = {steps * columns, size, columns},
		.fresh_rows = steps,
	};
	double *all = doubles_take(d, c, a->batch * a->heads * s->rows * size);

	if (past)
		j.past_from = part * tensor_count(past) / 2;
	if (j.present)
		j.present_from = part * tensor_count(j.present) / 2;
	for (size_t b = 0; b < a->batch; b++)
		attention_cache_join(&j, b, s->mask.past, s->rows, all);
	return all;
}

static size_t scratch(const struct call *c)
{
	const struct shape *x = &c->in[0]->type.shape;
	const struct shape *w = &c->in[1]->type.shape;
	size_t p = roles_of(c->node)->past, batch, rows, columns;

	if (!shape_is_known(x) || !shape_is_known(w))
		return 0;
	batch = (size_t)x->dim[0];
	columns = (size_t)w->dim[1];
	rows = (size_t)x->dim[1];
	if (p < c->nin && c->in[p] && shape_is_known(&c->in[p]->type.shape))
		rows += (size_t)c->in[p]->type.shape.dim[3];
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1)) +
	       doubles_of(batch * (size_t)x->dim[1] * columns) +
	       2 * doubles_of(batch * rows * columns) +
	       doubles_of(attend_work(rows, columns));
}

static void fill_mask(struct self_attention *s, const struct call *c)
{
	const struct roles *r = roles_of(c->node);

	s->mask.mask = call_in(c, r->mask);
	s->mask.bias = call_in(c, r->extra);
	s->mask.batch = s->attend.batch;
	s->mask.rows = s->attend.rows;
	s->mask.keys = s->attend.keys;
	s->mask.causal = attr_int(c->node, "unidirectional") != 0;
	s->mask.filter = node_float(c->node, "mask_filter_value", -10000);
	s->attend.bias = add_mask;
}

/* What inference could not see while the past's length was unknown. */
static bool check_mask(const struct self_attention *s, struct err *e)
{
	const struct attention_mask *m = &s->mask;
	int64_t batch = (int64_t)m->batch, rows = (int64_t)m->rows;
	int64_t keys = (int64_t)m->keys;

	return (!m->mask || attention_mask_check(&m->mask->shape, "mask_index",
						 batch, rows, keys, e)) &&
	       (!m->bias ||
		attention_bias_check(&m->bias->shape, batch,
				     (int64_t)s->attend.heads, rows, keys, e));
}

static bool run_attention(const struct call *c, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	size_t columns = (size_t)call_in(c, 1)->shape.dim[1], heads;
	struct self_attention s = {.attend.y = call_out(c, 0)};
	struct attend *a = &s.attend;
	struct doubles d = {0};
	int64_t qk, v;
	double *fresh;

	if (!hidden_sizes(c->node, (int64_t)columns, &qk, &v, e) ||
	    !past_rows(c, (size_t)x->dim[1], &s.mask.past, &s.rows, e))
		return false;
	heads = a->heads = a->kv_heads = (size_t)attr_int(c->node, "num_heads");
	a->batch = (size_t)x->dim[0];
	a->rows = (size_t)x->dim[1];
	a->keys = s.mask.past + a->rows;
	a->size = (size_t)qk / heads;
	a->v_size = (size_t)v / heads;
	a->scale = node_float(c->node, "scale", 0);
	if (a->scale == 0)
		a->scale = 1 / sqrt((double)(a->size ? a->size : 1));
	fill_mask(&s, c);
	if (!check_mask(&s, e))
		return false;
	fresh = project(&d, c);
	a->q = fresh;
	a->q_at = (struct attend_strides){a->rows * columns, a->size, columns};
	a->k = join(&d, c, &s, fresh + qk, columns, 0);
	a->v = join(&d, c, &s, fresh + 2 * qk, columns, 1);
	a->k_at = attend_by_head(heads, s.rows, a->size);
	a->v_at = attend_by_head(heads, s.rows, a->v_size);
	a->y_at = attend_by_row(heads, a->rows, a->v_size);
	a->work = doubles_take(&d, c, attend_work(a->keys, a->v_size));
	attend_run(a);
	return true;
}

static const struct kernel kernels[] = {{.name = "self-attention-ref",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_attention},
					{0}};

#define COMMON_ATTRS                                                          \
	ATTR("do_rotary", INT, NULL), ATTR("mask_filter_value", FLOAT, NULL), \
		ATTR_REQUIRED("num_heads", INT),                              \
		ATTR("past_present_share_buffer", INT, NULL),                 \
		ATTR("scale", FLOAT, NULL), ATTR("unidirectional", INT, "0")

const struct op op_rows_self_attention[] = {
	{.domain = "com.microsoft",
	 .type = "Attention",
	 .since = 1,
	 .in = PARAMS(IN("input", "T", TYPES_BF16_32),
		      IN("weights", "T", TYPES_BF16_32),
		      OPTIONAL("bias", "T", TYPES_BF16_32),
		      OPTIONAL("mask_index", "M", TYPE_BIT(I32)),
		      OPTIONAL("past", "T", TYPES_BF16_32),
		      OPTIONAL("attention_bias", "T", TYPES_BF16_32),
		      OPTIONAL("past_sequence_length", "M", TYPE_BIT(I32))),
	 .out = PARAMS(IN("output", "T", TYPES_BF16_32),
		       OPTIONAL("present", "T", TYPES_BF16_32)),
	 .attrs = ATTRS(COMMON_ATTRS, ATTR("qkv_hidden_sizes", INTS, NULL),
			ATTR("rotary_embedding_dim", INT, NULL)),
	 .infer = infer_attention,
	 .kernels = kernels},
	{.domain = "com.microsoft",
	 .type = "QAttention",
	 .since = 1,
	 .in = PARAMS(IN("input", "T1", TYPES_BYTES),
		      IN("weight", "T2", TYPES_BYTES),
		      IN("bias", "T3", TYPES_F16_32),
		      IN("input_scale", "T3", TYPES_F16_32),
		      IN("weight_scale", "T3", TYPES_F16_32),
		      OPTIONAL("mask_index", "T4", TYPE_BIT(I32)),
		      OPTIONAL("input_zero_point", "T1", TYPES_BYTES),
		      OPTIONAL("weight_zero_point", "T2", TYPES_BYTES),
		      OPTIONAL("past", "T3", TYPES_F16_32)),
	 .out = PARAMS(IN("output", "T3", TYPES_F16_32),
		       OPTIONAL("present", "T3", TYPES_F16_32)),
	 .attrs = ATTRS(COMMON_ATTRS),
	 .infer = infer_attention,
	 .kernels = kernels},
	{0}};
