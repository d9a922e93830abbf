/* SPDX-License-Identifier: Apache-2.0 */
/* ops/group_query_run.c -- the kernel of GroupQueryAttention. */
#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "ops/attention_cache.h"
#include "ops/attention_mask.h"
#include "ops/doubles.h"
#include "ops/group_query.h"
#include "ops/moments.h"
#include "ops/op.h"
#include "ops/rotary.h"

struct group_query {
	struct attend attend;
	struct attention_mask mask; /* the bias alone */
	struct gqa_shape g;
	const struct call *call;
	bool prompt, causal;
	int64_t window;
	size_t rows; /* of the joined keys and values */
};

/* Keys of text B, and those before its first query. */
static size_t total_of(const struct group_query *q, size_t b)
{
	return (size_t)tensor_int(call_in(q->call, LENGTHS), b) + 1;
}

static size_t before(const struct group_query *q, size_t b)
{
	return q->prompt || !q->g.past ? 0 : total_of(q, b) - (size_t)q->g.rows;
}

static void narrow(const struct attend *a, struct attend_row *r)
{
	const struct group_query *q = (const struct group_query *)a;
	size_t total = total_of(q, r->batch);
	size_t end = before(q, r->batch) + r->row + 1;

	r->end = q->causal && end < total ? end : total;
	if (q->causal && q->window >= 0 && r->end > (size_t)q->window)
		r->first = r->end - (size_t)q->window;
}

static void add_bias(const struct attend *a, const struct attend_row *r,
		     double *score)
{
	attention_mask_add(&((const struct group_query *)a)->mask, r, score);
}

static double sink_of(const struct attend *a, size_t head)
{
	const struct group_query *q = (const struct group_query *)a;
	const struct tensor *t = call_in(q->call, SINK);

	return t ? tensor_double(t, head) : 0;
}

static void keep(const struct attend *a, const struct attend_row *r,
		 enum attend_stage stage, const double *score)
{
	const struct group_query *q = (const struct group_query *)a;
	bool after = attr_int(q->call->node, "qk_output") == 2;
	struct tensor *t = call_out(q->call, 3);
	size_t at = ((r->batch * a->heads + r->head) * a->rows + r->row) *
		    a->keys;

	if (stage != (after ? ATTEND_WEIGHTS : ATTEND_SCORES))
		return;
	for (size_t j = 0; j < a->keys; j++)
		element_set_double(t->dtype, tensor_mut(t), at + j,
				   j >= r->first && j < r->end ? score[j] : 0);
}

/* Where row ROW of text B stands. */
static int64_t position(const struct group_query *q, size_t b, size_t row)
{
	const struct tensor *t = call_in(q->call, POSITIONS);
	int64_t at = (int64_t)row;

	if (q->prompt)
		return (t && tensor_count(t) > 0 ? tensor_int(t, 0) : 0) + at;
	if (t)
		return tensor_int(t, b * (size_t)q->g.rows + row);
	return (int64_t)before(q, b) + at;
}

/* Norm and rotation of HEADS heads of every row; X has vectors AT. */
static void prepare(const struct group_query *q, double *x,
		    const struct attend_strides *at, size_t heads,
		    uint32_t norm)
{
	const struct call *c = q->call;
	const struct tensor *w = call_in(c, norm);
	size_t size = (size_t)q->g.size, rows = (size_t)q->g.rows;
	double mean, inverse;

	for (size_t i = 0; i < (size_t)q->g.batch * heads * rows; i++) {
		size_t b = i / rows / heads, row = i % rows;
		double *v = x + attend_at(at, b, i / rows % heads, row);

		if (w) {
			moments_of(v, size,
				   attr_float(c->node, "qk_norm_epsilon"),
				   false, &mean, &inverse);
			for (size_t k = 0; k < size; k++)
				v[k] *= inverse * tensor_double(w, k);
		}
		if (node_int(c->node, "do_rotary", 0)) {
			const struct tensor *cosine = call_in(c, COSINE);
			size_t half = (size_t)cosine->shape.dim[1];

			rotary_turn(v, half,
				    node_int(c->node, "rotary_interleaved", 0),
				    cosine, call_in(c, SINE),
				    (size_t)position(q, b, row) * half);
		}
	}
}

static double *join(struct doubles *d, const struct group_query *q,
		    uint32_t past, const double *x,
		    const struct attend_strides *at)
{
	const struct tensor *t = call_in(q->call, past);
	size_t size = (size_t)q->g.size, heads = (size_t)q->g.kv_heads;
	size_t batch = (size_t)q->g.batch;
	struct attention_cache j = {
		.heads = heads,
		.size = size,
		.past = t,
		.present = call_out(q->call, past == PAST_KEY ? 1 : 2),
		.past_capacity = (size_t)q->g.past,
		.present_capacity = q->rows,
		.fresh = x,
		.fresh_at = *at,
		.fresh_rows = (size_t)q->g.fresh,
	};
	double *all = doubles_take(d, q->call, batch * heads * q->rows * size);

	for (size_t b = 0; b < batch; b++)
		attention_cache_join(&j, b,
				     q->g.fresh ? before(q, b) : total_of(q, b),
				     q->rows, all);
	return all;
}

static bool call_geometry(const struct call *c, struct gqa_shape *g,
			  struct err *e)
{
	const struct shape *s[LENGTHS] = {NULL};

	for (uint32_t i = 0; i < LENGTHS; i++)
		if (c->in[i])
			s[i] = &c->in[i]->type.shape;
	return gqa_shape_of(g, c->node, s, e);
}

size_t group_query_scratch(const struct call *c)
{
	struct gqa_shape g;
	struct err ignored;
	size_t rows, bytes = 0;

	for (uint32_t i = 0; i < LENGTHS; i++)
		if (c->in[i] && !shape_is_known(&c->in[i]->type.shape))
			return 0;
	if (!call_geometry(c, &g, &ignored))
		return 0;
	rows = (size_t)(g.past + g.rows);
	for (uint32_t i = QUERY; i <= VALUE; i++)
		bytes += doubles_of(count_in(c, i));
	return bytes +
	       2 * doubles_of((size_t)(g.batch * g.kv_heads * g.size) * rows) +
	       doubles_of(attend_work(rows, (size_t)g.size));
}

/* The lengths against the operands. */
static bool check_lengths(struct group_query *q, struct err *e)
{
	const struct tensor *lengths = call_in(q->call, LENGTHS);
	const struct tensor *t = call_in(q->call, TOTAL);
	const struct gqa_shape *g = &q->g;
	int64_t total = tensor_count(t) == 1 ? tensor_int(t, 0) : -1;
	int64_t most = g->past + g->fresh, n;

	if (total < 1 || total > most)
		return err_set(e, ERR_SHAPE,
			       "total_sequence_length is %" PRId64
			       ", want 1 to %" PRId64,
			       total, most);
	q->prompt = total == g->rows;
	q->attend.keys = (size_t)total;
	q->rows = (size_t)(total > g->past ? total : g->past);
	for (size_t b = 0; b < (size_t)g->batch; b++) {
		n = tensor_int(lengths, b) + 1;
		if (n < 1 || n > total || (g->fresh && n > most) ||
		    (!q->prompt && n < g->rows))
			return err_set(e, ERR_SHAPE,
				       "seqlens_k[%zu] is %" PRId64
				       ", total_sequence_length %" PRId64,
				       b, n - 1, total);
	}
	return true;
}

static bool check_positions(const struct group_query *q, struct err *e)
{
	const struct tensor *cosine = call_in(q->call, COSINE);

	if (!node_int(q->call->node, "do_rotary", 0))
		return true;
	for (size_t b = 0; b < (size_t)q->g.batch; b++)
		for (size_t row = 0; row < (size_t)q->g.rows; row++) {
			int64_t at = position(q, b, row);

			if (at < 0 || at >= cosine->shape.dim[0])
				return err_set(e, ERR_SHAPE,
					       "position %" PRId64
					       ", cos_cache has %" PRId64
					       " rows",
					       at, cosine->shape.dim[0]);
		}
	return true;
}

/* Q, and the joined keys and values. */
static void load_all(struct group_query *q, struct doubles *d)
{
	const struct call *c = q->call;
	struct attend *a = &q->attend;
	size_t n = a->heads, kv = a->kv_heads, size = a->size, rows = a->rows;
	struct attend_strides at, kv_at = attend_by_row(kv, rows, size);
	double *x = doubles_load(d, c, QUERY), *k, *v;

	at = attend_by_row(n + (q->g.packed ? 2 * kv : 0), rows, size);
	a->q = x;
	a->q_at = at;
	if (q->g.packed) {
		kv_at = at;
		k = x + n * size;
		v = k + kv * size;
	} else {
		k = doubles_load(d, c, KEY);
		v = doubles_load(d, c, VALUE);
	}
	prepare(q, x, &at, n, Q_NORM);
	if (q->g.fresh)
		prepare(q, k, &kv_at, kv, K_NORM);
	a->k = join(d, q, PAST_KEY, k, &kv_at);
	a->v = join(d, q, PAST_VALUE, v, &kv_at);
	a->k_at = a->v_at = attend_by_head(kv, q->rows, size);
	a->y_at = attend_by_row(n, rows, size);
	a->work = doubles_take(d, c, attend_work(a->keys, size));
}

bool group_query_run(const struct call *c, struct err *e)
{
	struct group_query q = {.attend.y = call_out(c, 0), .call = c};
	struct attend *a = &q.attend;
	struct doubles d = {0};

	if (!call_geometry(c, &q.g, e) || !check_lengths(&q, e) ||
	    !check_positions(&q, e))
		return false;
	a->batch = (size_t)q.g.batch;
	a->heads = (size_t)q.g.heads;
	a->kv_heads = (size_t)q.g.kv_heads;
	a->rows = (size_t)q.g.rows;
	a->size = a->v_size = (size_t)q.g.size;
	a->scale = node_float(c->node, "scale", 0);
	if (a->scale == 0)
		a->scale = 1 / sqrt((double)(a->size ? a->size : 1));
	a->softcap = node_float(c->node, "softcap", 0);
	q.causal = attr_int(c->node, "causal") != 0;
	q.window = attr_int(c->node, "local_window_size");
	q.mask.bias = call_in(c, EXTRA);
	if (q.mask.bias &&
	    !attention_bias_check(&q.mask.bias->shape, q.g.batch, q.g.heads,
				  q.g.rows, (int64_t)a->keys, e))
		return false;
	a->span = narrow;
	a->bias = q.mask.bias ? add_bias : NULL;
	if (call_in(c, SINK) || attr_int(c->node, "smooth_softmax") == 1)
		a->sink = sink_of;
	if (call_out(c, 3))
		a->see = keep;
	load_all(&q, &d);
	attend_run(a);
	return true;
}
