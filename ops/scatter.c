/* SPDX-License-Identifier: Apache-2.0 */
/* ops/scatter.c -- Scatter, ScatterElements and ScatterND.
 *
 * A copy of the data, into which updates are written where indices point to;
 * since opset 16 combined with what is there by add or mul, since 18 by min or
 * max.  Updates apply in order.
 */
#include <inttypes.h>
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"
#include "ops/position.h"
#include "ops/rank.h"

enum reduction { REDUCE_NONE, REDUCE_ADD, REDUCE_MUL, REDUCE_MIN, REDUCE_MAX };

static bool reduction_of(const struct node *n, enum reduction *r, struct err *e)
{
	static const char *const names[] = {"none", "add", "mul", "min", "max"};
	size_t count = n->op->since >= 18 ? 5 : 3;
	const char *s;

	*r = REDUCE_NONE;
	if (n->op->since < 16)
		return true;
	s = attr_string(n, "reduction");
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], s) == 0) {
			*r = (enum reduction)i;
			return true;
		}
	return err_set(e, ERR_UNSUPPORTED,
		       "reduction is '%s', which %s-%d does not know", s,
		       n->type, n->op->since);
}

static bool check_reduction(const struct infer *c, struct err *e)
{
	enum dtype t = infer_dtype(c, 0);
	enum reduction r;

	if (!reduction_of(c->node, &r, e))
		return false;
	/* Strings have no arithmetic, complex numbers no order. */
	if ((r != REDUCE_NONE && t == DTYPE_STRING) ||
	    (r > REDUCE_MUL && (t == DTYPE_C64 || t == DTYPE_C128)))
		return err_set(e, ERR_UNSUPPORTED,
			       "reduction '%s' has no meaning for %s elements",
			       attr_string(c->node, "reduction"),
			       dtype_info[t].text);
	return true;
}

static int64_t reduce_ints(enum reduction r, enum dtype t, int64_t a, int64_t b)
{
	bool wide = t == DTYPE_U64;

	switch (r) {
	case REDUCE_ADD:
		return (int64_t)((uint64_t)a + (uint64_t)b);
	case REDUCE_MUL:
		return (int64_t)((uint64_t)a * (uint64_t)b);
	case REDUCE_MIN:
		return (wide ? (uint64_t)a < (uint64_t)b : a < b) ? a : b;
	default:
		return (wide ? (uint64_t)a > (uint64_t)b : a > b) ? a : b;
	}
}

/* NaN wins, as in numpy's minimum and maximum. */
static double reduce_doubles(enum reduction r, double a, double b)
{
	switch (r) {
	case REDUCE_ADD:
		return a + b;
	case REDUCE_MUL:
		return a * b;
	case REDUCE_MIN:
		return b < a || b != b ? b : a;
	default:
		return b > a || b != b ? b : a;
	}
}

/* Elements are pairs of PART. */
static void reduce_complex(enum reduction r, enum dtype part, void *y,
			   size_t at, const void *updates, size_t from)
{
	double a = element_double(part, y, 2 * at);
	double b = element_double(part, y, 2 * at + 1);
	double c = element_double(part, updates, 2 * from);
	double d = element_double(part, updates, 2 * from + 1);
	bool add = r == REDUCE_ADD;

	element_set_double(part, y, 2 * at, add ? a + c : a * c - b * d);
	element_set_double(part, y, 2 * at + 1, add ? b + d : a * d + b * c);
}

static void reduce_one(enum reduction r, const struct tensor *updates,
		       size_t from, struct tensor *y, size_t to)
{
	void *out = tensor_mut(y);

	if (dtype_info[y->dtype].class == CLASS_COMPLEX)
		reduce_complex(r, y->dtype == DTYPE_C64 ? DTYPE_F32 : DTYPE_F64,
			       out, to, updates->data, from);
	else if (dtype_is_float(y->dtype))
		element_set_double(
			y->dtype, out, to,
			reduce_doubles(r, tensor_double(y, to),
				       tensor_double(updates, from)));
	else
		element_set_int(y->dtype, out, to,
				reduce_ints(r, y->dtype, tensor_int(y, to),
					    tensor_int(updates, from)));
}

/* COUNT updates from element FROM, into Y at element TO. */
static void apply(enum reduction r, const struct tensor *updates, size_t from,
		  struct tensor *y, size_t to, size_t count)
{
	if (r == REDUCE_NONE) {
		kern_move_block(tensor_bits(y), updates->data, from,
				tensor_mut(y), to, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		reduce_one(r, updates, from + i, y, to + i);
}

/* ---- ScatterElements ---------------------------------------------------- */

static bool infer_elements(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *index = infer_shape(c, 1);
	const struct shape *updates = infer_shape(c, 2);
	int32_t axis;

	if (!check_reduction(c, e))
		return false;
	if (x->rank >= 0 &&
	    !infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
		return false;
	if (x->rank >= 0 && index->rank >= 0 && x->rank != index->rank)
		return err_set(e, ERR_SHAPE,
			       "'indices' has rank %d, 'data' has %d",
			       index->rank, x->rank);
	if (index->rank >= 0 && updates->rank >= 0 &&
	    index->rank != updates->rank)
		return err_set(e, ERR_SHAPE,
			       "'updates' has rank %d, 'indices' has %d",
			       updates->rank, index->rank);
	for (int32_t i = 0; i < index->rank && i < updates->rank; i++)
		if (index->dim[i] >= 0 && updates->dim[i] >= 0 &&
		    index->dim[i] != updates->dim[i])
			return err_set(e, ERR_SHAPE,
				       "dim %d of 'updates' is %" PRId64
				       ", of 'indices' %" PRId64,
				       i, updates->dim[i], index->dim[i]);
	for (int32_t i = 0; i < index->rank && i < x->rank; i++)
		if (i != axis && x->dim[i] >= 0 && index->dim[i] > x->dim[i])
			return err_set(e, ERR_SHAPE,
				       "dim %d of 'indices' is %" PRId64
				       ", want at most %" PRId64,
				       i, index->dim[i], x->dim[i]);
	return infer_same_as_first(c, e);
}

static bool run_elements(const struct call *c, struct err *e)
{
	const struct tensor *index = call_in(c, 1), *updates = call_in(c, 2);
	struct tensor *y = call_out(c, 0);
	enum reduction r;
	struct position p;

	if (!reduction_of(c->node, &r, e) || !y)
		return !y;
	if (!call_copy(c, e))
		return false;
	position_start(&p, &index->shape, &y->shape);
	for (size_t i = 0; i < tensor_count(index); i++) {
		size_t at;

		if (!position_along(&p, call_axis(c, y->shape.rank), index, i,
				    &at, e))
			return false;
		apply(r, updates, i, y, at, 1);
		position_next(&p);
	}
	return true;
}

static const struct kernel elements_kernels[] = {{.name = "scatter-elements",
						  .engine = "reference",
						  .run = run_elements,
						  .in_place = 1},
						 {0}};

/* ---- ScatterND ---------------------------------------------------------- */

static bool check_nd(const struct shape *x, const struct shape *index,
		     const struct shape *updates, struct err *e)
{
	int64_t last;

	if (x->rank < 1 || index->rank < 1)
		return err_set(e, ERR_SHAPE,
			       "ranks are %d and %d, want at least 1", x->rank,
			       index->rank);
	last = index->dim[index->rank - 1];
	if (last > x->rank)
		return err_set(e, ERR_SHAPE,
			       "'indices' has %" PRId64
			       " coordinates, want at most %d",
			       last, x->rank);
	if (updates->rank < 0 || last < 0)
		return true;
	if (updates->rank != index->rank - 1 + x->rank - (int32_t)last)
		return err_set(e, ERR_SHAPE, "'updates' has rank %d, want %d",
			       updates->rank,
			       index->rank - 1 + x->rank - (int32_t)last);
	for (int32_t i = 0; i < updates->rank; i++) {
		int64_t want = i < index->rank - 1
				       ? index->dim[i]
				       : x->dim[i - index->rank + 1 + last];

		if (want >= 0 && updates->dim[i] >= 0 &&
		    updates->dim[i] != want)
			return err_set(e, ERR_SHAPE,
				       "dim %d of 'updates' is %" PRId64
				       ", want %" PRId64,
				       i, updates->dim[i], want);
	}
	return true;
}

static bool infer_nd(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *index = infer_shape(c, 1);

	if (!check_reduction(c, e))
		return false;
	if (x->rank >= 0 && index->rank >= 0 &&
	    !check_nd(x, index, infer_shape(c, 2), e))
		return false;
	return infer_same_as_first(c, e);
}

static bool run_nd(const struct call *c, struct err *e)
{
	const struct tensor *index = call_in(c, 1), *updates = call_in(c, 2);
	const struct shape *s = &index->shape;
	struct tensor *y = call_out(c, 0);
	int32_t count = (int32_t)s->dim[s->rank - 1];
	size_t tuples, block;
	enum reduction r;

	if (!reduction_of(c->node, &r, e) || !y)
		return !y;
	if (!call_copy(c, e))
		return false;
	if (tensor_count(updates) == 0)
		return true;
	tuples = shape_span(s, 0, s->rank - 1);
	block = shape_span(&y->shape, count, y->shape.rank);
	for (size_t i = 0; i < tuples; i++) {
		size_t at;

		if (!position_of_tuple(&y->shape, 0, index, i, &at, e))
			return false;
		apply(r, updates, i * block, y, at, block);
	}
	return true;
}

static const struct kernel nd_kernels[] = {{.name = "scatter-nd",
					    .engine = "reference",
					    .run = run_nd,
					    .in_place = 1},
					   {0}};

#define ELEMENTS(name, opset, set, attributes)                              \
	{                                                                   \
		.domain = "", .type = name, .since = opset,                 \
		.in = PARAMS(IN("data", "T", set),                          \
			     IN("indices", "Tind", TYPES_INDEX),            \
			     IN("updates", "T", set)),                      \
		.out = PARAMS(IN("output", "T", set)), .attrs = attributes, \
		.infer = infer_elements, .kernels = elements_kernels,       \
	}

#define ND(opset, set, attributes)                                          \
	{                                                                   \
		.domain = "", .type = "ScatterND", .since = opset,          \
		.in = PARAMS(IN("data", "T", set),                          \
			     IN("indices", NULL, TYPES_I64),                \
			     IN("updates", "T", set)),                      \
		.out = PARAMS(IN("output", "T", set)), .attrs = attributes, \
		.infer = infer_nd, .kernels = nd_kernels,                   \
	}

#define AXIS ATTR("axis", INT, "0")
#define REDUCTION ATTR("reduction", STRING, "none")

const struct op op_rows_scatter[] = {
	ELEMENTS("Scatter", 9, TYPES_ALL_1, ATTRS(AXIS)),
	ELEMENTS("ScatterElements", 11, TYPES_ALL_1, ATTRS(AXIS)),
	ELEMENTS("ScatterElements", 13, TYPES_ALL_13, ATTRS(AXIS)),
	ELEMENTS("ScatterElements", 16, TYPES_ALL_13, ATTRS(AXIS, REDUCTION)),
	ELEMENTS("ScatterElements", 18, TYPES_ALL_13, ATTRS(AXIS, REDUCTION)),
	ND(11, TYPES_ALL_1, NULL),
	ND(13, TYPES_ALL_13, NULL),
	ND(16, TYPES_ALL_13, ATTRS(REDUCTION)),
	ND(18, TYPES_ALL_13, ATTRS(REDUCTION)),
	{0}};
