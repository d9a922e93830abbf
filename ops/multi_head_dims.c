/* SPDX-License-Identifier: Apache-2.0 */
/* ops/multi_head_dims.c -- dims of com.microsoft's MultiHeadAttention. */
#include "ops/multi_head.h"

#include <inttypes.h>

#include "ops/op.h"

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

static bool query_dims(struct multi_head_dims *g, const struct shape *q,
		       bool alone, struct err *e)
{
	g->packed_qkv = q->rank == 5;
	if (q->rank != 3 && q->rank != 5)
		return bad_shape(MULTI_HEAD_QUERY, "has neither rank 3 nor 5",
				 e);
	if (alone != g->packed_qkv)
		return bad_shape(MULTI_HEAD_KEY,
				 g->packed_qkv ? "beside a packed query"
					       : "is missing",
				 e);
	g->batch = q->dim[0];
	g->rows = q->dim[1];
	if (g->packed_qkv) {
		if (unlike(q->dim[2], g->heads) || unlike(q->dim[3], 3))
			return bad_shape(MULTI_HEAD_QUERY,
					 "is not [B, S, N, 3, H]", e);
		g->size = g->v_size = q->dim[4];
		g->fresh = g->rows;
		return true;
	}
	if (q->dim[2] >= 0 && q->dim[2] % g->heads)
		return bad_shape(MULTI_HEAD_QUERY, "does not divide into heads",
				 e);
	g->size = q->dim[2] < 0 ? DIM_UNKNOWN : q->dim[2] / g->heads;
	return true;
}

static bool key_dims(struct multi_head_dims *g, const struct shape *k,
		     struct err *e)
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
	return fits || bad_shape(MULTI_HEAD_KEY, "does not fit the query", e);
}

static bool value_dims(struct multi_head_dims *g, const struct shape *v,
		       struct err *e)
{
	bool fits = v->rank == (g->by_head ? 4 : 3) &&
		    !unlike(v->dim[0], g->batch) &&
		    !unlike(v->dim[g->by_head ? 2 : 1], g->fresh);

	if (!fits)
		return bad_shape(MULTI_HEAD_VALUE, "does not fit the key", e);
	if (g->by_head) {
		if (unlike(v->dim[1], g->heads))
			return bad_shape(MULTI_HEAD_VALUE,
					 "does not fit the key", e);
		g->v_size = v->dim[3];
	} else if (v->dim[2] >= 0) {
		if (v->dim[2] % g->heads)
			return bad_shape(MULTI_HEAD_VALUE,
					 "does not divide into heads", e);
		g->v_size = v->dim[2] / g->heads;
	}
	return true;
}

static bool past_dims(struct multi_head_dims *g, const struct shape *p,
		      uint32_t i, struct err *e)
{
	int64_t size = i == MULTI_HEAD_PAST_KEY ? g->size : g->v_size;

	if (p->rank != 4 || unlike(p->dim[0], g->batch) ||
	    unlike(p->dim[1], g->heads) || unlike(p->dim[3], size) ||
	    (i == MULTI_HEAD_PAST_VALUE && unlike(p->dim[2], g->past)))
		return bad_shape(i, "does not fit query and key", e);
	g->past = p->dim[2];
	return true;
}

bool multi_head_dims_of(struct multi_head_dims *g, const struct node *n,
			const struct shape *const *s, struct err *e)
{
	*g = (struct multi_head_dims){
		-1,   attr_int(n, "num_heads"), -1, -1, -1, -1, 0, false, false,
		false};
	if (g->heads < 1)
		return err_set(e, ERR_SHAPE,
			       "num_heads is %" PRId64 ", want 1 or more",
			       g->heads);
	if (!query_dims(g, s[MULTI_HEAD_QUERY], !s[MULTI_HEAD_KEY], e) ||
	    (s[MULTI_HEAD_KEY] && !key_dims(g, s[MULTI_HEAD_KEY], e)))
		return false;
	if (!s[MULTI_HEAD_VALUE] != (g->packed_qkv || g->packed_kv))
		return bad_shape(MULTI_HEAD_VALUE,
				 s[MULTI_HEAD_VALUE] ? "beside a packed key"
						     : "is missing",
				 e);
	if (s[MULTI_HEAD_VALUE] && !value_dims(g, s[MULTI_HEAD_VALUE], e))
		return false;
	if (!s[MULTI_HEAD_PAST_KEY] != !s[MULTI_HEAD_PAST_VALUE])
		return bad_shape(MULTI_HEAD_PAST_KEY, "goes with past_value",
				 e);
	if (s[MULTI_HEAD_PAST_KEY] && g->by_head)
		return bad_shape(MULTI_HEAD_PAST_KEY,
				 "beside a key that holds it", e);
	for (uint32_t i = MULTI_HEAD_PAST_KEY; i <= MULTI_HEAD_PAST_VALUE; i++)
		if (s[i] && !past_dims(g, s[i], i, e))
			return false;
	if (s[MULTI_HEAD_BIAS] &&
	    (s[MULTI_HEAD_BIAS]->rank != 1 ||
	     (g->size >= 0 && g->v_size >= 0 &&
	      unlike(s[MULTI_HEAD_BIAS]->dim[0],
		     g->heads * (2 * g->size + g->v_size)))))
		return bad_shape(MULTI_HEAD_BIAS, "does not fit Q, K and V", e);
	return true;
}
