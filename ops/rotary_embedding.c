/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rotary_embedding.c -- com.microsoft's RotaryEmbedding and
 * GemmaRotaryEmbedding.
 *
 * RotaryEmbedding turns every head of [batch, steps, hidden] or [batch, heads,
 * steps, size] by the row of the caches for its position: position_ids of each
 * step, or one number, the position of step 0.  What lies beyond
 * rotary_embedding_dim stays.  "scale" and is_packed_batching change nothing,
 * as on ONNX Runtime's CPU.
 *
 * Gemma: y = x * cos(emb) + rot * sin(emb), both rounded to float16 first.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/rotary.h"

/* Batch, heads, steps and the size of a head; -1 where unknown. */
struct geometry {
	int64_t batch, heads, steps, size, turned;
	bool by_head;
};

static bool geometry_of(struct geometry *g, const struct node *n,
			const struct shape *x, const struct shape *cache,
			struct err *e)
{
	int64_t hidden, heads = node_int(n, "num_heads", 0);
	int64_t dim = node_int(n, "rotary_embedding_dim", 0);
	int64_t width = cache->rank == 2 ? cache->dim[1] : DIM_UNKNOWN;

	*g = (struct geometry){-1, -1, -1, -1, -1, x->rank == 4};
	if (dim < 0 || dim % 2 || heads < 0 || (dim > 0 && heads == 0))
		return err_set(e, ERR_SHAPE,
			       "rotary_embedding_dim is %" PRId64
			       ", num_heads %" PRId64,
			       dim, heads);
	if (x->rank >= 0 && x->rank != 3 && x->rank != 4)
		return err_set(e, ERR_SHAPE, "input has rank %d, want 3 or 4",
			       x->rank);
	if (x->rank < 0 || width < 0)
		return true;
	g->batch = x->dim[0];
	g->steps = x->dim[x->rank == 4 ? 2 : 1];
	hidden = x->dim[x->rank - 1];
	if (width > INT32_MAX)
		return err_set(e, ERR_LIMIT,
			       "cos_cache has %" PRId64 " columns", width);
	g->turned = 2 * width;
	if (x->rank == 4) {
		g->heads = x->dim[1];
		g->size = hidden;
	} else if (hidden >= 0) {
		g->size = heads ? hidden / heads : g->turned;
		g->heads = heads ? heads : hidden / (g->size ? g->size : 1);
		if (g->size * g->heads != hidden)
			return err_set(e, ERR_SHAPE,
				       "%" PRId64 " numbers make no %" PRId64
				       " heads",
				       hidden, g->heads);
	}
	if ((dim && dim != g->turned) || (g->size >= 0 && g->turned > g->size))
		return err_set(e, ERR_SHAPE,
			       "cos_cache turns %" PRId64
			       " numbers of heads of %" PRId64,
			       g->turned, dim ? dim : g->size);
	return true;
}

static bool check_caches(const struct infer *c, struct err *e)
{
	const struct shape *a = infer_shape(c, 2), *b = infer_shape(c, 3);

	if ((a->rank >= 0 && a->rank != 2) || (b->rank >= 0 && b->rank != 2))
		return err_set(e, ERR_SHAPE,
			       "the caches have ranks %d and %d, want 2",
			       a->rank, b->rank);
	if (shape_is_known(a) && shape_is_known(b) && !shape_equal(a, b))
		return err_set(e, ERR_SHAPE,
			       "the caches have different shapes");
	return true;
}

static bool infer_rotary(struct infer *c, struct err *e)
{
	const struct shape *at = infer_shape(c, 1);
	struct geometry g;
	bool one = at->rank == 0 || (at->rank == 1 && at->dim[0] == 1);

	if (!check_caches(c, e) ||
	    !geometry_of(&g, c->node, infer_shape(c, 0), infer_shape(c, 2), e))
		return false;
	if (shape_is_known(at) && !one &&
	    (at->rank != 2 || (g.batch >= 0 && g.batch != at->dim[0]) ||
	     (g.steps >= 0 && g.steps != at->dim[1])))
		return err_set(e, ERR_SHAPE,
			       "position_ids are not one number or [%" PRId64
			       ", %" PRId64 "]",
			       g.batch, g.steps);
	return infer_same_as_first(c, e);
}

struct rotary {
	struct job job;
	struct geometry g;
	const struct tensor *x, *at, *cosine, *sine;
	struct tensor *y;
	bool interleaved;
	double *line; /* [threads, size] */
};

static int64_t position(const struct rotary *r, size_t batch, size_t step)
{
	size_t steps = (size_t)r->g.steps;

	return r->at->shape.rank < 2 ? tensor_int(r->at, 0) + (int64_t)step
				     : tensor_int(r->at, batch * steps + step);
}

/* Items are heads at a step. */
static void turn(struct job *job, size_t begin, size_t end)
{
	const struct rotary *r = (const struct rotary *)job;
	size_t size = (size_t)r->g.size, half = (size_t)r->g.turned / 2;
	size_t heads = (size_t)r->g.heads, steps = (size_t)r->g.steps;
	double *x = r->line + (size_t)parallel_index() * size;

	for (size_t i = begin; i < end; i++) {
		size_t step = r->g.by_head ? i % steps : i / heads % steps;
		int64_t at = position(r, i / heads / steps, step);

		element_load(r->x->dtype, r->x->data, i * size, size, x);
		rotary_turn(x, half, r->interleaved, r->cosine, r->sine,
			    (size_t)at * half);
		element_store(r->y->dtype, tensor_mut(r->y), i * size, size, x);
	}
}

static size_t scratch(const struct call *c)
{
	struct geometry g;
	struct err ignored;

	if (!geometry_of(&g, c->node, &c->in[0]->type.shape,
			 &c->in[2]->type.shape, &ignored) ||
	    g.size < 0)
		return 0;
	return doubles_of((size_t)g.size * (size_t)parallel_threads());
}

static bool run_rotary(const struct call *c, struct err *e)
{
	struct rotary r = {.job.run = turn, .x = call_in(c, 0)};
	struct doubles d = {0};
	int64_t rows;

	r.at = call_in(c, 1);
	r.cosine = call_in(c, 2);
	r.sine = call_in(c, 3);
	r.y = call_out(c, 0);
	r.interleaved = node_int(c->node, "interleaved", 0) != 0;
	if (tensor_count(r.x) == 0)
		return true;
	if (!geometry_of(&r.g, c->node, &r.x->shape, &r.cosine->shape, e))
		return false;
	rows = r.cosine->shape.dim[0];
	for (int64_t b = 0; b < (r.at->shape.rank < 2 ? 1 : r.g.batch); b++)
		for (int64_t i = 0; i < r.g.steps; i++) {
			int64_t at = position(&r, (size_t)b, (size_t)i);

			if (at < 0 || at >= rows)
				return err_set(e, ERR_SHAPE,
					       "position %" PRId64
					       ", want 0 to %" PRId64,
					       at, rows - 1);
		}
	r.line = doubles_take(&d, c,
			      (size_t)r.g.size * (size_t)parallel_threads());
	parallel_for(&r.job, tensor_count(r.x) / (size_t)r.g.size,
		     1 + 2048 / (size_t)r.g.size);
	return true;
}

/* ---- Gemma -------------------------------------------------------------- */

static bool infer_gemma(struct infer *c, struct err *e)
{
	const struct shape *emb = infer_shape(c, 0);

	if (emb->rank >= 0 && emb->rank != 3)
		return err_set(e, ERR_SHAPE, "emb has rank %d, want 3",
			       emb->rank);
	for (uint32_t i = 1; i < 5; i++) {
		const struct shape *x = infer_shape(c, i);
		const struct shape *first = infer_shape(c, i < 3 ? 1 : 3);

		if (x->rank >= 0 && x->rank != 4)
			return err_set(e, ERR_SHAPE,
				       "operand %u has rank %d, want 4", i,
				       x->rank);
		for (int32_t k = 0; k < 3 && x->rank == 4 && emb->rank == 3;
		     k++)
			if (x->dim[k ? k + 1 : 0] >= 0 && emb->dim[k] >= 0 &&
			    x->dim[k ? k + 1 : 0] != emb->dim[k])
				return err_set(e, ERR_SHAPE,
					       "operand %u does not fit emb",
					       i);
		if (shape_is_known(x) && shape_is_known(first) &&
		    !shape_equal(x, first))
			return err_set(e, ERR_SHAPE,
				       "operands %u and %u have different "
				       "shapes",
				       i - 1, i);
	}
	infer_set(c, 0, infer_dtype(c, 1), infer_shape(c, 1));
	if (c->node->nout > 1)
		infer_set(c, 1, infer_dtype(c, 3), infer_shape(c, 3));
	return true;
}

static double half(double x)
{
	uint16_t bits;

	element_set_double(DTYPE_F16, &bits, 0, x);
	return element_double(DTYPE_F16, &bits, 0);
}

static bool run_gemma(const struct call *c, struct err *e)
{
	const struct tensor *emb = call_in(c, 0);

	(void)e;
	for (uint32_t k = 0; k < 2; k++) {
		const struct tensor *x = call_in(c, 1 + 2 * k);
		const struct tensor *rot = call_in(c, 2 + 2 * k);
		struct tensor *y = call_out(c, k);
		size_t image = shape_span(&x->shape, 2, 4);
		size_t heads = (size_t)x->shape.dim[1];

		for (size_t i = 0; y && i < tensor_count(y); i++) {
			size_t at = i / image / heads * image + i % image;
			double angle = tensor_double(emb, at);

			element_set_double(
				y->dtype, tensor_mut(y), i,
				half(tensor_double(x, i) * half(cos(angle))) +
					half(tensor_double(rot, i) *
					     half(sin(angle))));
		}
	}
	return true;
}

static const struct kernel rotary_kernels[] = {{.name = "rotary-ref",
						.engine = "reference",
						.scratch = scratch,
						.run = run_rotary},
					       {0}};

static const struct kernel gemma_kernels[] = {
	{.name = "gemma-rotary-ref", .engine = "reference", .run = run_gemma},
	{0}};

#define F16 TYPE_BIT(F16)

const struct op op_rows_rotary_embedding[] = {
	{.domain = "com.microsoft",
	 .type = "GemmaRotaryEmbedding",
	 .since = 1,
	 .in = PARAMS(IN("emb", "U", TYPE_BIT(F32)), IN("q", "T", F16),
		      IN("q_rot", "T", F16), IN("k", "T", F16),
		      IN("k_rot", "T", F16)),
	 .out = PARAMS(IN("output1", "T", F16), IN("output2", "T", F16)),
	 .infer = infer_gemma,
	 .kernels = gemma_kernels},
	{.domain = "com.microsoft",
	 .type = "RotaryEmbedding",
	 .since = 1,
	 .in = PARAMS(IN("input", "T", TYPES_BF16_32),
		      IN("position_ids", "M", TYPES_I64),
		      IN("cos_cache", "T", TYPES_BF16_32),
		      IN("sin_cache", "T", TYPES_BF16_32)),
	 .out = PARAMS(IN("output", "T", TYPES_BF16_32)),
	 .attrs = ATTRS(ATTR("interleaved", INT, NULL),
			ATTR("is_packed_batching", INT, NULL),
			ATTR("num_heads", INT, NULL),
			ATTR("rotary_embedding_dim", INT, NULL),
			ATTR("scale", FLOAT, NULL)),
	 .infer = infer_rotary,
	 .kernels = rotary_kernels},
	{0}};
