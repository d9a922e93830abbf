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
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "graph/symbol.h"
#include "ops/attention_cache.h"
#include "ops/attention_mask.h"
#include "ops/doubles.h"

enum {
	QUERY,
	KEY,
	VALUE,
	BIAS,
	MASK,
	EXTRA,
	PAST_KEY,
	PAST_VALUE,
	LENGTH,
	BEAMS
};

/* Dims, -1 where unknown; the same of a call, where all are known. */
struct geometry {
	int64_t batch, heads, rows, size, v_size;
	int64_t fresh; /* keys that are new */
	int64_t past;  /* keys of the past, or its capacity */
	bool packed_qkv, packed_kv, by_head;
};

static bool unlike(int64_t a, int64_t b)
{
	return a >= 0 && b >= 0 && a != b;
}

static bool bad_shape(uint32_t i, const char *what, struct err *e)
{
	static const char *const names[] = {"query",	"key",	     "value",
					    "bias",	"",	     "",
					    "past_key", "past_value"};

	return err_set(e, ERR_SHAPE, "'%s' %s", names[i], what);
}

static bool query_dims(struct geometry *g, const struct shape *q, bool alone,
		       struct err *e)
{
	g->packed_qkv = q->rank == 5;
	if (q->rank != 3 && q->rank != 5)
		return bad_shape(QUERY, "has neither rank 3 nor 5", e);
	if (alone != g->packed_qkv)
		return bad_shape(KEY,
				 g->packed_qkv ? "beside a packed query"
					       : "is missing",
				 e);
	g->batch = q->dim[0];
	g->rows = q->dim[1];
	if (g->packed_qkv) {
		if (unlike(q->dim[2], g->heads) || unlike(q->dim[3], 3))
			return bad_shape(QUERY, "is not [B, S, N, 3, H]", e);
		g->size = g->v_size = q->dim[4];
		g->fresh = g->rows;
		return true;
	}
	if (q->dim[2] >= 0 && q->dim[2] % g->heads)
		return bad_shape(QUERY, "does not divide into heads", e);
	g->size = q->dim[2] < 0 ? DIM_UNKNOWN : q->dim[2] / g->heads;
	return true;
}

static bool key_dims(struct geometry *g, const struct shape *k, struct err *e)
{
	int32_t rank = k->rank;
	bool fits = !unlike(k->dim[0], g->batch);

	g->packed_kv = rank == 5;
	g->by_head = rank == 4;
	if (rank == 3) {
		g->fresh = k->dim[1];
		fits = fits &&
		       (g->size < 0 || !unlike(k->dim[2], g->size * g->heads));
	} else if (rank == 4) {
		g->fresh = k->dim[2];
		fits = fits && !unlike(k->dim[1], g->heads) &&
		       !unlike(k->dim[3], g->size);
	} else if (rank == 5) {
		g->fresh = k->dim[1];
		g->v_size = k->dim[4];
		fits = fits && !unlike(k->dim[2], g->heads) &&
		       !unlike(k->dim[3], 2) && !unlike(k->dim[4], g->size);
	} else {
		fits = false;
	}
	return fits || bad_shape(KEY, "does not fit the query", e);
}

static bool value_dims(struct geometry *g, const struct shape *v, struct err *e)
{
	bool fits = v->rank == (g->by_head ? 4 : 3) &&
		    !unlike(v->dim[0], g->batch) &&
		    !unlike(v->dim[g->by_head ? 2 : 1], g->fresh);

	if (!fits)
		return bad_shape(VALUE, "does not fit the key", e);
	if (g->by_head) {
		if (unlike(v->dim[1], g->heads))
			return bad_shape(VALUE, "does not fit the key", e);
		g->v_size = v->dim[3];
	} else if (v->dim[2] >= 0) {
		if (v->dim[2] % g->heads)
			return bad_shape(VALUE, "does not divide into heads",
					 e);
		g->v_size = v->dim[2] / g->heads;
	}
	return true;
}

static bool past_dims(struct geometry *g, const struct shape *p, uint32_t i,
		      struct err *e)
{
	int64_t size = i == PAST_KEY ? g->size : g->v_size;

	if (p->rank != 4 || unlike(p->dim[0], g->batch) ||
	    unlike(p->dim[1], g->heads) || unlike(p->dim[3], size) ||
	    (i == PAST_VALUE && unlike(p->dim[2], g->past)))
		return bad_shape(i, "does not fit query and key", e);
	g->past = p->dim[2];
	return true;
}

/* S[i]: shapes of operands, NULL if left out; ranks are known. */
static bool geometry_of(struct geometry *g, const struct node *n,
			const struct shape *const *s, struct err *e)
{
	*g = (struct geometry){
		-1,   attr_int(n, "num_heads"), -1, -1, -1, -1, 0, false, false,
		false};
	if (g->heads < 1)
		return err_set(e, ERR_SHAPE,
			       "num_heads is %" PRId64 ", want 1 or more",
			       g->heads);
	if (!query_dims(g, s[QUERY], !s[KEY], e) ||
	    (s[KEY] && !key_dims(g, s[KEY], e)))
		return false;
	if (!s[VALUE] != (g->packed_qkv || g->packed_kv))
		return bad_shape(
			VALUE, s[VALUE] ? "beside a packed key" : "is missing",
			e);
	if (s[VALUE] && !value_dims(g, s[VALUE], e))
		return false;
	if (!s[PAST_KEY] != !s[PAST_VALUE])
		return bad_shape(PAST_KEY, "goes with past_value", e);
	if (s[PAST_KEY] && g->by_head)
		return bad_shape(PAST_KEY, "beside a key that holds it", e);
	for (uint32_t i = PAST_KEY; i <= PAST_VALUE; i++)
		if (s[i] && !past_dims(g, s[i], i, e))
			return false;
	if (s[BIAS] &&
	    (s[BIAS]->rank != 1 ||
	     (g->size >= 0 && g->v_size >= 0 &&
	      unlike(s[BIAS]->dim[0], g->heads * (2 * g->size + g->v_size)))))
		return bad_shape(BIAS, "does not fit Q, K and V", e);
	return true;
}

/* ---- inference ---------------------------------------------------------- */

static void set_results(struct infer *c, const struct geometry *g, int64_t keys)
{
	struct shape y = SHAPE(g->batch, g->rows,
			       g->v_size < 0 ? DIM_UNKNOWN
					     : g->v_size * g->heads);
	struct shape k = SHAPE(g->batch, g->heads, keys, g->size);
	struct shape v = SHAPE(g->batch, g->heads, keys, g->v_size);
	struct shape qk = SHAPE(g->batch, g->heads, g->rows, keys);
	const struct shape *all[] = {&y, &k, &v, &qk};

	if (infer_has(c, LENGTH) && infer_has(c, PAST_KEY)) {
		k.dim[2] = v.dim[2] = g->past;
		qk.dim[3] = DIM_UNKNOWN;
	}
	for (uint32_t i = 0; i < c->node->nout && i < 4; i++)
		infer_set(c, i, infer_dtype(c, 0), all[i]);
}

static bool infer_multi_head(struct infer *c, struct err *e)
{
	struct shape any = {.rank = RANK_UNKNOWN};
	const struct shape *s[LENGTH] = {NULL};
	struct geometry g;
	int64_t keys;
	bool known = true;

	if (infer_has(c, BEAMS))
		return err_set(e, ERR_UNSUPPORTED, "cache_indirection");
	for (uint32_t i = 0; i < LENGTH; i++)
		if (infer_has(c, i)) {
			s[i] = infer_shape(c, i);
			known = known && s[i]->rank >= 0;
		}
	if (!known) {
		for (uint32_t i = 0; i < c->node->nout; i++)
			infer_set(c, i, infer_dtype(c, 0), &any);
		return true;
	}
	if (!geometry_of(&g, c->node, s, e))
		return false;
	keys = dim_add(&c->model->symbols, g.past, g.fresh);
	if (infer_has(c, LENGTH) && infer_has(c, PAST_KEY))
		keys = DIM_UNKNOWN;
	else if (c->node->nout > 3 && keys < 0)
		keys = DIM_UNKNOWN;
	if (!attention_mask_check(infer_shape(c, MASK), "key_padding_mask",
				  g.batch, g.rows, keys < 0 ? -1 : keys, e) ||
	    !attention_bias_check(infer_shape(c, EXTRA), g.batch, g.heads,
				  g.rows, keys < 0 ? -1 : keys, e))
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
		    const struct geometry *g, uint32_t i)
{
	const struct tensor *bias = call_in(c, BIAS);
	const struct shape *s = &call_in(c, i)->shape;
	size_t n = tensor_count(call_in(c, i)), heads = (size_t)g->heads;
	size_t qk = heads * (size_t)g->size, from = i == KEY ? qk : 2 * qk;
	double *x = doubles_load(d, c, i);

	for (size_t k = 0; k < n && bias && s->rank == 3; k++)
		x[k] += tensor_double(bias, (i == QUERY ? 0 : from) +
						    k % (size_t)s->dim[2]);
	/* Packed: [..., N, parts, H]. */
	for (size_t k = 0; k < n && bias && s->rank == 5; k++) {
		size_t parts = (size_t)s->dim[3], size = (size_t)s->dim[4];
		size_t part = k / size % parts + (i == KEY);
		size_t head = k / size / parts % heads;

		x[k] += tensor_double(bias, part * qk + head * size + k % size);
	}
	return x;
}

/* Where vectors of operand I with SIZE numbers lie. */
static struct attend_strides strides_of(const struct call *c,
					const struct geometry *g, uint32_t i,
					size_t size)
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
		.size = past == PAST_KEY ? a->size : a->v_size,
		.past = t,
		.present = call_out(c, past == PAST_KEY ? 1 : 2),
		.past_capacity = t ? (size_t)t->shape.dim[2] : 0,
		.present_capacity = m->rows,
		.shared = call_in(c, LENGTH) != NULL,
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

static bool call_geometry(const struct call *c, struct geometry *g,
			  struct err *e)
{
	const struct shape *s[LENGTH] = {NULL};

	for (uint32_t i = 0; i < LENGTH && i < c->nin; i++)
		if (c->in[i])
			s[i] = &c->in[i]->type.shape;
	return geometry_of(g, c->node, s, e);
}

static size_t scratch(const struct call *c)
{
	struct geometry g;
	struct err ignored;
	size_t rows, bytes = 0;

	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] && !shape_is_known(&c->in[i]->type.shape))
			return 0;
	if (!call_geometry(c, &g, &ignored))
		return 0;
	rows = (size_t)(g.past + g.fresh);
	for (uint32_t i = QUERY; i <= VALUE; i++)
		bytes += doubles_of(count_in(c, i));
	return bytes + doubles_of((size_t)(g.batch * g.heads * g.size) * rows) +
	       doubles_of((size_t)(g.batch * g.heads * g.v_size) * rows) +
	       doubles_of(attend_work_of(c, (size_t)g.rows, rows,
					 (size_t)g.size, (size_t)g.v_size));
}

/* Keys in use, and of the joined ones. */
static bool count_keys(struct multi_head *m, const struct call *c,
		       const struct geometry *g, struct err *e)
{
	const struct tensor *length = call_in(c, LENGTH);
	int64_t past = g->past;

	m->rows = (size_t)(past + g->fresh);
	if (length && call_in(c, PAST_KEY)) {
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
		 const struct geometry *g, struct err *e)
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
	m->mask.mask = call_in(c, MASK);
	m->mask.bias = call_in(c, EXTRA);
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
		     const struct geometry *g, struct doubles *d)
{
	struct attend *a = &m->attend;
	uint32_t ki = g->packed_qkv ? QUERY : KEY;
	uint32_t vi = g->packed_qkv ? QUERY : g->packed_kv ? KEY : VALUE;
	const double *k, *v, *q = load(d, c, g, QUERY);
	struct attend_strides at = strides_of(c, g, ki, a->size);
	size_t fresh = (size_t)g->fresh, size = a->size;

	k = ki == QUERY ? q + size : load(d, c, g, KEY);
	v = vi == QUERY ? q + 2 * size
	    : vi == KEY ? k + size
			: load(d, c, g, VALUE);
	a->q = q;
	a->q_at = strides_of(c, g, QUERY, a->size);
	a->k = join(d, c, m, PAST_KEY, fresh, k, &at);
	at = strides_of(c, g, vi, a->v_size);
	a->v = join(d, c, m, PAST_VALUE, fresh, v, &at);
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
	struct geometry g;

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
	for (uint32_t i = QUERY; i <= BIAS; i++)
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
