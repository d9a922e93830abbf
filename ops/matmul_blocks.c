/* SPDX-License-Identifier: Apache-2.0 */
/* ops/matmul_blocks.c -- com.microsoft's MatMulNBits and MatMulBnb4.
 *
 *     Y = A * W^T + bias        W [N, K], of few bits, scaled in blocks
 *
 * NBits: W = (code - zero) * scale, a scale and zero point for each block of
 * block_size along K (or for the block that g_idx names); codes lie in B
 * [N, blocks, bytes], first element in the low bits, packed zero points
 * likewise in rows of whole bytes.  accuracy_level permits coarser sums than
 * ours and is ignored.
 *
 * Bnb4: W is flat, in blocks that pass the ends of rows; a code (first element
 * in the HIGH bits) picks from a table that is scaled by the block's absmax.
 * transB 0 multiplies by W itself.
 */
#include "ops/op.h"

#include <inttypes.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"

enum { NF4 = 1, MAX_SIDE = 1 << 28 };

/* QLoRA (arXiv 2305.14314), appendix E, and bitsandbytes' FP4. */
static const float tables[2][16] = {
	{0, 5.208333333e-03f, 0.66666667f, 1, 0.33333333f, 0.5f, 0.16666667f,
	 0.25f, 0, -5.208333333e-03f, -0.66666667f, -1, -0.33333333f, -0.5f,
	 -0.16666667f, -0.25f},
	{-1, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,
	 -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0,
	 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f,
	 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f,
	 0.7229568362236023f, 1},
};

struct blocks {
	struct job job;
	/* Weight of output N, input K. */
	double (*at)(const struct blocks *b, size_t n, size_t k);
	const struct tensor *codes, *scales, *zeros, *group, *bias;
	size_t rows, n, k; /* Y is [rows, n] */
	size_t block, nblocks, bits;
	const float *table;
	const double *a;
	double *line; /* [threads, k] */
	struct tensor *y;
};

/* Element I of packed codes, those of a byte from the low bits on. */
static double code_at(const struct tensor *t, size_t bits, size_t byte,
		      size_t i)
{
	const uint8_t *x = t->data;
	unsigned shift = (unsigned)(i * bits % 8);

	return x[byte + i * bits / 8] >> shift & ((1u << bits) - 1);
}

static double nbits_at(const struct blocks *b, size_t n, size_t k)
{
	size_t bytes = b->block * b->bits / 8, row = n * b->nblocks;
	size_t block = b->group ? (size_t)tensor_int(b->group, k)
				: k / b->block;
	double zero = (double)(1u << (b->bits - 1));
	double code = code_at(b->codes, b->bits, (row + k / b->block) * bytes,
			      k % b->block);

	if (b->zeros && b->zeros->dtype != DTYPE_U8)
		zero = tensor_double(b->zeros, row + block);
	else if (b->zeros)
		zero = code_at(b->zeros, b->bits,
			       n * ((b->nblocks * b->bits + 7) / 8), block);
	return (code - zero) * tensor_double(b->scales, row + block);
}

static double bnb4_flat(const struct blocks *b, size_t i)
{
	unsigned byte = ((const uint8_t *)b->codes->data)[i / 2];

	return b->table[i % 2 ? byte & 15 : byte >> 4] *
	       tensor_double(b->scales, i / b->block);
}

static double bnb4_at(const struct blocks *b, size_t n, size_t k)
{
	return bnb4_flat(b, n * b->k + k);
}

static double bnb4_turned_at(const struct blocks *b, size_t n, size_t k)
{
	return bnb4_flat(b, k * b->n + n);
}

/* Columns [BEGIN, END) of the result: a row of weights at a time. */
static void columns(struct job *job, size_t begin, size_t end)
{
	const struct blocks *b = (const struct blocks *)job;
	double *w = b->line + (size_t)parallel_index() * b->k;

	for (size_t n = begin; n < end; n++) {
		for (size_t k = 0; k < b->k; k++)
			w[k] = b->at(b, n, k);
		for (size_t i = 0; i < b->rows; i++) {
			const double *a = b->a + i * b->k;
			double sum = 0;

			for (size_t k = 0; k < b->k; k++)
				sum += a[k] * w[k];
			if (b->bias)
				sum += tensor_double(b->bias, n);
			element_set_double(b->y->dtype, tensor_mut(b->y),
					   i * b->n + n, sum);
		}
	}
}

/* Inputs and outputs of a feature vector. */
static int64_t inputs(const struct node *n)
{
	return attr_int(n, node_int(n, "transB", 1) ? "K" : "N");
}

static int64_t outputs(const struct node *n)
{
	return attr_int(n, node_int(n, "transB", 1) ? "N" : "K");
}

static size_t scratch(const struct call *c)
{
	if (count_in(c, 0) == 0)
		return 0;
	return doubles_of(count_in(c, 0)) +
	       doubles_of((size_t)inputs(c->node) * (size_t)parallel_threads());
}

static bool run(struct blocks *b, const struct call *c)
{
	struct doubles d = {0};

	b->job.run = columns;
	b->codes = call_in(c, 1);
	b->scales = call_in(c, 2);
	b->y = call_out(c, 0);
	b->k = (size_t)inputs(c->node);
	b->n = (size_t)outputs(c->node);
	b->rows = tensor_count(b->y) / b->n;
	b->block = (size_t)attr_int(c->node, "block_size");
	b->a = doubles_load(&d, c, 0);
	b->line = doubles_take(&d, c, b->k * (size_t)parallel_threads());
	if (b->rows > 0)
		parallel_for(&b->job, b->n, 1 + 4096 / b->k);
	return true;
}

static bool run_nbits(const struct call *c, struct err *e)
{
	struct blocks b = {.at = nbits_at, .zeros = call_in(c, 3)};

	b.group = call_in(c, 4);
	b.bias = call_in(c, 5);
	b.bits = (size_t)attr_int(c->node, "bits");
	b.nblocks = (size_t)call_in(c, 1)->shape.dim[1];
	for (size_t k = 0; b.group && k < (size_t)inputs(c->node); k++) {
		int64_t g = tensor_int(b.group, k);

		if (g < 0 || g >= (int64_t)b.nblocks)
			return err_set(e, ERR_SHAPE,
				       "g_idx[%zu] is %" PRId64
				       ", want 0 to %zu",
				       k, g, b.nblocks - 1);
	}
	return run(&b, c);
}

static bool run_bnb4(const struct call *c, struct err *e)
{
	struct blocks b = {.at = bnb4_at};

	(void)e;
	if (!attr_int(c->node, "transB"))
		b.at = bnb4_turned_at;
	b.table = tables[attr_int(c->node, "quant_type")];
	return run(&b, c);
}

/* ---- shapes ------------------------------------------------------------- */

/* Operand I, if it is there, has COUNT elements (as far as that is known). */
static bool check_count(const struct infer *c, uint32_t i, int64_t count,
			struct err *e)
{
	const struct shape *s = infer_shape(c, i);
	size_t n;

	if (!infer_has(c, i) || !shape_is_known(s))
		return true;
	if (!shape_count(s, &n, e))
		return false;
	if (n != (size_t)count)
		return err_set(e, ERR_SHAPE,
			       "'%s' has %zu elements, want %" PRId64,
			       c->node->op->in[i].name, n, count);
	return true;
}

/* N, K and block_size, and the shape of the result. */
static bool infer_common(struct infer *c, struct err *e)
{
	const struct node *n = c->node;
	int64_t block = attr_int(n, "block_size"), in = inputs(n);
	struct shape y = *infer_shape(c, 0);

	for (int k = 0; k < 2; k++) {
		int64_t x = attr_int(n, k ? "K" : "N");

		if (x < 1 || x > MAX_SIDE)
			return err_set(e, ERR_SHAPE,
				       "%s is %" PRId64 ", want 1 to %d",
				       k ? "K" : "N", x, MAX_SIDE);
	}
	if (block < 16 || block > MAX_SIDE || (block & (block - 1)))
		return err_set(e, ERR_SHAPE,
			       "block_size is %" PRId64
			       ", want a power of 2 from 16 on",
			       block);
	if (y.rank == 0)
		return err_set(e, ERR_SHAPE, "A is a scalar");
	if (y.rank > 0 && y.dim[y.rank - 1] >= 0 && y.dim[y.rank - 1] != in)
		return err_set(e, ERR_SHAPE,
			       "A has %" PRId64 " columns, want %" PRId64,
			       y.dim[y.rank - 1], in);
	if (y.rank > 0)
		y.dim[y.rank - 1] = outputs(n);
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool infer_nbits(struct infer *c, struct err *e)
{
	const struct node *n = c->node;
	int64_t bits = attr_int(n, "bits"), block = attr_int(n, "block_size");
	const struct shape *b = infer_shape(c, 1), *g = infer_shape(c, 4);
	int64_t blocks, row;
	bool packed = infer_dtype(c, 3) == DTYPE_U8;

	if (bits != 2 && bits != 4 && bits != 8)
		return err_set(e, ERR_UNSUPPORTED,
			       "bits is %" PRId64 ", we know 2, 4 and 8", bits);
	if (attr_int(n, "weight_prepacked"))
		return err_set(e, ERR_UNSUPPORTED,
			       "weight_prepacked is %" PRId64
			       ": the layout belongs to one device",
			       attr_int(n, "weight_prepacked"));
	if (!infer_common(c, e))
		return false;
	if (b->rank >= 0 && b->rank != 3)
		return err_set(e, ERR_SHAPE, "B has rank %d, want 3", b->rank);
	blocks = (attr_int(n, "K") + block - 1) / block;
	if (b->rank == 3 && b->dim[1] >= 0 && b->dim[1] != blocks)
		return err_set(e, ERR_SHAPE,
			       "B has %" PRId64 " blocks, want %" PRId64,
			       b->dim[1], blocks);
	row = packed ? (blocks * bits + 7) / 8 : blocks;
	if (infer_has(c, 4) && g->rank >= 0 && g->rank != 1)
		return err_set(e, ERR_SHAPE, "g_idx has rank %d, want 1",
			       g->rank);
	if (g->rank == 1 && g->dim[0] >= 0 && g->dim[0] < attr_int(n, "K"))
		return err_set(e, ERR_SHAPE,
			       "g_idx has %" PRId64 " elements, want %" PRId64,
			       g->dim[0], attr_int(n, "K"));
	return check_count(c, 1, attr_int(n, "N") * blocks * block * bits / 8,
			   e) &&
	       check_count(c, 2, attr_int(n, "N") * blocks, e) &&
	       check_count(c, 3, attr_int(n, "N") * row, e) &&
	       check_count(c, 5, attr_int(n, "N"), e);
}

static bool infer_bnb4(struct infer *c, struct err *e)
{
	const struct node *n = c->node;
	int64_t kind = attr_int(n, "quant_type"), count;

	if (kind < 0 || kind > NF4)
		return err_set(e, ERR_UNSUPPORTED,
			       "quant_type is %" PRId64
			       ", want 0 (FP4) or 1 (NF4)",
			       kind);
	if (!infer_common(c, e))
		return false;
	count = attr_int(n, "N") * attr_int(n, "K");
	return check_count(c, 1, (count + 1) / 2, e) &&
	       check_count(c, 2, (count - 1) / attr_int(n, "block_size") + 1,
			   e);
}

static const struct kernel nbits_kernels[] = {{.name = "matmul-nbits-ref",
					       .engine = "reference",
					       .scratch = scratch,
					       .run = run_nbits},
					      {0}};

static const struct kernel bnb4_kernels[] = {{.name = "matmul-bnb4-ref",
					      .engine = "reference",
					      .scratch = scratch,
					      .run = run_bnb4},
					     {0}};

const struct op op_rows_matmul_blocks[] = {
	{.domain = "com.microsoft",
	 .type = "MatMulBnb4",
	 .since = 1,
	 .in = PARAMS(IN("A", "T1", TYPES_BF16_32), IN("B", "T2", TYPE_BIT(U8)),
		      IN("absmax", "T1", TYPES_BF16_32)),
	 .out = PARAMS(IN("Y", "T1", TYPES_BF16_32)),
	 .attrs = ATTRS(ATTR_REQUIRED("K", INT), ATTR_REQUIRED("N", INT),
			ATTR_REQUIRED("block_size", INT),
			ATTR_REQUIRED("quant_type", INT),
			ATTR("training_mode", INT, "0"),
			ATTR("transB", INT, "1")),
	 .infer = infer_bnb4,
	 .kernels = bnb4_kernels},
	{.domain = "com.microsoft",
	 .type = "MatMulNBits",
	 .since = 1,
	 .in = PARAMS(
		 IN("A", "T1", TYPES_BF16_32), IN("B", "T2", TYPE_BIT(U8)),
		 IN("scales", "T1", TYPES_BF16_32),
		 OPTIONAL("zero_points", NULL, TYPES_BF16_32 | TYPE_BIT(U8)),
		 OPTIONAL("g_idx", "T4", TYPE_BIT(I32)),
		 OPTIONAL("bias", "T1", TYPES_BF16_32)),
	 .out = PARAMS(IN("Y", "T1", TYPES_BF16_32)),
	 .attrs = ATTRS(ATTR_REQUIRED("K", INT), ATTR_REQUIRED("N", INT),
			ATTR("accuracy_level", INT, "0"),
			ATTR("bits", INT, "4"),
			ATTR_REQUIRED("block_size", INT),
			ATTR("weight_prepacked", INT, "0")),
	 .infer = infer_nbits,
	 .kernels = nbits_kernels},
	{0}};
