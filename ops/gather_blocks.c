/* SPDX-License-Identifier: Apache-2.0 */
/* ops/gather_blocks.c -- com.microsoft's GatherBlockQuantized.
 *
 *     y = (x[index] - zero) * scale
 *
 * Gather along gather_axis from codes that have a scale (and zero point) for
 * every block of block_size elements along quantize_axis.  In uint8 data lie
 * 8 / bits codes a byte along the last axis, first element in the low bits;
 * its zero points are packed likewise, or else 2^(bits - 1).
 */
#include "ops/op.h"

#include <inttypes.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"

struct gather {
	struct job job;
	const struct tensor *x, *index, *scale, *zero;
	struct tensor *y;
	struct shape shape; /* of the codes */
	size_t bits;	    /* of packed codes; 0: not packed */
	int32_t gather, quantize;
	size_t block, extent, inner, nindex; /* around the gathered axis */
};

/* Codes in a byte of uint8 data, else 1. */
static int64_t codes(const struct node *n, enum dtype t)
{
	return t == DTYPE_U8 ? 8 / attr_int(n, "bits") : 1;
}

static struct shape unpacked(const struct shape *x, int64_t per_byte)
{
	struct shape s = *x;

	if (s.rank > 0 && s.dim[s.rank - 1] >= 0 &&
	    s.dim[s.rank - 1] <= INT64_MAX / 8)
		s.dim[s.rank - 1] *= per_byte;
	else if (s.rank > 0 && per_byte > 1)
		s.dim[s.rank - 1] = DIM_UNKNOWN;
	return s;
}

/* ---- shapes ------------------------------------------------------------- */

static bool check_attrs(const struct infer *c, int32_t *gather,
			int32_t *quantize, struct err *e)
{
	const struct node *n = c->node;
	int64_t block = attr_int(n, "block_size"), bits = attr_int(n, "bits");
	const struct shape *x = infer_shape(c, 0);
	bool bytes = infer_dtype(c, 0) == DTYPE_U8;

	if (block < 16 || block > INT32_MAX || (block & (block - 1)))
		return err_set(e, ERR_SHAPE,
			       "block_size is %" PRId64
			       ", want a power of 2 from 16 on",
			       block);
	if (bytes ? bits != 2 && bits != 4 && bits != 8 : bits != 4)
		return err_set(e, ERR_UNSUPPORTED,
			       "bits is %" PRId64 ", want %s", bits,
			       bytes ? "2, 4 or 8" : "4");
	if (x->rank < 0)
		return true;
	if (!infer_axis(attr_int(n, "gather_axis"), x->rank, gather, e))
		return err_context(e, "gather_axis");
	if (!infer_axis(attr_int(n, "quantize_axis"), x->rank, quantize, e))
		return err_context(e, "quantize_axis");
	if (*gather == *quantize)
		return err_set(e, ERR_SHAPE,
			       "gather_axis and quantize_axis are both %d",
			       *gather);
	if (bytes && (*gather != 0 || *quantize != x->rank - 1))
		return err_set(
			e, ERR_UNSUPPORTED,
			"data of bytes is gathered along axis %d and "
			"quantized along %d, want the first and the last",
			*gather, *quantize);
	return true;
}

/* S is X, but for the quantized axis, which has LENGTH elements. */
static bool check_like(const struct shape *s, const struct shape *x,
		       int32_t axis, int64_t length, const char *name,
		       struct err *e)
{
	if (s->rank < 0)
		return true;
	if (s->rank != x->rank)
		return err_set(e, ERR_SHAPE, "'%s' has rank %d, want %d", name,
			       s->rank, x->rank);
	for (int32_t i = 0; i < s->rank; i++) {
		int64_t want = i == axis ? length : x->dim[i];

		if (s->dim[i] >= 0 && want >= 0 && s->dim[i] != want)
			return err_set(e, ERR_SHAPE,
				       "'%s' has dim %" PRId64
				       " at axis %d, want %" PRId64,
				       name, s->dim[i], i, want);
	}
	return true;
}

static bool infer_gather(struct infer *c, struct err *e)
{
	const struct shape *index = infer_shape(c, 1);
	int64_t per_byte, block = attr_int(c->node, "block_size"), n, z;
	struct shape x, y = {.rank = RANK_UNKNOWN};
	int32_t gather = 0, quantize = 0;

	if (!check_attrs(c, &gather, &quantize, e))
		return false;
	per_byte = codes(c->node, infer_dtype(c, 0));
	x = unpacked(infer_shape(c, 0), per_byte);
	if (x.rank >= 0) {
		n = x.dim[quantize];
		n = n < 0 ? DIM_UNKNOWN : n / block + (n % block != 0);
		z = n < 0 ? n : (n + per_byte - 1) / per_byte;
		if (!check_like(infer_shape(c, 2), &x, quantize, n, "scales",
				e) ||
		    !check_like(infer_shape(c, 3), &x, quantize, z,
				"zero_points", e))
			return false;
	}
	if (x.rank >= 0 && index->rank >= 0) {
		if (x.rank - 1 + index->rank > MAX_RANK)
			return err_set(e, ERR_LIMIT,
				       "result has rank %d, the limit is %d",
				       x.rank - 1 + index->rank, MAX_RANK);
		y.rank = 0;
		for (int32_t i = 0; i < gather; i++)
			y.dim[y.rank++] = x.dim[i];
		for (int32_t i = 0; i < index->rank; i++)
			y.dim[y.rank++] = index->dim[i];
		for (int32_t i = gather + 1; i < x.rank; i++)
			y.dim[y.rank++] = x.dim[i];
	}
	infer_set(c, 0, infer_dtype(c, 2), &y);
	return true;
}

/* ---- numbers ------------------------------------------------------------ */

/* Code I of T, whose last axis of LENGTH codes is packed if g->bits says so. */
static double code_at(const struct gather *g, const struct tensor *t,
		      size_t length, size_t i)
{
	size_t bits = g->bits, row, k;

	if (!bits)
		return tensor_double(t, i);
	row = i / length * ((length * bits + 7) / 8);
	k = i % length;
	return ((const uint8_t *)t->data)[row + k * bits / 8] >>
		       (k * bits % 8) &
	       ((1u << bits) - 1);
}

static void gather(struct job *job, size_t begin, size_t end)
{
	const struct gather *g = (const struct gather *)job;
	int32_t rank = g->shape.rank, q = g->quantize;
	size_t last = (size_t)g->shape.dim[rank - 1];
	size_t inner = shape_span(&g->shape, q + 1, rank);
	size_t extent = (size_t)g->shape.dim[q];
	size_t blocks = (extent + g->block - 1) / g->block;
	size_t zlast = q == rank - 1 ? blocks : last;

	for (size_t i = begin; i < end; i++) {
		size_t outer = i / g->inner / g->nindex;
		int64_t k = tensor_int(g->index, i / g->inner % g->nindex);
		size_t row = (size_t)(k < 0 ? k + (int64_t)g->extent : k);
		size_t at = (outer * g->extent + row) * g->inner + i % g->inner;
		size_t s = (at / inner / extent * blocks +
			    at / inner % extent / g->block) *
				   inner +
			   at % inner;
		double zero = g->bits ? (double)(1u << (g->bits - 1)) : 0;

		if (g->zero)
			zero = code_at(g, g->zero, zlast, s);
		element_set_double(g->y->dtype, tensor_mut(g->y), i,
				   (code_at(g, g->x, last, at) - zero) *
					   tensor_double(g->scale, s));
	}
}

static bool run_gather(const struct call *c, struct err *e)
{
	struct gather g = {.job.run = gather, .x = call_in(c, 0)};
	bool bytes = g.x->dtype == DTYPE_U8;
	int32_t rank = g.x->shape.rank;

	g.index = call_in(c, 1);
	g.scale = call_in(c, 2);
	g.zero = call_in(c, 3);
	g.y = call_out(c, 0);
	g.shape = unpacked(&g.x->shape, codes(c->node, g.x->dtype));
	g.bits = bytes ? (size_t)attr_int(c->node, "bits") : 0;
	g.block = (size_t)attr_int(c->node, "block_size");
	g.nindex = tensor_count(g.index);
	if (!infer_axis(attr_int(c->node, "gather_axis"), rank, &g.gather, e) ||
	    !infer_axis(attr_int(c->node, "quantize_axis"), rank, &g.quantize,
			e))
		return false;
	g.extent = (size_t)g.shape.dim[g.gather];
	g.inner = shape_span(&g.shape, g.gather + 1, rank);
	for (size_t i = 0; i < g.nindex; i++) {
		int64_t k = tensor_int(g.index, i), n = (int64_t)g.extent;

		if (k < -n || k >= n)
			return err_set(e, ERR_SHAPE,
				       "index %zu is %" PRId64 ", want %" PRId64
				       "..%" PRId64,
				       i, k, -n, n - 1);
	}
	parallel_for(&g.job, tensor_count(g.y), 4096);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "gather-blocks", .engine = "reference", .run = run_gather},
	{0}};

#define CODES (TYPE_BIT(I4) | TYPE_BIT(U4) | TYPE_BIT(U8))

const struct op op_rows_gather_blocks[] = {
	{.domain = "com.microsoft",
	 .type = "GatherBlockQuantized",
	 .since = 1,
	 .in = PARAMS(IN("data", "T1", CODES),
		      IN("indices", "Tind", TYPES_INDEX),
		      IN("scales", "T2", TYPES_BF16_32),
		      OPTIONAL("zero_points", "T1", CODES)),
	 .out = PARAMS(IN("output", "T2", TYPES_BF16_32)),
	 .attrs = ATTRS(ATTR("bits", INT, "4"), ATTR("block_size", INT, "128"),
			ATTR("gather_axis", INT, "0"),
			ATTR("quantize_axis", INT, "1")),
	 .infer = infer_gather,
	 .kernels = kernels},
	{0}};
