/* SPDX-License-Identifier: Apache-2.0 */
/* ops/token_ops.c -- com.microsoft's NGramRepeatBlock and MurmurHash3.
 *
 * NGramRepeatBlock: scores of tokens with which the ids of a row [batch, steps]
 * would repeat a run of ngram_size tokens become -inf.
 * MurmurHash3: the x86 32-bit form (public domain, A. Appleby) of each
 * element's bytes, little-endian, or of each string.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"

/* ---- NGramRepeatBlock --------------------------------------------------- */

static bool infer_ngram(struct infer *c, struct err *e)
{
	const struct shape *ids = infer_shape(c, 0), *s = infer_shape(c, 1);

	if ((ids->rank >= 0 && ids->rank != 2) ||
	    (s->rank >= 0 && s->rank != 2))
		return err_set(e, ERR_SHAPE,
			       "ids and scores have ranks %d and %d, want 2",
			       ids->rank, s->rank);
	if (ids->rank == 2 && s->rank == 2 && ids->dim[0] >= 0 &&
	    s->dim[0] >= 0 && ids->dim[0] != s->dim[0])
		return err_set(e, ERR_SHAPE,
			       "%" PRId64 " rows of ids, %" PRId64 " of scores",
			       ids->dim[0], s->dim[0]);
	if (attr_int(c->node, "ngram_size") < 1)
		return err_set(e, ERR_FORMAT,
			       "ngram_size is %" PRId64 ", want 1 or more",
			       attr_int(c->node, "ngram_size"));
	infer_set(c, 0, infer_dtype(c, 1), s);
	return true;
}

/* The token after each place where the last N - 1 ids stood before. */
static bool block_row(const struct tensor *ids, size_t row, size_t n,
		      float *scores, int64_t vocabulary, struct err *e)
{
	size_t steps = (size_t)ids->shape.dim[1];
	size_t last = row * steps + steps - (n - 1);

	for (size_t i = 0; i + n <= steps; i++) {
		size_t at = row * steps + i, k = 0;
		int64_t token = tensor_int(ids, at + n - 1);

		while (k < n - 1 &&
		       tensor_int(ids, at + k) == tensor_int(ids, last + k))
			k++;
		if (k < n - 1)
			continue;
		if (token < 0 || token >= vocabulary)
			return err_set(e, ERR_SHAPE,
				       "token %" PRId64 ", want 0 to %" PRId64,
				       token, vocabulary - 1);
		scores[token] = -INFINITY;
	}
	return true;
}

static bool run_ngram(const struct call *c, struct err *e)
{
	const struct tensor *ids = call_in(c, 0), *s = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	int64_t n = attr_int(c->node, "ngram_size"), words = s->shape.dim[1];

	if (y->bytes)
		memcpy(tensor_mut(y), s->data, y->bytes);
	for (int64_t row = 0; row < ids->shape.dim[0]; row++)
		if (n <= ids->shape.dim[1] &&
		    !block_row(ids, (size_t)row, (size_t)n,
			       tensor_f32_mut(y) + row * words, words, e))
			return false;
	return true;
}

/* ---- MurmurHash3 -------------------------------------------------------- */

static bool infer_murmur(struct infer *c, struct err *e)
{
	(void)e;
	infer_set(c, 0, attr_int(c->node, "positive") ? DTYPE_U32 : DTYPE_I32,
		  infer_shape(c, 0));
	return true;
}

static uint32_t turn(uint32_t x, int bits)
{
	return x << bits | x >> (32 - bits);
}

static uint32_t mix(uint32_t hash, uint32_t block)
{
	return hash ^ turn(block * 0xcc9e2d51u, 15) * 0x1b873593u;
}

static uint32_t murmur(const uint8_t *x, size_t n, uint32_t hash)
{
	uint32_t block = 0;

	for (size_t i = 0; i < n; i++) {
		block |= (uint32_t)x[i] << (i % 4 * 8);
		if (i % 4 != 3)
			continue;
		hash = turn(mix(hash, block), 13) * 5 + 0xe6546b64u;
		block = 0;
	}
	if (n % 4)
		hash = mix(hash, block);
	hash ^= (uint32_t)n;
	hash = (hash ^ hash >> 16) * 0x85ebca6bu;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
	return hash ^ hash >> 16;
}

static bool run_murmur(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	uint32_t seed = (uint32_t)attr_int(c->node, "seed"), hash;
	struct tensor *y = call_out(c, 0);
	size_t size = tensor_bits(x) / 8;

	(void)e;
	for (size_t i = 0; i < tensor_count(x); i++) {
		uint8_t bytes[8];

		if (x->dtype == DTYPE_STRING) {
			const struct text *t = (const struct text *)x->data + i;

			hash = murmur((const uint8_t *)t->at, t->len, seed);
		} else {
			uint64_t bits = element_bits(x->dtype, x->data, i);

			for (size_t k = 0; k < size; k++)
				bytes[k] = (uint8_t)(bits >> (8 * k));
			hash = murmur(bytes, size, seed);
		}
		element_set_int(y->dtype, tensor_mut(y), i, (int64_t)hash);
	}
	return true;
}

static const struct kernel ngram_kernels[] = {
	{.name = "ngram-repeat-block", .engine = "reference", .run = run_ngram},
	{0}};

static const struct kernel murmur_kernels[] = {
	{.name = "murmur-hash3", .engine = "reference", .run = run_murmur},
	{0}};

#define KEYS                                                           \
	(TYPE_BIT(F32) | TYPE_BIT(F64) | TYPES_INDEX | TYPE_BIT(U32) | \
	 TYPE_BIT(U64) | TYPE_BIT(STRING))

const struct op op_rows_token_ops[] = {
	{.domain = "com.microsoft",
	 .type = "MurmurHash3",
	 .since = 1,
	 .in = PARAMS(IN("X", "T1", KEYS)),
	 .out = PARAMS(IN("Y", "T2", TYPE_BIT(I32) | TYPE_BIT(U32))),
	 .attrs = ATTRS(ATTR("positive", INT, "1"), ATTR("seed", INT, "0")),
	 .infer = infer_murmur,
	 .kernels = murmur_kernels},
	{.domain = "com.microsoft",
	 .type = "NGramRepeatBlock",
	 .since = 1,
	 .in = PARAMS(IN("input_ids", "Tid", TYPES_I64),
		      IN("scores", "T", TYPE_BIT(F32))),
	 .out = PARAMS(IN("scores_out", "T", TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR_REQUIRED("ngram_size", INT)),
	 .infer = infer_ngram,
	 .kernels = ngram_kernels},
	{0}};
