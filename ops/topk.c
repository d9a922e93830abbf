/* SPDX-License-Identifier: Apache-2.0 */
/* ops/topk.c -- TopK: the k greatest or least elements along an axis.
 *
 * Of equals the one with the lower index comes first; NaN is beyond every
 * number.  Results are sorted whether asked for or not.
 */
#include <inttypes.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"
#include "ops/rank.h"

static bool infer_topk(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape y = *x;
	int64_t k = DIM_UNKNOWN;
	bool known = true;
	int32_t axis;

	if (c->node->op->since >= 10)
		known = infer_scalar_int(c, 1, &k);
	else
		k = attr_int(c->node, "k");
	if (known && k < 0)
		return err_set(e, ERR_SHAPE, "k is %" PRId64 ", want 0 or more",
			       k);
	if (x->rank >= 0) {
		if (!infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
			return false;
		if (known && x->dim[axis] >= 0 && k > x->dim[axis])
			return err_set(e, ERR_SHAPE,
				       "k is %" PRId64 ", axis %d has %" PRId64
				       " elements",
				       k, axis, x->dim[axis]);
		y.dim[axis] = known ? k : DIM_UNKNOWN;
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	infer_set(c, 1, DTYPE_I64, &y);
	return true;
}

enum { LANES = 16 };

/* One item is a lane, with a heap of its own. */
struct topk_job {
	struct job job;
	const struct tensor *x;
	struct tensor *values;
	int64_t *indices;
	size_t extent, inner, slices, k;
	bool least;
	struct place *heap; /* LANES * k */
};

struct place {
	int64_t key;
	size_t index;
};

/* A comes before B in the result. */
static bool before(const struct place *a, const struct place *b)
{
	return a->key != b->key ? a->key > b->key : a->index < b->index;
}

/* The heap's root is the place that would leave first. */
static void sift_down(struct place *heap, size_t n, size_t i)
{
	struct place x = heap[i];
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && before(&heap[child], &heap[child + 1]))
			child++;
		if (!before(&x, &heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = x;
}

static struct place place_of(const struct topk_job *j, size_t at, size_t i)
{
	int64_t key = rank_key(j->x, at + i * j->inner);

	/* ~x reverses the order without overflow. */
	return (struct place){j->least ? ~key : key, i};
}

static void select_slice(const struct topk_job *j, size_t at,
			 struct place *heap)
{
	struct place x;

	for (size_t i = 0; i < j->k; i++)
		heap[i] = place_of(j, at, i);
	for (size_t i = j->k / 2; i-- > 0;)
		sift_down(heap, j->k, i);
	for (size_t i = j->k; i < j->extent; i++) {
		x = place_of(j, at, i);
		if (!before(&x, &heap[0]))
			continue;
		heap[0] = x;
		sift_down(heap, j->k, 0);
	}
	for (size_t n = j->k; n > 1; n--) {
		x = heap[0];
		heap[0] = heap[n - 1];
		heap[n - 1] = x;
		sift_down(heap, n - 1, 0);
	}
}

static void topk_run(struct job *self, size_t begin, size_t end)
{
	const struct topk_job *j = (const struct topk_job *)self;

	for (size_t lane = begin; lane < end; lane++)
		for (size_t s = lane; s < j->slices; s += LANES) {
			struct place *heap = j->heap + lane * j->k;
			size_t outer = s / j->inner, rest = s % j->inner;
			size_t at = outer * j->extent * j->inner + rest;
			size_t to = outer * j->k * j->inner + rest;

			select_slice(j, at, heap);
			for (size_t i = 0; i < j->k; i++, to += j->inner) {
				if (j->indices)
					j->indices[to] = (int64_t)heap[i].index;
				if (j->values)
					kern_move_block(
						tensor_bits(j->x), j->x->data,
						at + heap[i].index * j->inner,
						tensor_mut(j->values), to, 1);
			}
		}
}

/* K from any result that is wanted. */
static size_t wanted(const struct call *c)
{
	const struct tensor *y = call_out(c, 0) ? call_out(c, 0)
						: call_out(c, 1);

	return y ? (size_t)y->shape.dim[call_axis(c, y->shape.rank)] : 0;
}

static size_t scratch_topk(const struct call *c)
{
	return LANES * wanted(c) * sizeof(struct place);
}

static bool run_topk(const struct call *c, struct err *e)
{
	struct topk_job j = {.job = {topk_run}, .x = call_in(c, 0)};
	int32_t axis = call_axis(c, j.x->shape.rank);
	struct tensor *indices = call_out(c, 1);

	(void)e;
	j.k = wanted(c);
	if (j.k == 0 || tensor_count(j.x) == 0)
		return true;
	j.values = call_out(c, 0);
	j.indices = indices ? tensor_i64_mut(indices) : NULL;
	j.extent = (size_t)j.x->shape.dim[axis];
	j.inner = shape_span(&j.x->shape, axis + 1, j.x->shape.rank);
	j.slices = tensor_count(j.x) / j.extent;
	j.least = c->node->op->since >= 11 && !attr_int(c->node, "largest");
	j.heap = c->scratch;
	parallel_for(&j.job, LANES, 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "top-k",
					 .engine = "reference",
					 .scratch = scratch_topk,
					 .run = run_topk},
					{0}};

#define TOPK(opset, set, operands, attributes)                                \
	{                                                                     \
		.domain = "", .type = "TopK", .since = opset, .in = operands, \
		.out = PARAMS(IN("Values", "T", set),                         \
			      IN("Indices", "I", TYPES_I64)),                 \
		.attrs = attributes, .infer = infer_topk, .kernels = kernels, \
	}
#define X_AND_K(set) PARAMS(IN("X", "T", set), IN("K", NULL, TYPES_I64))
#define AXIS ATTR("axis", INT, "-1")
#define ATTRS_11 \
	ATTRS(AXIS, ATTR("largest", INT, "1"), ATTR("sorted", INT, "1"))

const struct op op_rows_topk[] = {
	TOPK(1, TYPES_IEEE, PARAMS(IN("X", "T", TYPES_IEEE)),
	     ATTRS(AXIS, ATTR_REQUIRED("k", INT))),
	TOPK(10, TYPES_IEEE, X_AND_K(TYPES_IEEE), ATTRS(AXIS)),
	TOPK(11, TYPES_NUMERIC_1, X_AND_K(TYPES_NUMERIC_1), ATTRS_11),
	TOPK(24, TYPES_NUMERIC, X_AND_K(TYPES_NUMERIC), ATTRS_11),
	{0}};
