/* SPDX-License-Identifier: Apache-2.0 */
/* ops/transpose.c -- Transpose: result axis i is operand axis perm[i].
 *
 * Channels that move to the end, or back from there, are in place already
 * where the one side lies channels last and the other row-major.
 */
#include <inttypes.h>
#include <string.h>

#include "ops/axes.h"
#include "ops/op.h"

/* Axes are reversed where "perm" is absent. */
static int32_t perm_at(const int64_t *perm, int32_t rank, int32_t i)
{
	return perm ? (int32_t)perm[i] : rank - 1 - i;
}

static bool check_perm(const int64_t *perm, uint32_t count, int32_t rank,
		       struct err *e)
{
	bool seen[MAX_RANK] = {false};

	if (count != (uint32_t)rank)
		return err_set(e, ERR_SHAPE, "'perm' has %u entries, want %d",
			       count, rank);
	for (int32_t i = 0; i < rank; i++) {
		if (perm[i] < 0 || perm[i] >= rank)
			return err_set(e, ERR_SHAPE,
				       "perm[%d] is %" PRId64 ", want 0..%d", i,
				       perm[i], rank - 1);
		if (seen[perm[i]])
			return err_set(e, ERR_SHAPE,
				       "'perm' has %" PRId64 " twice", perm[i]);
		seen[perm[i]] = true;
	}
	return true;
}

static bool infer_transpose(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	const int64_t *perm;
	uint32_t count = attr_ints(c->node, "perm", &perm);
	struct shape y = {.rank = x->rank};

	if (x->rank < 0 && perm && count <= MAX_RANK) {
		if (!check_perm(perm, count, (int32_t)count, e))
			return false;
		y.rank = (int32_t)count;
		for (int32_t i = 0; i < y.rank; i++)
			y.dim[i] = DIM_UNKNOWN;
	}
	if (x->rank >= 0) {
		if (perm && !check_perm(perm, count, x->rank, e))
			return false;
		for (int32_t i = 0; i < y.rank; i++)
			y.dim[i] = x->dim[perm_at(perm, y.rank, i)];
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool run_transpose(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	ptrdiff_t stride[MAX_RANK];
	const int64_t *perm;
	struct strided s;

	(void)e;
	if (!y)
		return true;
	attr_ints(c->node, "perm", &perm);
	shape_strides(&x->shape, stride);
	s = strided_over(&y->shape);
	for (int32_t i = 0; i < y->shape.rank; i++)
		s.in[i] = stride[perm_at(perm, y->shape.rank, i)];
	kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
	return true;
}

/* Axes of C's result: 0, then the others, turned left by SHIFT. */
static bool turns(const struct call *c, int32_t shift)
{
	const struct tensor *x = call_in(c, 0);
	int32_t rank = x->shape.rank;
	const int64_t *perm;

	if (x->dtype != DTYPE_F32 || rank < 3 ||
	    !attr_ints(c->node, "perm", &perm) || perm[0] != 0)
		return false;
	for (int32_t i = 1; i < rank; i++)
		if (perm[i] != 1 + (i - 1 + shift + rank - 1) % (rank - 1))
			return false;
	return true;
}

/* Channels come back from the end: the result may lie channels last. */
static bool channels_come_back(const struct call *c)
{
	return turns(c, -1);
}

static enum tensor_layout come_back_layouts(const struct call *c,
					    enum tensor_layout *in,
					    enum tensor_layout *out)
{
	(void)c;
	in[0] = LAYOUT_ROWS;
	return out[0] = LAYOUT_LAST;
}

/* Channels go to the end: there they are if the operand lies channels last. */
static enum tensor_layout layouts(const struct call *c, enum tensor_layout *in,
				  enum tensor_layout *out)
{
	out[0] = LAYOUT_ROWS;
	in[0] = in[0] != LAYOUT_ROWS && turns(c, 1) ? LAYOUT_LAST : LAYOUT_ROWS;
	return in[0];
}

/* The same bytes, in place if the plan has no other reader of them. */
static bool run_relabel(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);

	(void)e;
	if (y && y->data != x->data)
		memcpy(tensor_mut(y), x->data, y->bytes);
	return true;
}

static bool run_either(const struct call *c, struct err *e)
{
	return c->layout == LAYOUT_LAST ? run_relabel(c, e)
					: run_transpose(c, e);
}

static const struct kernel kernels[] = {{.name = "transpose",
					 .engine = "reference",
					 .layouts = layouts,
					 .run = run_either},
					{.name = "transpose-relabel",
					 .engine = "onednn",
					 .accepts = channels_come_back,
					 .layouts = come_back_layouts,
					 .run = run_either,
					 .in_place = 1},
					{0}};

#define TRANSPOSE(opset, set)                                           \
	{                                                               \
		.domain = "", .type = "Transpose", .since = opset,      \
		.traits = OP_MOVES, .in = PARAMS(IN("data", "T", set)), \
		.out = PARAMS(IN("transposed", "T", set)),              \
		.attrs = ATTRS(ATTR("perm", INTS, NULL)),               \
		.infer = infer_transpose, .kernels = kernels,           \
	}

const struct op op_rows_transpose[] = {TRANSPOSE(1, TYPES_ALL_1),
				       TRANSPOSE(13, TYPES_ALL_13),
				       TRANSPOSE(21, TYPES_ALL_21),
				       TRANSPOSE(23, TYPES_ALL_23),
				       TRANSPOSE(24, TYPES_ALL_24),
				       TRANSPOSE(25, TYPES_ALL_25),
				       {0}};
