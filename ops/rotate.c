/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rotate.c -- ai.onnx's RotaryEmbedding.
 *
 * Every head of X [batch, steps, heads * size] or [batch, heads, steps, size]
 * turns by a row of the caches: row position_ids[b, s] of [rows, n / 2], or
 * row (b, s) of [batch, steps, n / 2].  n is rotary_embedding_dim, or the whole
 * head; numbers beyond it stay.
 */
#include <inttypes.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/op.h"
#include "ops/rotary.h"

enum { X, COSINE, SINE, POSITIONS };

/* Dims, negative where unknown. */
struct geometry {
	int64_t batch, heads, steps, size, half;
	bool by_head;
};

static bool unlike(int64_t a, int64_t b)
{
	return a >= 0 && b >= 0 && a != b;
}

static bool head_dims(struct geometry *g, const struct node *n,
		      const struct shape *x, struct err *e)
{
	int64_t heads = node_int(n, "num_heads", 0);

	g->by_head = x->rank == 4;
	g->batch = x->dim[0];
	if (g->by_head) {
		g->heads = x->dim[1];
		g->steps = x->dim[2];
		g->size = x->dim[3];
		return true;
	}
	if (x->rank != 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3 or 4",
			       x->rank);
	if (heads < 1)
		return err_set(e, ERR_SHAPE,
			       "num_heads is %" PRId64
			       ", want 1 or more for an X of rank 3",
			       heads);
	g->heads = heads;
	g->steps = x->dim[1];
	g->size = x->dim[2] < 0 ? DIM_UNKNOWN : x->dim[2] / heads;
	return x->dim[2] < 0 || x->dim[2] % heads == 0 ||
	       err_set(e, ERR_SHAPE,
		       "%" PRId64 " numbers do not divide into %" PRId64
		       " heads",
		       x->dim[2], heads);
}

static bool turned_dims(struct geometry *g, const struct node *n, struct err *e)
{
	int64_t dim = attr_int(n, "rotary_embedding_dim");

	if (!dim)
		dim = g->size;
	g->half = dim < 0 ? DIM_UNKNOWN : dim / 2;
	if (dim >= 0 && (dim % 2 || (g->size >= 0 && dim > g->size)))
		return err_set(e, ERR_SHAPE,
			       "%" PRId64 " numbers of heads of %" PRId64
			       " cannot turn",
			       dim, g->size);
	return attr_int(n, "rotary_embedding_dim") >= 0 ||
	       err_set(e, ERR_SHAPE, "rotary_embedding_dim is %" PRId64, dim);
}

static bool check_cache(const struct geometry *g, const struct shape *s,
			bool by_position, struct err *e)
{
	if (s->rank < 0)
		return true;
	if (s->rank != (by_position ? 2 : 3))
		return err_set(e, ERR_SHAPE,
			       "a cache has rank %d, want %d %s position_ids",
			       s->rank, by_position ? 2 : 3,
			       by_position ? "with" : "without");
	if (unlike(s->dim[s->rank - 1], g->half))
		return err_set(e, ERR_SHAPE,
			       "a cache has %" PRId64 " columns, want %" PRId64,
			       s->dim[s->rank - 1], g->half);
	return by_position ||
	       !(unlike(s->dim[0], g->batch) || unlike(s->dim[1], g->steps)) ||
	       err_set(e, ERR_SHAPE, "a cache has other texts or steps than X");
}

/* S[i]: shapes of operands, NULL if left out; that of X is known by rank. */
static bool geometry_of(struct geometry *g, const struct node *n,
			const struct shape *const *s, struct err *e)
{
	const struct shape *at = s[POSITIONS];

	if (!head_dims(g, n, s[X], e) || !turned_dims(g, n, e) ||
	    !check_cache(g, s[COSINE], at != NULL, e) ||
	    !check_cache(g, s[SINE], at != NULL, e))
		return false;
	if (at && at->rank >= 0 &&
	    (at->rank != 2 || unlike(at->dim[0], g->batch) ||
	     unlike(at->dim[1], g->steps)))
		return err_set(e, ERR_SHAPE,
			       "position_ids are not [batch, steps]");
	return true;
}

static bool infer_rotate(struct infer *c, struct err *e)
{
	const struct shape *s[] = {
		infer_shape(c, X), infer_shape(c, COSINE), infer_shape(c, SINE),
		infer_has(c, POSITIONS) ? infer_shape(c, POSITIONS) : NULL};
	struct geometry g;

	if (s[X]->rank >= 0 && !geometry_of(&g, c->node, s, e))
		return false;
	return infer_same_as_first(c, e);
}

/* ---- numbers ------------------------------------------------------------- */

struct rotate {
	struct job job;
	struct geometry g;
	const struct tensor *x, *cosine, *sine, *at;
	struct tensor *y;
	bool interleaved;
	double *line; /* [threads, size] */
};

/* Items are heads at a step. */
static void turn(struct job *job, size_t begin, size_t end)
{
	const struct rotate *r = (const struct rotate *)job;
	size_t size = (size_t)r->g.size, half = (size_t)r->g.half;
	size_t heads = (size_t)r->g.heads, steps = (size_t)r->g.steps;
	double *x = r->line + (size_t)parallel_index() * size;

	for (size_t i = begin; i < end; i++) {
		size_t step = r->g.by_head ? i % steps : i / heads % steps;
		size_t row = i / heads / steps * steps + step;

		if (r->at)
			row = (size_t)tensor_int(r->at, row);
		element_load(r->x->dtype, r->x->data, i * size, size, x);
		rotary_turn(x, half, r->interleaved, r->cosine, r->sine,
			    row * half);
		element_store(r->y->dtype, tensor_mut(r->y), i * size, size, x);
	}
}

static bool check_positions(const struct rotate *r, struct err *e)
{
	int64_t rows = r->cosine->shape.dim[0];

	if (r->sine->shape.dim[0] < rows)
		rows = r->sine->shape.dim[0];
	for (size_t i = 0; r->at && i < tensor_count(r->at); i++) {
		int64_t at = tensor_int(r->at, i);

		if (at < 0 || at >= rows)
			return err_set(e, ERR_SHAPE,
				       "position %" PRId64
				       ", want 0 to %" PRId64,
				       at, rows - 1);
	}
	return true;
}

static size_t line_doubles(const struct geometry *g)
{
	return (size_t)g->size * (size_t)parallel_threads();
}

static bool call_geometry(const struct call *c, struct geometry *g,
			  struct err *e)
{
	const struct shape *s[4] = {NULL};

	for (uint32_t i = 0; i < 4 && i < c->nin; i++)
		if (c->in[i])
			s[i] = &c->in[i]->type.shape;
	return geometry_of(g, c->node, s, e);
}

static size_t scratch(const struct call *c)
{
	struct geometry g;
	struct err ignored;

	if (!shape_is_known(&c->in[X]->type.shape) ||
	    !call_geometry(c, &g, &ignored))
		return 0;
	return doubles_of(line_doubles(&g));
}

static bool run_rotate(const struct call *c, struct err *e)
{
	struct rotate r = {.job.run = turn,
			   .x = call_in(c, X),
			   .cosine = call_in(c, COSINE),
			   .sine = call_in(c, SINE),
			   .at = call_in(c, POSITIONS),
			   .y = call_out(c, 0),
			   .interleaved = attr_int(c->node, "interleaved") !=
					  0};
	struct doubles d = {0};

	if (tensor_count(r.x) == 0)
		return true;
	if (!call_geometry(c, &r.g, e) || !check_positions(&r, e))
		return false;
	r.line = doubles_take(&d, c, line_doubles(&r.g));
	parallel_for(&r.job, tensor_count(r.x) / (size_t)r.g.size,
		     1 + 2048 / (size_t)r.g.size);
	return true;
}

static const struct kernel kernels[] = {{.name = "rotate-ref",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_rotate},
					{0}};

const struct op op_rows_rotate[] = {
	{.domain = "",
	 .type = "RotaryEmbedding",
	 .since = 23,
	 .in = PARAMS(IN("X", "T", TYPES_BF16_32),
		      IN("cos_cache", "T", TYPES_BF16_32),
		      IN("sin_cache", "T", TYPES_BF16_32),
		      OPTIONAL("position_ids", "M", TYPES_I64)),
	 .out = PARAMS(IN("Y", "T", TYPES_BF16_32)),
	 .attrs = ATTRS(ATTR("interleaved", INT, "0"),
			ATTR("num_heads", INT, NULL),
			ATTR("rotary_embedding_dim", INT, "0")),
	 .infer = infer_rotate,
	 .kernels = kernels},
	{0}};
