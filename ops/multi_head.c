/* SPDX-License-Identifier: Apache-2.0 */
/* ops/multi_head.c -- com.microsoft's MultiHeadAttention.
 *
 * Of B texts, S queries, L keys, N heads of H (values: H_v) numbers, with P
 * keys of the past, T = P + L:
 *
 *     query [B, S, N H]      key [B, L, N H]         value [B, L, N H_v]
 *     query [B, S, N, 3, H]: all three
 *     query [B, S, N H]      key [B, L, N, 2, H]: keys and values
 *     query [B, S, N H]      key, value [B, N, L, H]: past and all, nothing to
 *                            add
 *     past and present [B, N, P or T, H]             bias N H + N H + N H_v
 *
 * With past_sequence_length the past has a larger capacity, which the present
 * keeps.  cache_indirection (beams that exchange their past) is refused.
 */
#include "ops/multi_head.h"

#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "graph/symbol.h"
#include "ops/attention_cache.h"
#include "ops/attention_mask.h"
#include "ops/doubles.h"

/* ---- inference ---------------------------------------------------------- */

static void set_results(struct infer *c, const struct multi_head_dims *g,
			int64_t keys)
{
	struct shape y = SHAPE(g->batch, g->rows,
			       g->v_size < 0 ? DIM_UNKNOWN
					     : g->v_size * g->heads);
	struct shape k = SHAPE(g->batch, g->heads, keys, g->size);
	struct shape v = SHAPE(g->batch, g->heads, keys, g->v_size);
	struct shape qk = SHAPE(g->batch, g->heads, g->rows, keys);
	const struct shape *all[] = {&y, &k, &v, &qk};

	if (infer_has(c, MULTI_HEAD_LENGTH) &&
	    infer_has(c, MULTI_HEAD_PAST_KEY)) {
		k.dim[2] = v.dim[2] = g->past;
		qk.dim[3] = DIM_UNKNOWN;
	}
	for (uint32_t i = 0; i < c->node->nout && i < 4; i++)
		infer_set(c, i, infer_dtype(c, 0), all[i]);
}

static bool infer_multi_head(struct infer *c, struct err *e)
{
	struct shape any = {.rank = RANK_UNKNOWN};
	const struct shape *s[MULTI_HEAD_LENGTH] = {NULL};
	struct multi_head_dims g;
	int64_t keys;
	bool known = true;

	if (infer_has(c, MULTI_HEAD_BEAMS))
		return err_set(e, ERR_UNSUPPORTED, "cache_indirection");
	for (uint32_t i = 0; i < MULTI_HEAD_LENGTH; i++)
		if (infer_has(c, i)) {
			s[i] = infer_shape(c, i);
			known = known && s[i]->rank >= 0;
		}
	if (!known) {
		for (uint32_t i = 0; i < c->node->nout; i++)
			infer_set(c, i, infer_dtype(c, 0), &any);
		return true;
	}
	if (!multi_head_dims_of(&g, c->node, s, e))
		return false;
	keys = dim_add(&c->model->symbols, g.past, g.fresh);
	if (infer_has(c, MULTI_HEAD_LENGTH) &&
	    infer_has(c, MULTI_HEAD_PAST_KEY))
		keys = DIM_UNKNOWN;
	else if (c->node->nout > 3 && keys < 0)
		keys = DIM_UNKNOWN;
	if (!attention_mask_check(infer_shape(c, MULTI_HEAD_MASK),
				  "key_padding_mask", g.batch, g.rows,
				  keys < 0 ? -1 : keys, e) ||
	    !attention_bias_check(infer_shape(c, MULTI_HEAD_EXTRA), g.batch,
				  g.heads, g.rows, keys < 0 ? -1 : keys, e))
		return false;
	set_results(c, &g, keys);
	return true;
}

/* ---- numbers ------------------------------------------------------------ */

struct multi_head {
	struct attend attend;
	struct attention_mask mask;
	struct tensor *qk;
	size_t rows; /* of the joined keys and values */
};

static void add_mask(const struct attend *a, const struct attend_row *r,
		     double *score)
{
	attention_mask_add(&((const struct multi_head *)a)->mask, r, score);
}

static void keep_scores(const struct attend *a, const struct attend_row *r,
			enum attend_stage stage, const double *score)
{
	struct tensor *t = ((const struct multi_head *)a)->qk;

	if (stage == ATTEND_SCORES)
		element_store(
			t->dtype, tensor_mut(t),
			((r->batch * a->heads + r->head) * a->rows + r->row) *
				a->keys,
			a->keys, score);
}

/* Operand I with its part of the bias added, for vectors of WIDTH numbers of
 * which PART of PARTS at a time belong to one tensor. */
static double *load(struct doubles *d, const struct call *c,
		    const struct multi_head_dims *g, uint32_t i)
{
	const struct tensor *bias = call_in(c, MULTI_HEAD_BIAS);
	const struct shape *s = &call_in(c, i)->shape;
	size_t n = tensor_count(call_in(c, i)), heads = (size_t)g->heads;
	size_t qk = heads * (size_t)g->size,
	       from = i == MULTI_HEAD_KEY ? qk : 2 * qk;
	double *x = doubles_load(d, c, i);

	for (size_t k = 0; k < n && bias && s->rank == 3; k++)
		x[k] += tensor_double(bias, (i == MULTI_HEAD_QUERY ? 0 : from) +
						    k % (size_t)s->dim[2]);
	/* Packed: [..., N, parts, H]. */
	for (size_t k = 0; k < n && bias && s->rank == 5; k++) {
		size_t parts = (size_t)s->dim[3], size = (size_t)s->dim[4];
		size_t part = k / size % parts + (i == MULTI_HEAD_KEY);
		size_t head = k / size / parts % heads;

		x[k] += tensor_double(bias, part * qk + head * size + k % size);
	}
	return x;
}

/* Where vectors of operand I with SIZE numbers lie. */
static struct attend_strides strides_of(const struct call *c,
					const struct multi_head_dims *g,
					uint32_t i, size_t size)
{
	const struct shape *s = &call_in(c, i)->shape;
	size_t heads = (size_t)g->heads;

	if (s->rank == 5) {
		size_t vector = (size_t)s->dim[3] * size, row = heads * vector;

		return (struct attend_strides){(size_t)s->dim[1] * row, vector,
					       row};
	}
	return s->rank == 4 ? attend_by_head(heads, (size_t)s->dim[2], size)
			    : attend_by_row(heads, (size_t)s->dim[1], size);
}

/* Keys or values of the past (operand PAST) and new ones. */
static double *join(struct doubles *d, const struct call *c,
		    const struct multi_head *m, uint32_t past, size_t fresh,
		    const double *x, const struct attend_strides *at)
{
	const struct attend *a = &m->attend;
	const struct tensor *t = call_in(c, past);
	struct attention_cache j = {
		.heads = a->heads,
		.size = past == MULTI_HEAD_PAST_KEY ? a->size : a->v_size,
		.past = t,
		.present = call_out(c, past == MULTI_HEAD_PAST_KEY ? 1 : 2),
		.past_capacity = t ? (size_t)t->shape.dim[2] : 0,
		.present_capacity = m->rows,
		.shared = call_in(c, MULTI_HEAD_LENGTH) != NULL,
		.fresh = x,
		.fresh_at = *at,
		.fresh_rows = fresh,
	};
	double *all = doubles_take(d, c,
				   a->batch * a->heads * m->rows * j.size);

	for (size_t b = 0; b < a->batch; b++)
		attention_cache_join(&j, b, m->mask.past, m->rows, all);
	return all;
}

static bool call_geometry(const struct call *c, struct multi_head_dims *g,
			  struct err *e)
{
	const struct shape *s[MULTI_HEAD_LENGTH] = {NULL};

	for (uint32_t i = 0; i < MULTI_HEAD_LENGTH && i < c->nin; i++)
		if (c->in[i])
			s[i] = &c->in[i]->type.shape;
	return multi_head_dims_of(g, c->node, s, e);
}

static size_t scratch(const struct call *c)
{
	struct multi_head_dims g;
	struct err ignored;
	size_t rows, bytes = 0;

	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] && !shape_is_known(&c->in[i]->type.shape))
			return 0;
	if (!call_geometry(c, &g, &ignored))
		return 0;
	rows = (size_t)(g.past + g.fresh);
	for (uint32_t i = MULTI_HEAD_QUERY; i <= MULTI_HEAD_VALUE; i++)
		bytes += doubles_of(count_in(c, i));
	return bytes + doubles_of((size_t)(g.batch * g.heads * g.size) * rows) +
	       doubles_of((size_t)(g.batch * g.heads * g.v_size) * rows) +
	       doubles_of(attend_work_of(c, (size_t)g.rows, rows,
					 (size_t)g.size, (size_t)g.v_size));
}

/* Keys in use, and of the joined ones. */
static bool count_keys(struct multi_head *m, const struct call *c,
		       const struct multi_head_dims *g, struct err *e)
{
	const struct tensor *length = call_in(c, MULTI_HEAD_LENGTH);
	int64_t past = g->past;

	m->rows = (size_t)(past + g->fresh);
	if (length && call_in(c, MULTI_HEAD_PAST_KEY)) {
		past = tensor_count(length) == 1 ? tensor_int(length, 0) : -1;
		if (past < 0 || past > g->past - g->fresh)
			return err_set(e, ERR_SHAPE,
				       "past_sequence_length is %" PRId64
				       ", the buffer holds %" PRId64,
				       past, g->past);
		m->rows = (size_t)g->past;
	}
	m->mask.past = (size_t)past;
	m->attend.keys = (size_t)(past + g->fresh);
	return true;
}

static bool fill(struct multi_head *m, const struct call *c,
		 const struct multi_head_dims *g, struct err *e)
{
	struct attend *a = &m->attend;

	a->y = call_out(c, 0);
	a->batch = (size_t)g->batch;
	a->heads = a->kv_heads = (size_t)g->heads;
	a->rows = (size_t)g->rows;
	a->size = (size_t)g->size;
	a->v_size = (size_t)g->v_size;
	a->scale = node_float(c->node, "scale", 0);
	if (a->scale == 0)
		a->scale = 1 / sqrt((double)(a->size ? a->size : 1));
	a->bias = add_mask;
	m->mask.mask = call_in(c, MULTI_HEAD_MASK);
	m->mask.bias = call_in(c, MULTI_HEAD_EXTRA);
	m->mask.batch = a->batch;
	m->mask.rows = a->rows;
	m->mask.causal = attr_int(c->node, "unidirectional") != 0;
	m->mask.filter = node_float(c->node, "mask_filter_value", -10000);
	if (!count_keys(m, c, g, e))
		return false;
	m->mask.keys = a->keys;
	return (!m->mask.mask ||
		attention_mask_check(&m->mask.mask->shape, "key_padding_mask",
				     g->batch, g->rows, (int64_t)a->keys, e)) &&
	       (!m->mask.bias ||
		attention_bias_check(&m->mask.bias->shape, g->batch, g->heads,
				     g->rows, (int64_t)a->keys, e));
}

/* Set Q, and the joined K and V. */
static void load_all(struct multi_head *m, const struct call *c,
		     const struct multi_head_dims *g, struct doubles *d)
{
	struct attend *a = &m->attend;
	uint32_t ki = g->packed_qkv ? MULTI_HEAD_QUERY : MULTI_HEAD_KEY;
	uint32_t vi = g->packed_qkv  ? MULTI_HEAD_QUERY
		      : g->packed_kv ? MULTI_HEAD_KEY
				     : MULTI_HEAD_VALUE;
	const double *k, *v, *q = load(d, c, g, MULTI_HEAD_QUERY);
	struct attend_strides at = strides_of(c, g, ki, a->size);
	size_t fresh = (size_t)g->fresh, size = a->size;

	k = ki == MULTI_HEAD_QUERY ? q + size : load(d, c, g, MULTI_HEAD_KEY);
	v = vi == MULTI_HEAD_QUERY ? q + 2 * size
	    : vi == MULTI_HEAD_KEY ? k + size
				   : load(d, c, g, MULTI_HEAD_VALUE);
	a->q = q;
	a->q_at = strides_of(c, g, MULTI_HEAD_QUERY, a->size);
	a->k = join(d, c, m, MULTI_HEAD_PAST_KEY, fresh, k, &at);
	at = strides_of(c, g, vi, a->v_size);
	a->v = join(d, c, m, MULTI_HEAD_PAST_VALUE, fresh, v, &at);
	a->k_at = attend_by_head(a->heads, m->rows, a->size);
	a->v_at = attend_by_head(a->heads, m->rows, a->v_size);
	a->y_at = attend_by_row(a->heads, a->rows, a->v_size);
	a->work = doubles_take(
		d, c, attend_work_of(c, a->rows, a->keys, a->size, a->v_size));
}

static bool run_multi_head(const struct call *c, struct err *e)
{
	struct multi_head m = {.attend.y = NULL};
	struct doubles d = {0};
	struct multi_head_dims g;

	if (!call_geometry(c, &g, e) || !fill(&m, c, &g, e))
		return false;
	m.qk = call_out(c, 3);
	if (m.qk)
		m.attend.see = keep_scores;
	load_all(&m, c, &g, &d);
	if (attend_is_f32(c))
		attend_f32_run(&m.attend);
	else
		attend_run(&m.attend);
	return true;
}

static bool f32_accepts(const struct call *c)
{
	for (uint32_t i = MULTI_HEAD_QUERY; i <= MULTI_HEAD_BIAS; i++)
		if (call_in(c, i) && call_in(c, i)->dtype != DTYPE_F32)
			return false;
	return call_out(c, 0) && !call_out(c, 3);
}

static const struct kernel kernels[] = {{.name = "multi-head-ref",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_multi_head},
					{.name = "multi-head-f32-blas",
					 .engine = "blas",
					 .accepts = f32_accepts,
					 .scratch = scratch,
					 .run = run_multi_head},
					{0}};

#define T TYPES_BF16_32

const struct op op_rows_multi_head[] = {
	{.domain = "com.microsoft",
	 .type = "MultiHeadAttention",
	 .since = 1,
	 .in = PARAMS(IN("query", "T", T), OPTIONAL("key", "T", T),
		      OPTIONAL("value", "T", T), OPTIONAL("bias", "T", T),
		      OPTIONAL("key_padding_mask", "M", TYPE_BIT(I32)),
		      OPTIONAL("attention_bias", "T", T),
		      OPTIONAL("past_key", "T", T),
		      OPTIONAL("past_value", "T", T),
		      OPTIONAL("past_sequence_length", "M", TYPE_BIT(I32)),
		      OPTIONAL("cache_indirection", "M", TYPE_BIT(I32))),
	 .out = PARAMS(IN("output", "T", T), OPTIONAL("present_key", "T", T),
		       OPTIONAL("present_value", "T", T),
		       OPTIONAL("qk", "QK", T)),
	 .attrs = ATTRS(ATTR("mask_filter_value", FLOAT, NULL),
			ATTR_REQUIRED("num_heads", INT),
			ATTR("scale", FLOAT, NULL),
			ATTR("unidirectional", INT, "0")),
	 .infer = infer_multi_head,
	 .kernels = kernels},
	{0}};
