/* SPDX-License-Identifier: Apache-2.0 */
/* ops/padding.c -- com.microsoft's RemovePadding and RestorePadding.
 *
 * Texts [batch, steps, hidden] of which only the first tokens count, packed
 * into [tokens, hidden] and back, with 0 where padding was.  token_offset
 * [batch, steps] lists where the tokens are, then where the padding is.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"

/* ---- RemovePadding ------------------------------------------------------ */

static bool infer_remove(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *n = infer_shape(c, 1);
	int64_t batch = x->rank == 3 ? x->dim[0] : DIM_UNKNOWN;
	struct shape y = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN), at = y,
		     one = SHAPE(1);
	struct shape sums = SHAPE(batch < 0 ? DIM_UNKNOWN : batch + 1);

	if (x->rank >= 0 && x->rank != 3)
		return err_set(e, ERR_SHAPE, "input has rank %d, want 3",
			       x->rank);
	if (n->rank >= 0 && (n->rank != 1 || (n->dim[0] >= 0 && batch >= 0 &&
					      n->dim[0] != batch)))
		return err_set(e, ERR_SHAPE,
			       "sequence_token_count is not a number for each "
			       "of %" PRId64 " texts",
			       batch);
	if (x->rank == 3) {
		y.dim[1] = x->dim[2];
		at = SHAPE(batch, x->dim[1]);
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	infer_set(c, 1, DTYPE_I32, &at);
	infer_set(c, 2, DTYPE_I32, &sums);
	infer_set(c, 3, DTYPE_I32, &one);
	return true;
}

static void put(struct tensor *t, size_t i, int64_t x)
{
	if (t)
		element_set_int(t->dtype, tensor_mut(t), i, x);
}

/* Running sums of the counts, and the largest; their total is *TOKENS. */
static bool count_tokens(const struct call *c, int64_t steps, int64_t *tokens,
			 struct err *e)
{
	const struct tensor *count = call_in(c, 1);
	int64_t most = 0;

	*tokens = 0;
	put(call_out(c, 2), 0, 0);
	for (size_t b = 0; b < tensor_count(count); b++) {
		int64_t n = tensor_int(count, b);

		if (n < 0 || n > steps)
			return err_set(e, ERR_SHAPE,
				       "text %zu has %" PRId64
				       " tokens, want 0 to %" PRId64,
				       b, n, steps);
		*tokens += n;
		put(call_out(c, 2), b + 1, *tokens);
		most = n > most ? n : most;
	}
	put(call_out(c, 3), 0, most);
	return true;
}

static bool run_remove(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *count = call_in(c, 1);
	size_t steps = (size_t)x->shape.dim[1], token = 0, padding;
	size_t width = (size_t)x->shape.dim[2] * tensor_bits(x) / 8;
	struct shape list = SHAPE(x->shape.dim[0] + 1), one = SHAPE(1), y;
	struct shape at = SHAPE(x->shape.dim[0], x->shape.dim[1]);
	int64_t tokens, places;
	struct tensor *out;

	if (MUL_OVERFLOWS(at.dim[0], at.dim[1], &places) || places > INT32_MAX)
		return err_set(e, ERR_LIMIT, "more than 2^31 places");
	if (!call_alloc(c, 1, DTYPE_I32, &at, e) ||
	    !call_alloc(c, 2, DTYPE_I32, &list, e) ||
	    !call_alloc(c, 3, DTYPE_I32, &one, e) ||
	    !count_tokens(c, (int64_t)steps, &tokens, e))
		return false;
	y = SHAPE(tokens, x->shape.dim[2]);
	if (!call_alloc(c, 0, x->dtype, &y, e))
		return false;
	out = call_out(c, 0);
	padding = (size_t)tokens;
	for (size_t i = 0; i < (size_t)places; i++) {
		bool used = (int64_t)(i % steps) < tensor_int(count, i / steps);
		size_t k = used ? token++ : padding++;

		put(call_out(c, 1), k, (int64_t)i);
		if (used && out && width)
			memcpy((char *)tensor_mut(out) + k * width,
			       (const char *)x->data + i * width, width);
	}
	return true;
}

/* ---- RestorePadding ----------------------------------------------------- */

static bool infer_restore(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *at = infer_shape(c, 1);
	struct shape y = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN, DIM_UNKNOWN);

	if ((x->rank >= 0 && x->rank != 2) || (at->rank >= 0 && at->rank != 2))
		return err_set(e, ERR_SHAPE,
			       "input and token_offset have ranks %d and %d, "
			       "want 2",
			       x->rank, at->rank);
	if (at->rank == 2) {
		y.dim[0] = at->dim[0];
		y.dim[1] = at->dim[1];
	}
	if (x->rank == 2)
		y.dim[2] = x->dim[1];
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool run_restore(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *at = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	size_t width = (size_t)x->shape.dim[1] * tensor_bits(x) / 8;
	size_t tokens = (size_t)x->shape.dim[0], places = tensor_count(at);

	if (tokens > places)
		return err_set(e, ERR_SHAPE, "%zu tokens for %zu places",
			       tokens, places);
	memset(tensor_mut(y), 0, y->bytes);
	for (size_t i = 0; i < tokens; i++) {
		int64_t k = tensor_int(at, i);

		if (k < 0 || k >= (int64_t)places)
			return err_set(e, ERR_SHAPE,
				       "token_offset %zu is %" PRId64
				       ", want 0 to %zu",
				       i, k, places - 1);
		if (width)
			memcpy((char *)tensor_mut(y) + (size_t)k * width,
			       (const char *)x->data + i * width, width);
	}
	return true;
}

static const struct kernel remove_kernels[] = {
	{.name = "remove-padding", .engine = "reference", .run = run_remove},
	{0}};

static const struct kernel restore_kernels[] = {
	{.name = "restore-padding", .engine = "reference", .run = run_restore},
	{0}};

const struct op op_rows_padding[] = {
	{.domain = "com.microsoft",
	 .type = "RemovePadding",
	 .since = 1,
	 .traits = OP_DATA_SHAPE,
	 .in = PARAMS(IN("input", "T", TYPES_F16_32),
		      IN("sequence_token_count", "M", TYPE_BIT(I32))),
	 .out = PARAMS(IN("output", "T", TYPES_F16_32),
		       IN("token_offset", "M", TYPE_BIT(I32)),
		       IN("cumulated_seq_len", "M", TYPE_BIT(I32)),
		       IN("max_seq_len", "M", TYPE_BIT(I32))),
	 .infer = infer_remove,
	 .kernels = remove_kernels},
	{.domain = "com.microsoft",
	 .type = "RestorePadding",
	 .since = 1,
	 .in = PARAMS(IN("input", "T", TYPES_F16_32),
		      IN("token_offset", "M", TYPE_BIT(I32))),
	 .out = PARAMS(IN("output", "T", TYPES_F16_32)),
	 .infer = infer_restore,
	 .kernels = restore_kernels},
	{0}};
