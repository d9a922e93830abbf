/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention.c -- ai.onnx's Attention: schema and shapes.
 *
 * Of B texts, S queries in N heads, T = P + L keys in M heads (N is a multiple
 * of M), vectors of H numbers (values: H_v):
 *
 *     Q [B, N, S, H]    K, V [B, M, L, H or H_v]    Y [B, N, S, H_v]
 *     Q [B, S, N H]     K, V [B, L, M H or M H_v]   Y [B, S, N H_v]
 *     past [B, M, P, H or H_v], present [B, M, T, ...]
 *     qk_matmul_output [B, N, S, T]
 *     attn_mask broadcasts to [B, N, S, T]; since opset 24 its last axis may
 *     be shorter instead
 *     nonpad_kv_seqlen [B]
 */
#include "ops/attention.h"

#include <inttypes.h>

#include "graph/symbol.h"
#include "ops/infer.h"
#include "ops/op.h"

static const char *const names[] = {"Q",
				    "K",
				    "V",
				    "attn_mask",
				    "past_key",
				    "past_value",
				    "nonpad_kv_seqlen"};

static bool unlike(int64_t a, int64_t b)
{
	return a >= 0 && b >= 0 && a != b;
}

static bool misfit(uint32_t i, const char *why, struct err *e)
{
	return err_set(e, ERR_SHAPE, "'%s' %s", names[i], why);
}

/* The heads that 3-D operands have by attribute; 0: left out. */
static bool heads_of(const struct node *n, const char *name, int64_t *heads,
		     struct err *e)
{
	*heads = attr_given(n, name) ? attr_int(n, name) : 0;
	if (*heads >= 1 || !attr_given(n, name))
		return true;
	return err_set(e, ERR_SHAPE, "%s is %" PRId64 ", want 1 or more", name,
		       *heads);
}

/* The heads of a 4-D operand against the attribute, before opset 25. */
static bool same_heads(const struct node *n, const char *name, int64_t given,
		       int64_t heads, struct err *e)
{
	if (given && n->op->since >= 25)
		return err_set(e, ERR_SHAPE,
			       "operands of rank 4 have their heads by shape, "
			       "not by attribute");
	if (given && unlike(given, heads))
		return err_set(e, ERR_SHAPE,
			       "%s is %" PRId64 ", the operand has %" PRId64
			       " heads",
			       name, given, heads);
	return true;
}

static bool head_dims(struct attention_dims *d, const struct node *n,
		      const struct shape *const *s, struct err *e)
{
	int64_t q, kv;

	if (!heads_of(n, "q_num_heads", &q, e) ||
	    !heads_of(n, "kv_num_heads", &kv, e))
		return false;
	if (!d->by_head) {
		d->heads = q;
		d->kv_heads = kv;
		if (!q || !kv)
			return err_set(e, ERR_SHAPE,
				       "operands of rank 3 need q_num_heads "
				       "and kv_num_heads");
	} else {
		d->heads = s[ATTENTION_Q]->dim[1];
		d->kv_heads = s[ATTENTION_K]->dim[1];
		if (!same_heads(n, "q_num_heads", q, d->heads, e) ||
		    !same_heads(n, "kv_num_heads", kv, d->kv_heads, e))
			return false;
	}
	if (d->kv_heads == 0 ||
	    (d->heads >= 0 && d->kv_heads > 0 && d->heads % d->kv_heads))
		return err_set(e, ERR_SHAPE,
			       "%" PRId64 " heads of queries do not share "
			       "%" PRId64 " of keys",
			       d->heads, d->kv_heads);
	return true;
}

/* Rows and the size of a vector of operand I, which has HEADS heads. */
static bool vectors_of(const struct attention_dims *d, uint32_t i,
		       const struct shape *s, int64_t heads, int64_t *rows,
		       int64_t *size, struct err *e)
{
	if (s->rank != (d->by_head ? 4 : 3))
		return misfit(i, "has another rank than Q", e);
	if (unlike(s->dim[0], d->batch))
		return misfit(i, "has another batch than Q", e);
	if (d->by_head) {
		if (unlike(s->dim[1], heads))
			return misfit(i, "has another number of heads", e);
		*rows = s->dim[2];
		*size = s->dim[3];
		return true;
	}
	*rows = s->dim[1];
	*size = s->dim[2] < 0 ? DIM_UNKNOWN : s->dim[2] / heads;
	if (s->dim[2] >= 0 && s->dim[2] % heads)
		return misfit(i, "does not divide into heads", e);
	return true;
}

static bool past_dims(struct attention_dims *d, const struct shape *const *s,
		      struct err *e)
{
	const struct shape *k = s[ATTENTION_PAST_KEY];
	const struct shape *v = s[ATTENTION_PAST_VALUE];

	if (!k != !v)
		return misfit(ATTENTION_PAST_KEY, "goes with past_value", e);
	if (!k)
		return true;
	if (s[ATTENTION_LENGTHS])
		return misfit(ATTENTION_LENGTHS, "beside a past", e);
	if (k->rank != 4 || unlike(k->dim[0], d->batch) ||
	    unlike(k->dim[1], d->kv_heads) || unlike(k->dim[3], d->size))
		return misfit(ATTENTION_PAST_KEY, "does not fit Q and K", e);
	if (v->rank != 4 || unlike(v->dim[0], d->batch) ||
	    unlike(v->dim[1], d->kv_heads) || unlike(v->dim[3], d->v_size) ||
	    unlike(v->dim[2], k->dim[2]))
		return misfit(ATTENTION_PAST_VALUE, "does not fit Q and V", e);
	d->past = k->dim[2];
	return true;
}

static bool mask_fits(const struct attention_dims *d, const struct node *n,
		      const struct shape *m, struct err *e)
{
	int64_t keys = d->past < 0 || d->fresh < 0 ? -1 : d->past + d->fresh;
	int64_t want[] = {d->batch, d->heads, d->rows}, width;

	if (m->rank < 1 || m->rank > 4)
		return misfit(ATTENTION_MASK, "has a rank outside 1 .. 4", e);
	width = m->dim[m->rank - 1];
	if (keys >= 0 && width > keys)
		return misfit(ATTENTION_MASK, "is for more keys", e);
	if (n->op->since < 24 && width != 1 && unlike(width, keys))
		return misfit(ATTENTION_MASK, "is for fewer keys", e);
	for (int32_t i = 0; i + 1 < m->rank; i++) {
		int64_t dim = m->dim[i];

		if (dim != 1 && unlike(dim, want[i + 4 - m->rank]))
			return misfit(ATTENTION_MASK,
				      "does not broadcast to [batch, heads, "
				      "queries, keys]",
				      e);
	}
	return true;
}

bool attention_dims_of(struct attention_dims *d, const struct node *n,
		       const struct shape *const *s, struct err *e)
{
	const struct shape *q = s[ATTENTION_Q], *lengths = s[ATTENTION_LENGTHS];
	int64_t size, rows;

	if (q->rank != 3 && q->rank != 4)
		return misfit(ATTENTION_Q, "has neither rank 3 nor 4", e);
	*d = (struct attention_dims){.by_head = q->rank == 4,
				     .batch = q->dim[0]};
	if (s[ATTENTION_K]->rank != q->rank)
		return misfit(ATTENTION_K, "has another rank than Q", e);
	if (!head_dims(d, n, s, e) ||
	    !vectors_of(d, ATTENTION_Q, q, d->heads, &d->rows, &d->size, e) ||
	    !vectors_of(d, ATTENTION_K, s[ATTENTION_K], d->kv_heads, &d->fresh,
			&size, e) ||
	    !vectors_of(d, ATTENTION_V, s[ATTENTION_V], d->kv_heads, &rows,
			&d->v_size, e))
		return false;
	if (unlike(size, d->size))
		return misfit(ATTENTION_K, "has vectors of another size than Q",
			      e);
	if (unlike(rows, d->fresh))
		return misfit(ATTENTION_V, "has another length than K", e);
	if (lengths &&
	    (lengths->rank != 1 || unlike(lengths->dim[0], d->batch)))
		return misfit(ATTENTION_LENGTHS, "is not [batch]", e);
	return past_dims(d, s, e) &&
	       (!s[ATTENTION_MASK] || mask_fits(d, n, s[ATTENTION_MASK], e));
}

/* ---- inference ----------------------------------------------------------- */

static bool check_attributes(const struct node *n, struct err *e)
{
	static const char *const windows[] = {"left_window_size",
					      "right_window_size"};
	int64_t mode = attr_int(n, "qk_matmul_output_mode");

	if (mode < 0 || mode > 3)
		return err_set(e, ERR_FORMAT,
			       "qk_matmul_output_mode is %" PRId64
			       ", want 0 to 3",
			       mode);
	if (node_float(n, "scale", 1) < 0)
		return err_set(e, ERR_FORMAT, "scale is %g, want 0 or more",
			       (double)node_float(n, "scale", 1));
	for (int i = 0; i < 2 && n->op->since >= 25; i++)
		if (attr_int(n, windows[i]) < -1)
			return err_set(e, ERR_FORMAT,
				       "%s is %" PRId64 ", want -1 or more",
				       windows[i], attr_int(n, windows[i]));
	if (attr_given(n, "softmax_precision")) {
		int64_t code = attr_int(n, "softmax_precision");
		enum dtype t = dtype_from_onnx(code);

		if (t == DTYPE_NONE || !(TYPES_FLOAT & (UINT32_C(1) << t)))
			return err_set(e, ERR_FORMAT,
				       "softmax_precision is %" PRId64
				       ", want a type of floats",
				       code);
	}
	return true;
}

static void set_results(struct infer *c, const struct attention_dims *d)
{
	struct symbols *sy = &c->model->symbols;
	int64_t keys = dim_add(sy, d->past, d->fresh);
	struct shape y = d->by_head
				 ? SHAPE(d->batch, d->heads, d->rows, d->v_size)
				 : SHAPE(d->batch, d->rows,
					 dim_mul(sy, d->heads, d->v_size));
	struct shape k = SHAPE(d->batch, d->kv_heads, keys, d->size);
	struct shape v = SHAPE(d->batch, d->kv_heads, keys, d->v_size);
	struct shape qk = SHAPE(d->batch, d->heads, d->rows, keys);
	const struct shape *all[] = {&y, &k, &v, &qk};

	for (uint32_t i = 0; i < c->node->nout && i < 4; i++)
		infer_set(c, i, infer_dtype(c, i == 2 ? ATTENTION_V : 0),
			  all[i]);
}

static bool infer_attention(struct infer *c, struct err *e)
{
	struct shape any = {.rank = RANK_UNKNOWN};
	const struct shape *s[ATTENTION_OPERANDS] = {NULL};
	struct attention_dims d;
	bool known = true;

	if (!check_attributes(c->node, e))
		return false;
	for (uint32_t i = 0; i < ATTENTION_OPERANDS; i++)
		if (infer_has(c, i)) {
			s[i] = infer_shape(c, i);
			known = known && s[i]->rank >= 0;
		}
	if (known) {
		if (!attention_dims_of(&d, c->node, s, e))
			return false;
		set_results(c, &d);
		return true;
	}
	for (uint32_t i = 0; i < c->node->nout && i < 4; i++)
		infer_set(c, i, infer_dtype(c, i == 2 ? ATTENTION_V : 0), &any);
	return true;
}

static const struct kernel kernels[] = {{.name = "attention-ref",
					 .engine = "reference",
					 .scratch = attention_scratch,
					 .run = attention_run},
					{.name = "attention-f32-blas",
					 .engine = "blas",
					 .accepts = attention_f32_accepts,
					 .scratch = attention_scratch,
					 .run = attention_run},
					{0}};

#define MASK_TYPES (TYPES_NUMERIC | TYPES_BOOL)
#define OPERANDS                                                \
	IN("Q", "T1", TYPES_FLOAT), IN("K", "T1", TYPES_FLOAT), \
		IN("V", "T2", TYPES_FLOAT),                     \
		OPTIONAL("attn_mask", "U", MASK_TYPES),         \
		OPTIONAL("past_key", "T1", TYPES_FLOAT),        \
		OPTIONAL("past_value", "T2", TYPES_FLOAT)
#define LENGTHS OPTIONAL("nonpad_kv_seqlen", NULL, TYPES_I64)
#define ATTRIBUTES                                                       \
	ATTR("is_causal", INT, "0"), ATTR("kv_num_heads", INT, NULL),    \
		ATTR("q_num_heads", INT, NULL),                          \
		ATTR("qk_matmul_output_mode", INT, "0"),                 \
		ATTR("scale", FLOAT, NULL), ATTR("softcap", FLOAT, "0"), \
		ATTR("softmax_precision", INT, NULL)
#define WINDOWS                              \
	ATTR("left_window_size", INT, "-1"), \
		ATTR("right_window_size", INT, "-1")

#define ATTENTION(opset, operands, attributes)                            \
	{                                                                 \
		.domain = "", .type = "Attention", .since = opset,        \
		.in = operands,                                           \
		.out = PARAMS(                                            \
			IN("Y", "T1", TYPES_FLOAT),                       \
			OPTIONAL("present_key", "T1", TYPES_FLOAT),       \
			OPTIONAL("present_value", "T2", TYPES_FLOAT),     \
			OPTIONAL("qk_matmul_output", "T1", TYPES_FLOAT)), \
		.attrs = attributes, .infer = infer_attention,            \
		.kernels = kernels,                                       \
	}

const struct op op_rows_attention[] = {
	ATTENTION(23, PARAMS(OPERANDS), ATTRS(ATTRIBUTES)),
	ATTENTION(24, PARAMS(OPERANDS, LENGTHS), ATTRS(ATTRIBUTES)),
	ATTENTION(25, PARAMS(OPERANDS, LENGTHS), ATTRS(ATTRIBUTES, WINDOWS)),
	{0}};
