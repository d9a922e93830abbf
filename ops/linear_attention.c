/* SPDX-License-Identifier: Apache-2.0 */
/* ops/linear_attention.c -- LinearAttention: a state instead of scores.
 *
 * For each text and each head of keys, token by token, with k and q of K
 * numbers, v of V, the state S [K, V], decay g and rate b:
 *
 *     S = exp(g) S                    gated, gated_delta
 *     v = b (v - S^T k)               delta, gated_delta
 *     S = S + k v^T
 *     y = scale * S^T q               for the queries that share the head
 *
 * Operands are packed: query [B, T, N K], key [B, T, M K], value [B, T, M V],
 * decay [B, T, M K] or [B, T, M], beta [B, T, M] or [B, T, 1]; the state is
 * [B, M, K, V].  It is kept in double from one token to the next.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/op.h"

enum { QUERY, KEY, VALUE, PAST, DECAY, BETA, OPERANDS };

static const char *const names[] = {"query",	  "key",   "value",
				    "past_state", "decay", "beta"};

/* Dims, negative where unknown. */
struct linear_dims {
	int64_t batch, tokens, heads, kv_heads, size, v_size;
	bool gated, delta;
};

static bool unlike(int64_t a, int64_t b)
{
	return a >= 0 && b >= 0 && a != b;
}

static bool misfit(uint32_t i, const char *why, struct err *e)
{
	return err_set(e, ERR_SHAPE, "'%s' %s", names[i], why);
}

static bool parse(struct linear_dims *d, const struct node *n, struct err *e)
{
	const char *rule = attr_string(n, "update_rule");

	d->gated = !strcmp(rule, "gated") || !strcmp(rule, "gated_delta");
	d->delta = !strcmp(rule, "delta") || !strcmp(rule, "gated_delta");
	if (!d->gated && !d->delta && strcmp(rule, "linear"))
		return err_set(e, ERR_FORMAT,
			       "update_rule is '%s', want linear, gated, delta "
			       "or gated_delta",
			       rule);
	d->heads = attr_int(n, "q_num_heads");
	d->kv_heads = attr_int(n, "kv_num_heads");
	if (d->heads >= 1 && d->kv_heads >= 1 && d->heads % d->kv_heads == 0)
		return true;
	return err_set(e, ERR_SHAPE,
		       "%" PRId64 " heads of queries do not share %" PRId64
		       " of keys",
		       d->heads, d->kv_heads);
}

/* Operand I is [batch, tokens, heads * size]. */
static bool packed(struct linear_dims *d, uint32_t i, const struct shape *s,
		   int64_t heads, int64_t *size, struct err *e)
{
	if (s->rank != 3)
		return misfit(i, "has not rank 3", e);
	if (unlike(s->dim[0], d->batch) || unlike(s->dim[1], d->tokens))
		return misfit(i, "has another batch or length than query", e);
	if (s->dim[2] >= 0 && s->dim[2] % heads)
		return misfit(i, "does not divide into heads", e);
	*size = s->dim[2] < 0 ? DIM_UNKNOWN : s->dim[2] / heads;
	return true;
}

static bool check_gates(struct linear_dims *d, const struct shape *const *s,
			struct err *e)
{
	const struct shape *g = s[DECAY], *b = s[BETA];
	int64_t one;

	if (!g != !d->gated)
		return misfit(DECAY,
			      g ? "is not for this update_rule" : "is missing",
			      e);
	if (!b != !d->delta)
		return misfit(BETA,
			      b ? "is not for this update_rule" : "is missing",
			      e);
	if (g && (!packed(d, DECAY, g, d->kv_heads, &one, e) ||
		  (one != 1 && unlike(one, d->size))))
		return misfit(DECAY, "is for neither heads nor keys", e);
	if (b && !packed(d, BETA, b, 1, &one, e))
		return false;
	if (b && b->dim[2] >= 0 && b->dim[2] != 1 && b->dim[2] != d->kv_heads)
		return misfit(BETA, "is for neither heads nor tokens", e);
	return true;
}

static bool dims_of(struct linear_dims *d, const struct node *n,
		    const struct shape *const *s, struct err *e)
{
	const struct shape *p = s[PAST];
	int64_t size;

	if (!parse(d, n, e))
		return false;
	if (s[QUERY]->rank != 3)
		return misfit(QUERY, "has not rank 3", e);
	d->batch = s[QUERY]->dim[0];
	d->tokens = s[QUERY]->dim[1];
	if (!packed(d, QUERY, s[QUERY], d->heads, &d->size, e) ||
	    !packed(d, KEY, s[KEY], d->kv_heads, &size, e) ||
	    !packed(d, VALUE, s[VALUE], d->kv_heads, &d->v_size, e))
		return false;
	if (unlike(size, d->size))
		return misfit(KEY, "has vectors of another size than query", e);
	if (p && (p->rank != 4 || unlike(p->dim[0], d->batch) ||
		  unlike(p->dim[1], d->kv_heads) ||
		  unlike(p->dim[2], d->size) || unlike(p->dim[3], d->v_size)))
		return misfit(PAST, "is not [batch, heads, keys, values]", e);
	return check_gates(d, s, e);
}

static bool infer_linear(struct infer *c, struct err *e)
{
	struct shape y = {.rank = RANK_UNKNOWN}, state = y;
	const struct shape *s[OPERANDS] = {NULL};
	struct linear_dims d;
	bool known = true;

	for (uint32_t i = 0; i < OPERANDS; i++)
		if (infer_has(c, i)) {
			s[i] = infer_shape(c, i);
			known = known && s[i]->rank >= 0;
		}
	if (!known && !parse(&d, c->node, e))
		return false;
	if (known) {
		if (!dims_of(&d, c->node, s, e))
			return false;
		y = SHAPE(d.batch, d.tokens,
			  d.v_size < 0 ? DIM_UNKNOWN : d.v_size * d.heads);
		state = SHAPE(d.batch, d.kv_heads, d.size, d.v_size);
	}
	infer_set(c, 0, infer_dtype(c, QUERY), &y);
	if (c->node->nout > 1)
		infer_set(c, 1, infer_dtype(c, s[PAST] ? PAST : QUERY), &state);
	return true;
}

/* ---- numbers ------------------------------------------------------------- */

/* Items are heads of keys of texts. */
struct linear {
	struct job job;
	struct linear_dims d;
	const struct tensor *in[OPERANDS];
	struct tensor *y, *present;
	double scale;
	double *state; /* [items, size, v_size] */
	double *value; /* [items, v_size] */
};

/* Element J of the vector of SIZE that HEAD of HEADS has in operand I. */
static double get(const struct linear *l, uint32_t i, size_t token,
		  size_t heads, size_t head, size_t size, size_t j)
{
	return tensor_double(l->in[i], (token * heads + head) * size + j);
}

static void decay(const struct linear *l, size_t token, size_t head, double *s)
{
	size_t size = (size_t)l->d.size, v_size = (size_t)l->d.v_size;
	size_t heads = (size_t)l->d.kv_heads;
	bool by_key = l->in[DECAY]->shape.dim[2] != l->d.kv_heads;

	for (size_t i = 0; i < size; i++) {
		double g = by_key ? get(l, DECAY, token, heads, head, size, i)
				  : get(l, DECAY, token, heads, head, 1, 0);

		for (size_t j = 0; j < v_size; j++)
			s[i * v_size + j] *= exp(g);
	}
}

/* What is new in the value, at the rate of BETA. */
static void correct(const struct linear *l, size_t token, size_t head,
		    const double *s, double *v)
{
	size_t size = (size_t)l->d.size, v_size = (size_t)l->d.v_size;
	size_t heads = (size_t)l->d.kv_heads;
	bool shared = l->in[BETA]->shape.dim[2] == 1;
	double rate = shared ? get(l, BETA, token, 1, 0, 1, 0)
			     : get(l, BETA, token, heads, head, 1, 0);

	for (size_t j = 0; j < v_size; j++) {
		double known = 0;

		for (size_t i = 0; i < size; i++)
			known += s[i * v_size + j] *
				 get(l, KEY, token, heads, head, size, i);
		v[j] = rate * (v[j] - known);
	}
}

static void read_state(const struct linear *l, size_t token, size_t head,
		       const double *s)
{
	size_t size = (size_t)l->d.size, v_size = (size_t)l->d.v_size;
	size_t heads = (size_t)l->d.heads;

	for (size_t j = 0; j < v_size; j++) {
		double sum = 0;

		for (size_t i = 0; i < size; i++)
			sum += s[i * v_size + j] *
			       get(l, QUERY, token, heads, head, size, i);
		element_set_double(l->y->dtype, tensor_mut(l->y),
				   (token * heads + head) * v_size + j,
				   l->scale * sum);
	}
}

static void step(const struct linear *l, size_t token, size_t head, double *s,
		 double *v)
{
	size_t size = (size_t)l->d.size, v_size = (size_t)l->d.v_size;
	size_t heads = (size_t)l->d.kv_heads;
	size_t group = (size_t)l->d.heads / heads;

	for (size_t j = 0; j < v_size; j++)
		v[j] = get(l, VALUE, token, heads, head, v_size, j);
	if (l->d.gated)
		decay(l, token, head, s);
	if (l->d.delta)
		correct(l, token, head, s, v);
	for (size_t i = 0; i < size; i++) {
		double k = get(l, KEY, token, heads, head, size, i);

		for (size_t j = 0; j < v_size; j++)
			s[i * v_size + j] += k * v[j];
	}
	for (size_t i = 0; l->y && i < group; i++)
		read_state(l, token, head * group + i, s);
}

static void attend(struct job *job, size_t begin, size_t end)
{
	const struct linear *l = (const struct linear *)job;
	size_t v_size = (size_t)l->d.v_size;
	size_t count = (size_t)l->d.size * v_size;
	size_t heads = (size_t)l->d.kv_heads, tokens = (size_t)l->d.tokens;

	for (size_t item = begin; item < end; item++) {
		double *s = l->state + item * count;
		size_t b = item / heads;

		for (size_t i = 0; i < count; i++)
			s[i] = l->in[PAST] ? tensor_double(l->in[PAST],
							   item * count + i)
					   : 0;
		for (size_t t = 0; t < tokens; t++)
			step(l, b * tokens + t, item % heads, s,
			     l->value + item * v_size);
		if (l->present)
			element_store(l->present->dtype, tensor_mut(l->present),
				      item * count, count, s);
	}
}

static bool call_dims(const struct call *c, struct linear_dims *d,
		      struct err *e)
{
	const struct shape *s[OPERANDS] = {NULL};

	for (uint32_t i = 0; i < OPERANDS && i < c->nin; i++)
		if (c->in[i])
			s[i] = &c->in[i]->type.shape;
	return dims_of(d, c->node, s, e);
}

static size_t items_of(const struct linear_dims *d)
{
	return (size_t)d->batch * (size_t)d->kv_heads;
}

static size_t scratch(const struct call *c)
{
	struct linear_dims d;
	struct err ignored;

	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] && !shape_is_known(&c->in[i]->type.shape))
			return 0;
	if (!call_dims(c, &d, &ignored))
		return 0;
	return doubles_of(items_of(&d) * (size_t)d.size * (size_t)d.v_size) +
	       doubles_of(items_of(&d) * (size_t)d.v_size);
}

static bool run_linear(const struct call *c, struct err *e)
{
	struct linear l = {.job.run = attend,
			   .y = call_out(c, 0),
			   .present = c->nout > 1 ? call_out(c, 1) : NULL,
			   .scale = (double)attr_float(c->node, "scale")};
	struct doubles taken = {0};
	size_t items;

	if (!call_dims(c, &l.d, e))
		return false;
	for (uint32_t i = 0; i < OPERANDS; i++)
		l.in[i] = call_in(c, i);
	if (l.scale == 0)
		l.scale = 1 / sqrt((double)(l.d.size ? l.d.size : 1));
	items = items_of(&l.d);
	l.state = doubles_take(&taken, c,
			       items * (size_t)l.d.size * (size_t)l.d.v_size);
	l.value = doubles_take(&taken, c, items * (size_t)l.d.v_size);
	parallel_for(&l.job, items, 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "linear-attention-ref",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_linear},
					{0}};

#define T TYPES_BF16_32

const struct op op_rows_linear_attention[] = {
	{.domain = "",
	 .type = "LinearAttention",
	 .since = 27,
	 .in = PARAMS(IN("query", "T", T), IN("key", "T", T),
		      IN("value", "T", T), OPTIONAL("past_state", "S", T),
		      OPTIONAL("decay", "T", T), OPTIONAL("beta", "T", T)),
	 .out = PARAMS(IN("output", "T", T), IN("present_state", "S", T)),
	 .attrs = ATTRS(ATTR("chunk_size", INT, "64"),
			ATTR_REQUIRED("kv_num_heads", INT),
			ATTR_REQUIRED("q_num_heads", INT),
			ATTR("scale", FLOAT, "0"),
			ATTR("update_rule", STRING, "gated_delta")),
	 .infer = infer_linear,
	 .kernels = kernels},
	{0}};
