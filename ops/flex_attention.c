/* SPDX-License-Identifier: Apache-2.0 */
/* ops/flex_attention.c -- ai.onnx.preview's FlexAttention.
 *
 *     scores  = score_mod(Q sqrt(scale) . K sqrt(scale))
 *     weights = prob_mod(softmax(scores))
 *     Y       = weights V
 *
 * with Q [B, N, L, E], K [B, M, S, E], V [B, M, S, E_v], Y [B, N, L, E_v]; N is
 * a multiple of M.  Products are rounded to Q's type; all between them and Y
 * has softmax_precision, which is float unless Q is double.  The graphs see all
 * scores at once.
 */
#include "ops/flex_attention.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "ops/attend.h"
#include "ops/doubles.h"
#include "ops/inner.h"
#include "ops/soft_sum.h"

enum { Q, K, V };

static bool unlike(int64_t a, int64_t b)
{
	return a >= 0 && b >= 0 && a != b;
}

/* ---- inference ----------------------------------------------------------- */

static bool check_attributes(const struct node *n, struct err *e)
{
	int64_t code = node_int(n, "softmax_precision", 1);
	enum dtype t = dtype_from_onnx(code);

	if (t == DTYPE_NONE || !(TYPES_FLOAT & (UINT32_C(1) << t)))
		return err_set(e, ERR_FORMAT,
			       "softmax_precision is %" PRId64
			       ", want a type of floats",
			       code);
	if (node_float(n, "scale", 1) < 0)
		return err_set(e, ERR_FORMAT, "scale is %g, want 0 or more",
			       (double)node_float(n, "scale", 1));
	return true;
}

static bool check_shapes(const struct shape *q, const struct shape *k,
			 const struct shape *v, struct err *e)
{
	const struct shape *s[] = {q, k, v};

	for (int i = 0; i < 3; i++) {
		if (s[i]->rank != 4)
			return err_set(e, ERR_SHAPE, "'%c' wants rank 4",
				       "QKV"[i]);
		if (unlike(s[i]->dim[0], q->dim[0]))
			return err_set(e, ERR_SHAPE,
				       "'%c' has another batch than Q",
				       "QKV"[i]);
	}
	if (unlike(k->dim[3], q->dim[3]))
		return err_set(e, ERR_SHAPE,
			       "'K' has vectors of another size than Q");
	if (unlike(v->dim[1], k->dim[1]) || unlike(v->dim[2], k->dim[2]))
		return err_set(e, ERR_SHAPE,
			       "'V' has other heads or another length than K");
	if (k->dim[1] == 0 ||
	    (q->dim[1] >= 0 && k->dim[1] > 0 && q->dim[1] % k->dim[1]))
		return err_set(e, ERR_SHAPE,
			       "%" PRId64 " heads of queries do not share "
			       "%" PRId64 " of keys",
			       q->dim[1], k->dim[1]);
	return true;
}

/* What graph NAME gives, GOT, against what it has to, as far as known. */
static bool check_result(const char *name, const struct type *got,
			 const struct type *want, struct err *e)
{
	bool fits = got->kind == TYPE_TENSOR &&
		    (got->dtype == want->dtype || got->dtype == DTYPE_NONE ||
		     want->dtype == DTYPE_NONE);

	if (got->kind == TYPE_UNKNOWN)
		return true;
	if (!fits)
		return err_set(
			e, ERR_TYPE, "%s gives %s, want a tensor of %s", name,
			got->kind == TYPE_TENSOR ? dtype_info[got->dtype].text
						 : "no tensor",
			dtype_info[want->dtype].text);
	if (got->shape.rank < 0 || want->shape.rank < 0)
		return true;
	fits = got->shape.rank == want->shape.rank;
	for (int32_t i = 0; fits && i < got->shape.rank; i++)
		fits = !unlike(got->shape.dim[i], want->shape.dim[i]);
	return fits || err_set(e, ERR_SHAPE,
			       "%s gives another shape than the "
			       "scores have",
			       name);
}

static bool check_graph(const struct node *n, const char *name,
			const struct type *scores, struct err *e)
{
	const struct graph *g;

	if (!node_attr(n, name))
		return true;
	g = inner_graph(n, name);
	return inner_check(g, 1, 1, e) &&
	       check_result(name, inner_type(g, 0), scores, e);
}

struct type flex_attention_scores(const struct node *n, const struct type *q,
				  const struct type *k)
{
	int64_t code = node_int(n, "softmax_precision", 0);
	struct shape s = {.rank = RANK_UNKNOWN};
	enum dtype t = dtype_from_onnx(code);

	if (q->kind == TYPE_TENSOR && !node_attr(n, "softmax_precision"))
		t = q->dtype == DTYPE_F64 || q->dtype == DTYPE_NONE ? q->dtype
								    : DTYPE_F32;
	if (q->kind == TYPE_TENSOR && k->kind == TYPE_TENSOR &&
	    q->shape.rank == 4 && k->shape.rank == 4)
		s = SHAPE(q->shape.dim[0], q->shape.dim[1], q->shape.dim[2],
			  k->shape.dim[2]);
	return type_tensor(t, &s);
}

static bool infer_flex(struct infer *c, struct err *e)
{
	const struct shape *q = infer_shape(c, Q), *k = infer_shape(c, K);
	const struct shape *v = infer_shape(c, V);
	struct shape y = {.rank = RANK_UNKNOWN};
	struct type scores;

	if (!check_attributes(c->node, e))
		return false;
	if (q->rank >= 0 && k->rank >= 0 && v->rank >= 0) {
		if (!check_shapes(q, k, v, e))
			return false;
		y = SHAPE(q->dim[0], q->dim[1], q->dim[2], v->dim[3]);
	}
	scores = flex_attention_scores(c->node, c->in[Q], c->in[K]);
	infer_set(c, 0, infer_dtype(c, Q), &y);
	return check_graph(c->node, "score_mod", &scores, e) &&
	       check_graph(c->node, "prob_mod", &scores, e);
}

/* ---- numbers ------------------------------------------------------------- */

struct flex {
	struct job job;
	void (*row)(const struct flex *f, size_t i, double *work);
	size_t heads, kv_heads, rows, keys, size, v_size;
	enum dtype step; /* of the products */
	const double *q, *k, *v;
	const struct tensor *from;
	struct tensor *to;
	double *work;
};

/* Index of the head of keys for row I. */
static size_t line_of(const struct flex *f, size_t i)
{
	size_t line = i / f->rows;

	return line / f->heads * f->kv_heads +
	       line % f->heads / (f->heads / f->kv_heads);
}

static void multiply(const struct flex *f, size_t i, double *work)
{
	const double *q = f->q + i * f->size;
	const double *k = f->k + line_of(f, i) * f->keys * f->size;

	for (size_t j = 0; j < f->keys; j++, k += f->size) {
		work[j] = 0;
		for (size_t x = 0; x < f->size; x++)
			work[j] += q[x] * k[x];
	}
	attend_round(f->step, work, f->keys);
	element_store(f->to->dtype, tensor_mut(f->to), i * f->keys, f->keys,
		      work);
}

static void soften(const struct flex *f, size_t i, double *work)
{
	struct soft_sum total = {.type = f->to->dtype};
	double max = -INFINITY, sum;

	element_load(f->from->dtype, f->from->data, i * f->keys, f->keys, work);
	for (size_t j = 0; j < f->keys; j++)
		max = fmax(max, work[j]);
	for (size_t j = 0; j < f->keys; j++) {
		work[j] = soft_term(total.type, work[j], max);
		soft_sum_add(&total, work[j]);
	}
	sum = soft_sum_total(&total);
	for (size_t j = 0; j < f->keys; j++)
		work[j] /= sum;
	element_store(f->to->dtype, tensor_mut(f->to), i * f->keys, f->keys,
		      work);
}

static void weigh(const struct flex *f, size_t i, double *work)
{
	const double *v = f->v + line_of(f, i) * f->keys * f->v_size;
	double *y = work + f->keys;

	element_load(f->from->dtype, f->from->data, i * f->keys, f->keys, work);
	for (size_t x = 0; x < f->v_size; x++)
		y[x] = 0;
	for (size_t j = 0; j < f->keys; j++, v += f->v_size)
		for (size_t x = 0; x < f->v_size; x++)
			y[x] += work[j] * v[x];
	element_store(f->to->dtype, tensor_mut(f->to), i * f->v_size, f->v_size,
		      y);
}

static void run_rows(struct job *job, size_t begin, size_t end)
{
	const struct flex *f = (const struct flex *)job;
	double *work = f->work +
		       (size_t)parallel_index() * (f->keys + f->v_size);

	for (size_t i = begin; i < end; i++)
		f->row(f, i, work);
}

/* ROW for every row of FROM and TO. */
static void each_row(struct flex *f,
		     void (*row)(const struct flex *f, size_t i, double *work),
		     const struct tensor *from, struct tensor *to, size_t count)
{
	size_t cost = f->keys * (f->size + f->v_size);

	f->job.run = run_rows;
	f->row = row;
	f->from = from;
	f->to = to;
	parallel_for(&f->job, count, 1 + 8192 / (cost + 1));
}

/* D becomes what graph NAME, if there is one, makes of it. */
static bool modify(const struct call *c, const char *name, struct datum *d,
		   struct err *e)
{
	const struct datum *in = d;
	struct datum out = {0};

	if (!node_attr(c->node, name))
		return true;
	if (!c->services->run_graph(c->services, inner_graph(c->node, name),
				    &in, &out, e) ||
	    !check_result(name, &out.type, &d->type, e))
		return false;
	*d = out;
	return true;
}

static bool attend_flexibly(struct flex *f, const struct call *c,
			    const struct type *scores, struct err *e)
{
	struct tensor t = {.dtype = scores->dtype, .shape = scores->shape};
	const int64_t *dim = t.shape.dim;
	size_t count = (size_t)(dim[0] * dim[1] * dim[2]);
	struct datum d;
	void *room;

	if (!shape_bytes(&t.shape, t.dtype, &t.bytes, e) ||
	    !c->services->alloc(c->services, t.bytes, &room, e))
		return false;
	t.data = room;
	each_row(f, multiply, NULL, &t, count);
	d = datum_tensor(&t);
	if (!modify(c, "score_mod", &d, e))
		return false;
	each_row(f, soften, &d.tensor, &t, count);
	d = datum_tensor(&t);
	if (!modify(c, "prob_mod", &d, e))
		return false;
	if (call_out(c, 0))
		each_row(f, weigh, &d.tensor, call_out(c, 0), count);
	return true;
}

static double *load_scaled(struct doubles *d, const struct call *c, uint32_t i,
			   double factor)
{
	double *x = doubles_load(d, c, i);
	size_t n = tensor_count(call_in(c, i));

	for (size_t k = 0; k < n; k++)
		x[k] *= factor;
	attend_round(call_in(c, i)->dtype, x, n);
	return x;
}

static size_t scratch(const struct call *c)
{
	const struct shape *v = &c->in[V]->type.shape;
	size_t bytes = 0;

	if (!shape_is_known(v) || v->rank != 4)
		return 0;
	for (uint32_t i = Q; i <= V; i++)
		bytes += doubles_of(count_in(c, i));
	return bytes +
	       doubles_of(attend_work((size_t)v->dim[2], (size_t)v->dim[3]));
}

static bool run_flex(const struct call *c, struct err *e)
{
	const struct shape *q = &call_in(c, Q)->shape,
			   *v = &call_in(c, V)->shape;
	struct type scores = flex_attention_scores(c->node, &c->in[Q]->type,
						   &c->in[K]->type);
	struct shape y = SHAPE(q->dim[0], q->dim[1], q->dim[2], v->dim[3]);
	/* The factor is a float's root in every type. */
	float scale = node_float(c->node, "scale",
				 (float)(1 / sqrt((double)q->dim[3])));
	double factor = (double)sqrtf(scale);
	struct flex f = {.heads = (size_t)q->dim[1],
			 .kv_heads = (size_t)v->dim[1],
			 .rows = (size_t)q->dim[2],
			 .keys = (size_t)v->dim[2],
			 .size = (size_t)q->dim[3],
			 .v_size = (size_t)v->dim[3],
			 .step = call_in(c, Q)->dtype};
	struct doubles d = {0};

	attend_round(f.step, &factor, 1);
	f.q = load_scaled(&d, c, Q, factor);
	f.k = load_scaled(&d, c, K, factor);
	f.v = doubles_load(&d, c, V);
	f.work = doubles_take(&d, c, attend_work(f.keys, f.v_size));
	return call_alloc(c, 0, f.step, &y, e) &&
	       attend_flexibly(&f, c, &scores, e);
}

static const struct kernel kernels[] = {{.name = "flex-attention-ref",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_flex},
					{0}};

#define T TYPES_FLOAT

const struct op op_rows_flex_attention[] = {
	{.domain = "ai.onnx.preview",
	 .type = "FlexAttention",
	 .since = 1,
	 .traits = OP_GRAPHS,
	 .in = PARAMS(IN("Q", "T1", T), IN("K", "T1", T), IN("V", "T1", T)),
	 .out = PARAMS(IN("Y", "T1", T)),
	 .attrs = ATTRS(ATTR("prob_mod", GRAPH, NULL),
			ATTR("scale", FLOAT, NULL),
			ATTR("score_mod", GRAPH, NULL),
			ATTR("softmax_precision", INT, NULL)),
	 .infer = infer_flex,
	 .kernels = kernels},
	{0}};
