/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reverse_sequence.c -- ReverseSequence: the first sequence_lens[b] steps
 * of batch b in reverse, the rest as they are. */
#include <inttypes.h>

#include "ops/axes.h"
#include "ops/op.h"

static bool batch_first(const struct node *n)
{
	return attr_int(n, "batch_axis") == 0;
}

static bool infer_reverse(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *lens = infer_shape(c, 1);
	int64_t batch = attr_int(c->node, "batch_axis");
	int64_t time = attr_int(c->node, "time_axis");

	if (batch + time != 1 || batch < 0 || batch > 1)
		return err_set(e, ERR_SHAPE,
			       "batch_axis %" PRId64 " and time_axis %" PRId64
			       ", want 0 and 1 or 1 and 0",
			       batch, time);
	if (x->rank >= 0 && x->rank < 2)
		return err_set(e, ERR_SHAPE, "'input' has rank %d, want 2",
			       x->rank);
	if (lens->rank >= 0 && lens->rank != 1)
		return err_set(e, ERR_SHAPE,
			       "'sequence_lens' has rank %d, want 1",
			       lens->rank);
	if (x->rank >= 0 && lens->rank == 1 && lens->dim[0] >= 0 &&
	    x->dim[batch] >= 0 && x->dim[batch] != lens->dim[0])
		return err_set(e, ERR_SHAPE,
			       "'sequence_lens' has %" PRId64
			       " entries for %" PRId64 " batches",
			       lens->dim[0], x->dim[batch]);
	return infer_same_as_first(c, e);
}

static bool run_reverse(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *lens = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	bool first = batch_first(c->node);
	int64_t batches = x->shape.dim[first ? 0 : 1];
	int64_t steps = x->shape.dim[first ? 1 : 0];
	size_t inner = shape_span(&x->shape, 2, x->shape.rank);

	for (int64_t b = 0; b < batches; b++) {
		int64_t len = tensor_int(lens, (size_t)b);

		if (len < 0 || len > steps)
			return err_set(e, ERR_SHAPE,
				       "sequence_lens[%" PRId64 "] is %" PRId64
				       ", want 0..%" PRId64,
				       b, len, steps);
		for (int64_t t = 0; y && t < steps; t++) {
			int64_t from = t < len ? len - 1 - t : t;
			int64_t to_row = first ? b * steps + t
					       : t * batches + b;
			int64_t from_row = first ? b * steps + from
						 : from * batches + b;

			kern_move_block(tensor_bits(x), x->data,
					(size_t)from_row * inner, tensor_mut(y),
					(size_t)to_row * inner, inner);
		}
	}
	return true;
}

static const struct kernel kernels[] = {
	{.name = "reverse-sequence", .engine = "reference", .run = run_reverse},
	{0}};

#define REVERSE(opset, set)                                              \
	{                                                                \
		.domain = "", .type = "ReverseSequence", .since = opset, \
		.in = PARAMS(IN("input", "T", set),                      \
			     IN("sequence_lens", NULL, TYPES_I64)),      \
		.out = PARAMS(IN("Y", "T", set)),                        \
		.attrs = ATTRS(ATTR("batch_axis", INT, "1"),             \
			       ATTR("time_axis", INT, "0")),             \
		.infer = infer_reverse, .kernels = kernels,              \
	}

const struct op op_rows_reverse_sequence[] = {
	REVERSE(10, TYPES_ALL_1), REVERSE(28, TYPES_ALL_13), {0}};
