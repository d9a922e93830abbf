/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reshape.c -- Reshape and Flatten.
 *
 * Reshape: an entry 0 copies the operand's dim (unless allowzero), one entry
 * -1 takes what is left.  With named dims, equal ones on both sides cancel
 * before the rest is divided, so [N,3,4] -> [N,-1] is [N,12] for any N.
 */
#include <inttypes.h>

#include "base/str.h"
#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

/* ---- Reshape ------------------------------------------------------------ */

/* What Reshape was asked for, decoded. */
struct target {
	struct shape dims; /* known, named, or DIM_UNKNOWN */
	int32_t open;	   /* index of the -1, else -1 */
	int32_t unknown;   /* entries that are not known */
};

static bool take_entry(struct target *t, int32_t i, const struct shape *in,
		       bool allow_zero, struct err *e)
{
	int64_t x, *dim = &t->dims.dim[i];

	if (!content_int(*dim, &x)) {
		t->unknown += *dim == DIM_UNKNOWN;
		return true;
	}
	if (x < -1)
		return err_set(e, ERR_SHAPE,
			       "shape entry %d is %" PRId64 ", want -1 or more",
			       i, x);
	if (x == -1) {
		if (t->open >= 0)
			return err_set(e, ERR_SHAPE,
				       "shape entries %d and %d are both -1",
				       t->open, i);
		t->open = i;
		*dim = DIM_UNKNOWN;
	}
	if (x == 0 && !allow_zero) {
		if (in->rank >= 0 && i >= in->rank)
			return err_set(
				e, ERR_SHAPE,
				"shape entry %d is 0, but the operand has rank %d",
				i, in->rank);
		*dim = in->rank >= 0 ? in->dim[i] : DIM_UNKNOWN;
		t->unknown += *dim == DIM_UNKNOWN;
	}
	return true;
}

static bool decode(struct target *t, const struct shape *in, bool allow_zero,
		   struct err *e)
{
	bool zero = false;

	t->open = -1;
	t->unknown = 0;
	for (int32_t i = 0; i < t->dims.rank; i++) {
		zero |= t->dims.dim[i] == 0;
		if (!take_entry(t, i, in, allow_zero, e))
			return false;
	}
	if (allow_zero && zero && t->open >= 0)
		return err_set(e, ERR_SHAPE,
			       "shape has both 0 and -1 with allowzero");
	return true;
}

/* Remove from A and B the dims that both have; the products that remain. */
static void cancel(struct symbols *sy, struct shape a, struct shape b,
		   int64_t *left, int64_t *right)
{
	*left = *right = 1;
	for (int32_t i = 0; i < a.rank; i++)
		for (int32_t k = 0; k < b.rank; k++)
			if (a.dim[i] == b.dim[k] && a.dim[i] != DIM_UNKNOWN &&
			    a.dim[i] != 0) {
				a.dim[i] = b.dim[k] = 1;
				break;
			}
	for (int32_t i = 0; i < a.rank; i++)
		*left = dim_mul(sy, *left, a.dim[i]);
	for (int32_t k = 0; k < b.rank; k++)
		*right = dim_mul(sy, *right, b.dim[k]);
}

static bool mismatch(const struct shape *in, const struct shape *dims,
		     const struct symbols *sy, struct err *e)
{
	struct str f = {0}, w = {0};

	shape_print(&f, in, sy);
	shape_print(&w, dims, sy);
	err_set(e, ERR_SHAPE, "cannot reshape %s to %s", f.text, w.text);
	str_release(&f);
	str_release(&w);
	return false;
}

/* Fill the open entry, or the only unknown one; check the counts. */
static bool resolve(struct infer *c, struct target *t, struct err *e)
{
	const struct shape *in = infer_shape(c, 0);
	struct symbols *sy = &c->model->symbols;
	struct shape others = t->dims;
	int32_t hole = t->open;
	int64_t left, right, q;

	if (in->rank < 0 || t->unknown + (hole >= 0) > 1)
		return true;
	for (int32_t i = 0; hole < 0 && i < others.rank; i++)
		if (others.dim[i] == DIM_UNKNOWN)
			hole = i;
	if (hole >= 0)
		others.dim[hole] = 1;
	cancel(sy, *in, others, &left, &right);
	if (hole < 0) {
		if (left >= 0 && right >= 0 && left != right)
			return mismatch(in, &t->dims, sy, e);
		return true;
	}
	if (left >= 0 && right == 0 && t->open >= 0)
		return err_set(e, ERR_SHAPE,
			       "shape entry %d is -1 beside an entry 0", hole);
	if (right != 0 && right != DIM_UNKNOWN && left != DIM_UNKNOWN &&
	    dim_divides(sy, left, right, &q))
		t->dims.dim[hole] = q;
	else if (left >= 0 && right > 0)
		return mismatch(in, &t->dims, sy, e);
	return true;
}

static bool wanted_dims(const struct infer *c, struct shape *dims,
			struct err *e)
{
	const int64_t *ints;
	uint32_t n;

	if (c->node->op->since >= 5)
		return infer_dims(c, 1, dims, e);
	n = attr_ints(c->node, "shape", &ints);
	if (n > MAX_RANK)
		return err_set(e, ERR_LIMIT,
			       "'shape' has %u entries, the limit is %d", n,
			       MAX_RANK);
	dims->rank = (int32_t)n;
	for (uint32_t i = 0; i < n; i++) {
		if (ints[i] < -1)
			return err_set(e, ERR_SHAPE,
				       "'shape' has entry %" PRId64
				       ", want -1 or more",
				       ints[i]);
		dims->dim[i] = content_literal(ints[i]);
	}
	return true;
}

static bool infer_reshape(struct infer *c, struct err *e)
{
	bool allow_zero = c->node->op->since >= 14 &&
			  attr_int(c->node, "allowzero");
	struct target t = {.open = -1};
	struct shape content;

	if (!wanted_dims(c, &t.dims, e))
		return false;
	if (t.dims.rank >= 0 &&
	    (!decode(&t, infer_shape(c, 0), allow_zero, e) ||
	     !resolve(c, &t, e)))
		return false;
	infer_set(c, 0, infer_dtype(c, 0), &t.dims);
	if ((t.dims.rank == 0 || t.dims.rank == 1) && c->out_content &&
	    infer_ints(c, 0, &content))
		infer_set_content(c, 0, &content);
	return true;
}

/* The plan may have known the result before the data: [2,2] to one unknown
 * entry can only be [4], whatever the operand then says. */
static bool shape_is_as_told(const struct call *c, struct err *e)
{
	const struct tensor *told = call_in(c, 1);
	const struct shape *x = &call_in(c, 0)->shape;
	const struct shape *y = &call_out(c, 0)->shape;
	bool allow_zero = c->node->op->since >= 14 &&
			  attr_int(c->node, "allowzero");

	for (int32_t i = 0; i < y->rank; i++) {
		int64_t want = tensor_int(told, (size_t)i);

		if (want == 0 && !allow_zero && i < x->rank)
			want = x->dim[i];
		if (want != -1 && want != y->dim[i])
			return err_set(e, ERR_SHAPE,
				       "shape entry %d is %" PRId64
				       ", cannot reshape %zu elements to it",
				       i, want, tensor_count(call_in(c, 0)));
	}
	return true;
}

static bool run_reshape(const struct call *c, struct err *e)
{
	if (call_out(c, 0) && call_in(c, 1) && !shape_is_as_told(c, e))
		return false;
	return call_copy(c, e);
}

static const struct kernel reshape_kernels[] = {{.name = "reshape",
						 .engine = "reference",
						 .run = run_reshape,
						 .in_place = 1},
						{0}};

/* ---- Flatten ------------------------------------------------------------ */

static bool infer_flatten(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct symbols *sy = &c->model->symbols;
	int64_t axis = attr_int(c->node, "axis");
	int64_t least = c->node->op->since < 11 ? 0 : -(int64_t)x->rank;
	struct shape y = {.rank = 2, .dim = {DIM_UNKNOWN, DIM_UNKNOWN}};

	if (x->rank >= 0) {
		if (axis < least || axis > x->rank)
			return err_set(e, ERR_SHAPE,
				       "axis is %" PRId64 ", want %" PRId64
				       "..%d",
				       axis, least, x->rank);
		if (axis < 0)
			axis += x->rank;
		y.dim[0] = y.dim[1] = 1;
		for (int32_t i = 0; i < x->rank; i++)
			y.dim[i >= axis] = dim_mul(sy, y.dim[i >= axis],
						   x->dim[i]);
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static const struct kernel flatten_kernels[] = {{.name = "flatten",
						 .engine = "reference",
						 .run = call_copy,
						 .in_place = 1},
						{0}};

#define RESHAPE(opset, set, attributes)                                       \
	{                                                                     \
		.domain = "", .type = "Reshape", .since = opset,              \
		.traits = OP_MOVES,                                           \
		.in = PARAMS(IN("data", "T", set),                            \
			     IN("shape", NULL, TYPES_I64)),                   \
		.out = PARAMS(IN("reshaped", "T", set)), .attrs = attributes, \
		.infer = infer_reshape, .kernels = reshape_kernels,           \
	}

#define FLATTEN(opset, set)                                              \
	{                                                                \
		.domain = "", .type = "Flatten", .since = opset,         \
		.traits = OP_MOVES, .in = PARAMS(IN("input", "T", set)), \
		.out = PARAMS(IN("output", "T", set)),                   \
		.attrs = ATTRS(ATTR("axis", INT, "1")),                  \
		.infer = infer_flatten, .kernels = flatten_kernels,      \
	}

#define ALLOWZERO ATTRS(ATTR("allowzero", INT, "0"))

const struct op op_rows_reshape[] = {
	{.domain = "",
	 .type = "Reshape",
	 .since = 1,
	 .traits = OP_MOVES,
	 .in = PARAMS(IN("data", "T", TYPES_IEEE)),
	 .out = PARAMS(IN("reshaped", "T", TYPES_IEEE)),
	 .attrs = ATTRS(ATTR("shape", INTS, NULL),
			ATTR("consumed_inputs", INTS, NULL)),
	 .infer = infer_reshape,
	 .kernels = reshape_kernels},
	RESHAPE(5, TYPES_ALL_1, NULL),
	RESHAPE(13, TYPES_ALL_13, NULL),
	RESHAPE(14, TYPES_ALL_13, ALLOWZERO),
	RESHAPE(19, TYPES_ALL_19, ALLOWZERO),
	RESHAPE(21, TYPES_ALL_21, ALLOWZERO),
	RESHAPE(23, TYPES_ALL_23, ALLOWZERO),
	RESHAPE(24, TYPES_ALL_24, ALLOWZERO),
	RESHAPE(25, TYPES_ALL_25, ALLOWZERO),
	FLATTEN(1, TYPES_IEEE),
	FLATTEN(9, TYPES_ALL_1),
	FLATTEN(11, TYPES_ALL_1),
	FLATTEN(13, TYPES_ALL_13),
	FLATTEN(21, TYPES_ALL_21),
	FLATTEN(23, TYPES_ALL_23),
	FLATTEN(24, TYPES_ALL_24),
	FLATTEN(25, TYPES_ALL_25),
	{0}};
