/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention_run.c -- ai.onnx's Attention: numbers.
 *
 *     score  = softcap((q * sqrt(scale)) . (k * sqrt(scale))) + bias
 *     Y      = softmax(score) V
 *
 * each step rounded to Q's type, softmax first to softmax_precision.  Query i
 * has place p = i + offset among the keys, where offset counts the keys before
 * it: those of the past, or nonpad_kv_seqlen[b] - S.  The bias is attn_mask
 * (false and, since opset 24, what is beyond its end: -inf), and -inf for keys
 * after p if causal, outside of p - left .. p + right, and from
 * nonpad_kv_seqlen[b] on.
 * A query without any key gives zeros.
 */
#include "ops/attention.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "ops/attention_cache.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/op.h"

struct attention {
	struct attend attend;
	struct tensor *qk; /* of stage QK_STAGE; NULL: not wanted */
	enum attend_stage qk_stage;
	const struct tensor *mask, *lengths;
	size_t past;
	bool causal, spreads; /* a mask of one column is for all keys */
	int64_t left, right;  /* -1: no bound */
};

/* ---- bias ---------------------------------------------------------------- */

/* The valid keys of a text, and the place of its first query. */
static int64_t valid_keys(const struct attention *m, size_t batch)
{
	return m->lengths ? tensor_int(m->lengths, batch)
			  : (int64_t)m->attend.keys;
}

static int64_t offset_of(const struct attention *m, size_t batch)
{
	return m->lengths ? valid_keys(m, batch) - (int64_t)m->attend.rows
			  : (int64_t)m->past;
}

/* Where the mask has the keys of query R. */
static size_t mask_row(const struct tensor *t, const struct attend_row *r)
{
	size_t index[3] = {r->batch, r->head, r->row}, at = 0;
	const struct shape *s = &t->shape;

	for (int32_t i = 0; i + 1 < s->rank; i++) {
		size_t k = s->dim[i] == 1 ? 0 : index[i + 4 - s->rank];

		at = at * (size_t)s->dim[i] + k;
	}
	return at * (size_t)s->dim[s->rank - 1];
}

static double mask_bias(const struct attention *m, size_t at, size_t j)
{
	const struct tensor *t = m->mask;
	int64_t width = t->shape.dim[t->shape.rank - 1];

	if (m->spreads && width == 1)
		j = 0;
	if (j >= (size_t)width)
		return -INFINITY;
	if (t->dtype == DTYPE_BOOL)
		return tensor_int(t, at + j) ? 0 : -INFINITY;
	return tensor_double(t, at + j);
}

static void add_bias(const struct attend *a, const struct attend_row *r,
		     double *score)
{
	const struct attention *m = (const struct attention *)a;
	int64_t valid = valid_keys(m, r->batch);
	int64_t place = (int64_t)r->row + offset_of(m, r->batch);
	size_t at = m->mask ? mask_row(m->mask, r) : 0;
	bool some = false;

	for (size_t j = 0; j < a->keys; j++) {
		int64_t k = (int64_t)j;
		double bias = m->mask ? mask_bias(m, at, j) : 0;

		if (k >= valid || (m->causal && k > place) ||
		    (m->left >= 0 && place - k > m->left) ||
		    (m->right >= 0 && k - place > m->right))
			bias = -INFINITY;
		some = some || bias != -INFINITY;
		score[j] += bias;
	}
	/* Infinite products do not bring a masked query back. */
	for (size_t j = 0; j < a->keys && !some; j++)
		score[j] = -INFINITY;
}

static void keep_scores(const struct attend *a, const struct attend_row *r,
			enum attend_stage stage, const double *score)
{
	const struct attention *m = (const struct attention *)a;

	if (stage == m->qk_stage)
		element_store(
			m->qk->dtype, tensor_mut(m->qk),
			((r->batch * a->heads + r->head) * a->rows + r->row) *
				a->keys,
			a->keys, score);
}

/* ---- operands ------------------------------------------------------------ */

static bool call_dims(const struct call *c, struct attention_dims *d,
		      struct err *e)
{
	const struct shape *s[ATTENTION_OPERANDS] = {NULL};

	for (uint32_t i = 0; i < ATTENTION_OPERANDS && i < c->nin; i++)
		if (c->in[i])
			s[i] = &c->in[i]->type.shape;
	return attention_dims_of(d, c->node, s, e);
}

size_t attention_scratch(const struct call *c)
{
	struct attention_dims d;
	struct err ignored;
	size_t rows, bytes = 0, kv;

	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] && !shape_is_known(&c->in[i]->type.shape))
			return 0;
	if (!call_dims(c, &d, &ignored))
		return 0;
	rows = (size_t)(d.past + d.fresh);
	kv = (size_t)(d.batch * d.kv_heads);
	for (uint32_t i = ATTENTION_Q; i <= ATTENTION_V; i++)
		bytes += doubles_of(count_in(c, i));
	return bytes + doubles_of(kv * rows * (size_t)d.size) +
	       doubles_of(kv * rows * (size_t)d.v_size) +
	       doubles_of(attend_work_of(c, (size_t)d.rows, rows,
					 (size_t)d.size, (size_t)d.v_size));
}

/*
 * The keys (or values) of all steps.  Present keys are not scaled, so the
 * cache is joined first.
 */
static double *join(struct doubles *d, const struct call *c,
		    const struct attention *m, const struct attention_dims *g,
		    bool values)
{
	const struct attend *a = &m->attend;
	size_t size = values ? a->v_size : a->size;
	size_t fresh = (size_t)g->fresh;
	uint32_t past = values ? ATTENTION_PAST_VALUE : ATTENTION_PAST_KEY;
	struct attention_cache j = {
		.heads = a->kv_heads,
		.size = size,
		.past = call_in(c, past),
		.present = call_out(c, values ? 2 : 1),
		.past_capacity = m->past,
		.present_capacity = a->keys,
		.fresh = doubles_load(d, c, values ? ATTENTION_V : ATTENTION_K),
		.fresh_at = g->by_head
				    ? attend_by_head(a->kv_heads, fresh, size)
				    : attend_by_row(a->kv_heads, fresh, size),
		.fresh_rows = fresh,
	};
	double *all = doubles_take(d, c,
				   a->batch * a->kv_heads * a->keys * size);

	for (size_t b = 0; b < a->batch; b++)
		attention_cache_join(&j, b, m->past, a->keys, all);
	return all;
}

static void scale_all(enum dtype t, double *x, size_t n, double factor)
{
	for (size_t i = 0; i < n; i++)
		x[i] *= factor;
	attend_round(t, x, n);
}

static void load_all(struct attention *m, const struct call *c,
		     const struct attention_dims *g, struct doubles *d)
{
	struct attend *a = &m->attend;
	enum dtype t = call_in(c, ATTENTION_Q)->dtype;
	double scale = node_float(c->node, "scale", 0), factor;
	size_t keys = a->batch * a->kv_heads * a->keys * a->size;
	double *q = doubles_load(d, c, ATTENTION_Q);
	double *k = join(d, c, m, g, false);

	if (!attr_given(c->node, "scale"))
		scale = 1 / sqrt((double)(a->size ? a->size : 1));
	factor = sqrt(scale);
	attend_round(t, &factor, 1);
	scale_all(t, q, tensor_count(call_in(c, ATTENTION_Q)), factor);
	scale_all(t, k, keys, factor);
	a->scale = 1;
	a->q = q;
	a->k = k;
	a->v = join(d, c, m, g, true);
	a->q_at = g->by_head ? attend_by_head(a->heads, a->rows, a->size)
			     : attend_by_row(a->heads, a->rows, a->size);
	a->y_at = g->by_head ? attend_by_head(a->heads, a->rows, a->v_size)
			     : attend_by_row(a->heads, a->rows, a->v_size);
	a->k_at = attend_by_head(a->kv_heads, a->keys, a->size);
	a->v_at = attend_by_head(a->kv_heads, a->keys, a->v_size);
	a->work = doubles_take(
		d, c, attend_work_of(c, a->rows, a->keys, a->size, a->v_size));
}

/* ---- running ------------------------------------------------------------- */

static void fill_sizes(struct attention *m, const struct attention_dims *g)
{
	struct attend *a = &m->attend;

	m->past = (size_t)g->past;
	a->batch = (size_t)g->batch;
	a->heads = (size_t)g->heads;
	a->kv_heads = (size_t)g->kv_heads;
	a->rows = (size_t)g->rows;
	a->keys = (size_t)(g->past + g->fresh);
	a->size = (size_t)g->size;
	a->v_size = (size_t)g->v_size;
}

static void fill(struct attention *m, const struct call *c)
{
	struct attend *a = &m->attend;
	const struct node *n = c->node;
	bool windows = n->op->since >= 25;

	a->y = call_out(c, 0);
	a->step = a->soft = call_in(c, ATTENTION_Q)->dtype;
	if (attr_given(n, "softmax_precision"))
		a->soft = dtype_from_onnx(attr_int(n, "softmax_precision"));
	a->softcap = (double)attr_float(n, "softcap");
	a->bias = add_bias;
	m->mask = call_in(c, ATTENTION_MASK);
	m->lengths = call_in(c, ATTENTION_LENGTHS);
	m->causal = attr_int(n, "is_causal") != 0;
	m->spreads = n->op->since < 24;
	m->left = windows ? attr_int(n, "left_window_size") : -1;
	m->right = windows ? attr_int(n, "right_window_size") : -1;
	m->qk = c->nout > 3 ? call_out(c, 3) : NULL;
	m->qk_stage = (enum attend_stage)attr_int(n, "qk_matmul_output_mode");
	if (m->qk)
		a->see = keep_scores;
}

static bool check_lengths(const struct attention *m, struct err *e)
{
	for (size_t b = 0; m->lengths && b < m->attend.batch; b++) {
		int64_t n = tensor_int(m->lengths, b);

		if (n < 0 || n > (int64_t)m->attend.keys)
			return err_set(e, ERR_SHAPE,
				       "nonpad_kv_seqlen[%zu] is %" PRId64
				       ", there are %zu keys",
				       b, n, m->attend.keys);
	}
	return true;
}

bool attention_f32_accepts(const struct call *c)
{
	const uint32_t floats[] = {ATTENTION_Q, ATTENTION_K, ATTENTION_V,
				   ATTENTION_PAST_KEY, ATTENTION_PAST_VALUE};
	int64_t soft = attr_given(c->node, "softmax_precision")
			       ? attr_int(c->node, "softmax_precision")
			       : 1; /* FLOAT */

	for (size_t i = 0; i < COUNT_OF(floats); i++)
		if (call_in(c, floats[i]) &&
		    call_in(c, floats[i])->dtype != DTYPE_F32)
			return false;
	return dtype_from_onnx(soft) == DTYPE_F32 && call_out(c, 0) &&
	       !call_out(c, 3);
}

bool attention_run(const struct call *c, struct err *e)
{
	struct attention m = {.attend.y = NULL};
	struct attention_dims g;
	struct doubles d = {0};

	if (!call_dims(c, &g, e))
		return false;
	fill_sizes(&m, &g);
	fill(&m, c);
	if (!check_lengths(&m, e))
		return false;
	load_all(&m, c, &g, &d);
	if (attend_is_f32(c))
		attend_f32_run(&m.attend);
	else
		attend_run(&m.attend);
	return true;
}
