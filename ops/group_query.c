/* SPDX-License-Identifier: Apache-2.0 */
/* ops/group_query.c -- com.microsoft's GroupQueryAttention.
 *
 * Of B texts, S queries, L new keys, N heads that share N_kv heads of keys and
 * values, of H numbers each:
 *
 *     query [B, S, N H]   key, value [B, L, N_kv H]    (L is S, or 0)
 *     query [B, S, (N + 2 N_kv) H]: all three
 *     past_key, past_value [B, N_kv, P, H], present [B, N_kv, max(P, T), H]
 *
 * seqlens_k[b] + 1 keys count for text b, the last S of which are new, unless
 * this is the prompt (S is total_sequence_length T, and nothing is past).
 * Query s sees the keys up to its own, with local_window_size only so many.
 * Order: RMS norm of each head of Q and K, rotation, products, softcap, bias,
 * softmax with head_sink (0 with smooth_softmax).
 *
 * Quantized caches and sliding_window_cache are refused.
 */
#include "ops/group_query.h"

#include <inttypes.h>
#include <string.h>

#include "ops/op.h"

static bool unlike(int64_t a, int64_t b)
{
	return a >= 0 && b >= 0 && a != b;
}

static bool bad(const char *what, struct err *e)
{
	return err_set(e, ERR_SHAPE, "%s", what);
}

static bool key_dims(struct gqa_shape *g, const struct shape *k,
		     const struct shape *v, struct err *e)
{
	int64_t hidden = g->size < 0 ? DIM_UNKNOWN : g->size * g->kv_heads;

	if (k->rank != 3 || v->rank != 3)
		return bad("'key' and 'value' want rank 3", e);
	g->fresh = k->dim[1];
	for (int i = 0; i < 2; i++) {
		const struct shape *s = i ? v : k;

		if (unlike(s->dim[0], g->batch) ||
		    unlike(s->dim[1], g->fresh) || unlike(s->dim[2], hidden))
			return bad(i ? "'value' does not fit 'query' and 'key'"
				     : "'key' does not fit 'query'",
				   e);
	}
	return true;
}

static bool past_dims(struct gqa_shape *g, const struct shape *k,
		      const struct shape *v, struct err *e)
{
	if (k->rank != 4 || v->rank != 4)
		return bad("'past_key' and 'past_value' want rank 4", e);
	g->past = k->dim[2];
	for (int i = 0; i < 2; i++) {
		const struct shape *s = i ? v : k;

		if (unlike(s->dim[0], g->batch) ||
		    unlike(s->dim[1], g->kv_heads) ||
		    unlike(s->dim[2], g->past) || unlike(s->dim[3], g->size))
			return bad("the past does not fit 'query' and 'key'",
				   e);
	}
	return true;
}

bool gqa_shape_of(struct gqa_shape *g, const struct node *n,
		  const struct shape *const *s, struct err *e)
{
	const struct shape *q = s[QUERY];
	int64_t parts;

	*g = (struct gqa_shape){.heads = attr_int(n, "num_heads"),
				.kv_heads = attr_int(n, "kv_num_heads")};
	if (g->heads < 1 || g->kv_heads < 1 || g->heads > INT32_MAX ||
	    g->kv_heads > INT32_MAX || g->heads % g->kv_heads)
		return err_set(e, ERR_SHAPE,
			       "num_heads %" PRId64
			       " is no multiple of kv_num_heads %" PRId64,
			       g->heads, g->kv_heads);
	if (!s[KEY] != !s[VALUE] || !s[PAST_KEY] != !s[PAST_VALUE])
		return bad("keys come without values", e);
	if (q->rank != 3)
		return bad("'query' wants rank 3", e);
	g->packed = !s[KEY];
	parts = g->heads + (g->packed ? 2 * g->kv_heads : 0);
	g->batch = q->dim[0];
	g->rows = g->fresh = q->dim[1];
	g->size = q->dim[2] < 0 ? DIM_UNKNOWN : q->dim[2] / parts;
	if (q->dim[2] >= 0 && q->dim[2] % parts)
		return err_set(e, ERR_SHAPE,
			       "'query' has %" PRId64 " columns, not %" PRId64
			       " heads",
			       q->dim[2], parts);
	if (!g->packed && !key_dims(g, s[KEY], s[VALUE], e))
		return false;
	if (g->fresh > 0 && unlike(g->fresh, g->rows))
		return bad("'key' has another length than 'query'", e);
	return !s[PAST_KEY] || past_dims(g, s[PAST_KEY], s[PAST_VALUE], e);
}

/* ---- inference ---------------------------------------------------------- */

static bool check_attrs(const struct infer *c, struct err *e)
{
	const struct node *n = c->node;
	int64_t qk = attr_int(n, "qk_output"), causal = attr_int(n, "causal");

	if (strcmp(attr_string(n, "k_quant_type"), "NONE") ||
	    strcmp(attr_string(n, "v_quant_type"), "NONE"))
		return err_set(e, ERR_UNSUPPORTED, "k_quant_type '%s'",
			       attr_string(n, "k_quant_type"));
	if (attr_int(n, "sliding_window_cache"))
		return err_set(e, ERR_UNSUPPORTED, "sliding_window_cache is 1");
	if (qk < 0 || qk > 2 || causal < 0 || causal > 1)
		return err_set(e, ERR_UNSUPPORTED,
			       "qk_output is %" PRId64 ", causal %" PRId64, qk,
			       causal);
	if (node_int(n, "do_rotary", 0) &&
	    (!infer_has(c, COSINE) || !infer_has(c, SINE)))
		return bad("do_rotary wants cos_cache and sin_cache", e);
	if (infer_has(c, Q_NORM) != infer_has(c, K_NORM))
		return bad("q_norm_weight goes with k_norm_weight", e);
	return true;
}

/* A list of COUNT numbers, if it is there. */
static bool check_list(const struct infer *c, uint32_t i, int64_t count,
		       struct err *e)
{
	const struct shape *s = infer_shape(c, i);

	if (!infer_has(c, i) || s->rank < 0 ||
	    (s->rank == 1 && !unlike(s->dim[0], count)))
		return true;
	return err_set(e, ERR_SHAPE,
		       "'%s' is not a list of %" PRId64 " numbers",
		       c->node->op->in[i].name, count);
}

static bool check_caches(const struct infer *c, const struct gqa_shape *g,
			 struct err *e)
{
	const struct shape *a = infer_shape(c, COSINE);
	const struct shape *b = infer_shape(c, SINE);
	const struct shape *at = infer_shape(c, POSITIONS);

	if ((a->rank >= 0 && a->rank != 2) || (b->rank >= 0 && b->rank != 2))
		return bad("cos_cache and sin_cache want rank 2", e);
	if (a->rank == 2 && b->rank == 2 &&
	    (unlike(a->dim[0], b->dim[0]) || unlike(a->dim[1], b->dim[1])))
		return bad("cos_cache and sin_cache have different shapes", e);
	if (a->rank == 2 && a->dim[1] >= 0 && g->size >= 0 &&
	    a->dim[1] > g->size / 2)
		return bad("cos_cache is wider than half a head", e);
	if (infer_has(c, POSITIONS) && at->rank >= 0 &&
	    (at->rank != 2 || unlike(at->dim[0], g->batch) ||
	     unlike(at->dim[1], g->rows)))
		return bad("'position_ids' are not [B, S]", e);
	return true;
}

static void set_results(struct infer *c, const struct gqa_shape *g)
{
	struct shape y = SHAPE(g->batch, g->rows,
			       g->size < 0 ? DIM_UNKNOWN : g->size * g->heads);
	struct shape p = SHAPE(g->batch, g->kv_heads, DIM_UNKNOWN, g->size);
	struct shape qk = SHAPE(g->batch, g->heads, g->rows, DIM_UNKNOWN);
	enum dtype t = infer_dtype(c, QUERY), cache = t;
	int64_t total;

	if (infer_has(c, PAST_KEY))
		cache = infer_dtype(c, PAST_KEY);
	if (infer_scalar_int(c, TOTAL, &total) && total >= 0) {
		qk.dim[3] = total;
		if (g->past >= 0)
			p.dim[2] = total > g->past ? total : g->past;
	}
	infer_set(c, 0, t, &y);
	for (uint32_t i = 1; i < c->node->nout && i < 3; i++)
		infer_set(c, i, cache, &p);
	if (c->node->nout > 3)
		infer_set(c, 3, t, &qk);
}

static bool infer_group(struct infer *c, struct err *e)
{
	struct shape any = {.rank = RANK_UNKNOWN};
	const struct shape *s[LENGTHS] = {NULL};
	struct gqa_shape g;
	bool known = true;

	if (!check_attrs(c, e))
		return false;
	for (uint32_t i = 0; i < LENGTHS; i++)
		if (infer_has(c, i)) {
			s[i] = infer_shape(c, i);
			known = known && s[i]->rank >= 0;
		}
	if (!known) {
		for (uint32_t i = 0; i < c->node->nout; i++)
			infer_set(c, i, infer_dtype(c, 0), &any);
		return true;
	}
	if (!gqa_shape_of(&g, c->node, s, e) ||
	    !check_list(c, LENGTHS, g.batch, e) ||
	    !check_list(c, SINK, g.heads, e) ||
	    !check_list(c, Q_NORM, g.size, e) ||
	    !check_list(c, K_NORM, g.size, e) || !check_caches(c, &g, e))
		return false;
	set_results(c, &g);
	return true;
}

static const struct kernel kernels[] = {{.name = "group-query-ref",
					 .engine = "reference",
					 .scratch = group_query_scratch,
					 .run = group_query_run},
					{0}};

#define T TYPES_BF16_32
#define T_CACHE (T | TYPE_BIT(F8E4M3FN) | TYPES_BYTES)

const struct op op_rows_group_query[] = {
	{.domain = "com.microsoft",
	 .type = "GroupQueryAttention",
	 .since = 1,
	 .in = PARAMS(IN("query", "T", T), OPTIONAL("key", "T", T),
		      OPTIONAL("value", "T", T),
		      OPTIONAL("past_key", "T_CACHE", T_CACHE),
		      OPTIONAL("past_value", "T_CACHE", T_CACHE),
		      IN("seqlens_k", "M", TYPE_BIT(I32)),
		      IN("total_sequence_length", "M", TYPE_BIT(I32)),
		      OPTIONAL("cos_cache", "T", T),
		      OPTIONAL("sin_cache", "T", T),
		      OPTIONAL("position_ids", NULL, TYPES_I64),
		      OPTIONAL("attention_bias", "T", T),
		      OPTIONAL("head_sink", "T", T),
		      OPTIONAL("k_scale", "T_KV_SCALE", TYPE_BIT(F32)),
		      OPTIONAL("v_scale", "T_KV_SCALE", TYPE_BIT(F32)),
		      OPTIONAL("q_norm_weight", "T", T),
		      OPTIONAL("k_norm_weight", "T", T)),
	 .out = PARAMS(IN("output", "T", T),
		       OPTIONAL("present_key", "T_CACHE", T_CACHE),
		       OPTIONAL("present_value", "T_CACHE", T_CACHE),
		       OPTIONAL("output_qk", "T", T)),
	 .attrs = ATTRS(ATTR("causal", INT, "1"), ATTR("do_rotary", INT, NULL),
			ATTR("k_quant_type", STRING, "NONE"),
			ATTR("kv_cache_bit_width", INT, NULL),
			ATTR_REQUIRED("kv_num_heads", INT),
			ATTR("local_window_size", INT, "-1"),
			ATTR_REQUIRED("num_heads", INT),
			ATTR("qk_norm_epsilon", FLOAT, "1e-06"),
			ATTR("qk_output", INT, "0"),
			ATTR("rotary_interleaved", INT, NULL),
			ATTR("scale", FLOAT, NULL),
			ATTR("sliding_window_cache", INT, "0"),
			ATTR("smooth_softmax", INT, "-1"),
			ATTR("softcap", FLOAT, NULL),
			ATTR("v_quant_type", STRING, "NONE")),
	 .infer = infer_group,
	 .kernels = kernels},
	{0}};
