/* SPDX-License-Identifier: Apache-2.0 */
/* ops/sequence_split.c -- SplitToSequence and ConcatFromSequence. */
#include <inttypes.h>

#include "kern/move.h"
#include "ops/axes.h"
#include "ops/inner.h"

/* ---- SplitToSequence ---------------------------------------------------- */

/* Parts lose the axis when nothing says their size and keepdims is 0. */
static bool drops_axis(const struct node *n)
{
	return !node_in(n, 1) && !attr_int(n, "keepdims");
}

static void drop(struct shape *s, int32_t axis)
{
	for (int32_t k = axis; k + 1 < s->rank; k++)
		s->dim[k] = s->dim[k + 1];
	s->rank--;
}

static bool infer_split(struct infer *c, struct err *e)
{
	struct type *item;
	struct shape s = *infer_shape(c, 0);
	int32_t axis;

	if (s.rank >= 0) {
		if (!infer_axis(attr_int(c->node, "axis"), s.rank, &axis, e))
			return false;
		s.dim[axis] = infer_has(c, 1) ? DIM_UNKNOWN : 1;
		if (drops_axis(c->node))
			drop(&s, axis);
	}
	item = arena_new(&c->model->arena, struct type);
	*item = type_tensor(infer_dtype(c, 0), &s);
	infer_set_type(c, 0,
		       &(struct type){.kind = TYPE_SEQUENCE, .elem = item});
	return true;
}

/* Sizes: ones; a scalar, and the rest at the end; or a list. */
static bool part_count(const struct tensor *split, int64_t extent,
		       size_t *count, struct err *e)
{
	int64_t sum = 0, step;

	*count = (size_t)extent;
	if (!split)
		return true;
	if (split->shape.rank == 0) {
		step = tensor_int(split, 0);
		if (step < 1)
			return err_set(e, ERR_SHAPE,
				       "'split' is %" PRId64 ", want 1 or more",
				       step);
		*count = (size_t)(extent / step + (extent % step != 0));
		return true;
	}
	*count = tensor_count(split);
	for (size_t i = 0; i < *count; i++) {
		int64_t size = tensor_int(split, i);

		if (size < 0 || ADD_OVERFLOWS(sum, size, &sum))
			return err_set(e, ERR_SHAPE,
				       "'split' has entry %" PRId64, size);
	}
	return sum == extent ||
	       err_set(e, ERR_SHAPE,
		       "'split' sums to %" PRId64 ", want %" PRId64, sum,
		       extent);
}

static int64_t part_size(const struct tensor *split, size_t i, int64_t extent)
{
	int64_t step, rest;

	if (!split)
		return 1;
	if (split->shape.rank > 0)
		return tensor_int(split, i);
	step = tensor_int(split, 0);
	rest = extent - step * (int64_t)i;
	return rest < step ? rest : step;
}

/* The part of X from FIRST on, SIZE along AXIS, as a new tensor. */
static bool cut_part(const struct call *c, int32_t axis, int64_t first,
		     int64_t size, struct datum *to, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor t = {.dtype = x->dtype, .shape = x->shape};
	ptrdiff_t stride[MAX_RANK];
	struct strided m;
	void *data;

	t.shape.dim[axis] = size;
	if (!shape_bytes(&t.shape, t.dtype, &t.bytes, e) ||
	    !c->services->alloc(c->services, t.bytes, &data, e))
		return false;
	shape_strides(&x->shape, stride);
	m = strided_over(&t.shape);
	for (int32_t k = 0; k < t.shape.rank; k++)
		m.in[k] = stride[k];
	m.in_at = (size_t)(first * stride[axis]);
	kern_move_strided(tensor_bits(x), &m, x->data, data);
	t.data = data;
	if (drops_axis(c->node))
		drop(&t.shape, axis);
	*to = datum_tensor(&t);
	return true;
}

static bool run_split(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *split = call_in(c, 1);
	int32_t axis = call_axis(c, x->shape.rank);
	int64_t extent = x->shape.dim[axis], first = 0;
	struct datum *y = c->out[0];
	size_t count;

	if (!part_count(split, extent, &count, e) || !y)
		return !y;
	y->count = 0;
	if (!inner_datums(c, count, &y->item, e))
		return false;
	y->count = count;
	for (size_t i = 0; i < count; i++) {
		int64_t size = part_size(split, i, extent);

		if (!cut_part(c, axis, first, size, &y->item[i], e))
			return false;
		first += size;
	}
	return true;
}

static const struct kernel split_kernels[] = {
	{.name = "split-to-sequence", .engine = "reference", .run = run_split},
	{0}};

/* ---- ConcatFromSequence ------------------------------------------------- */

static bool infer_concat(struct infer *c, struct err *e)
{
	const struct type *t = c->in[0]->elem;
	bool stack = attr_int(c->node, "new_axis");
	struct shape y = {.rank = RANK_UNKNOWN};
	int32_t axis;

	if (c->in[0]->kind != TYPE_SEQUENCE || !t || t->kind != TYPE_TENSOR)
		return true;
	if (t->shape.rank >= 0) {
		y.rank = t->shape.rank + (stack ? 1 : 0);
		if (y.rank > MAX_RANK)
			return err_set(e, ERR_LIMIT, "result has rank %d",
				       y.rank);
		if (!infer_axis(attr_int(c->node, "axis"), y.rank, &axis, e))
			return false;
		for (int32_t k = 0, from = 0; k < y.rank; k++) {
			y.dim[k] = DIM_UNKNOWN;
			if (!stack || k != axis)
				y.dim[k] = t->shape.dim[from++];
		}
		y.dim[axis] = DIM_UNKNOWN;
	}
	infer_set(c, 0, t->dtype, &y);
	return true;
}

/* Dims of the result; every item must agree but for the axis. */
static bool joined_shape(const struct call *c, struct shape *y, int32_t *axis,
			 struct err *e)
{
	const struct datum *s = c->in[0];
	bool stack = attr_int(c->node, "new_axis");
	const struct shape *first = &s->item[0].tensor.shape;
	int64_t sum = 0;

	if (!infer_axis(attr_int(c->node, "axis"),
			first->rank + (stack ? 1 : 0), axis, e))
		return false;
	for (size_t i = 0; i < s->count; i++) {
		const struct shape *x = &s->item[i].tensor.shape;

		if (x->rank != first->rank ||
		    s->item[i].tensor.dtype != s->item[0].tensor.dtype)
			return err_set(e, ERR_SHAPE,
				       "item %zu has another type than item 0",
				       i);
		for (int32_t k = 0; k < x->rank; k++)
			if ((stack || k != *axis) && x->dim[k] != first->dim[k])
				return err_set(
					e, ERR_SHAPE,
					"item %zu has another shape than item 0",
					i);
		if (ADD_OVERFLOWS(sum, stack ? 1 : x->dim[*axis], &sum))
			return err_set(e, ERR_LIMIT, "the result is too long");
	}
	y->rank = first->rank + (stack ? 1 : 0);
	for (int32_t k = 0, from = 0; k < y->rank; k++)
		y->dim[k] = stack && k == *axis ? 0 : first->dim[from++];
	y->dim[*axis] = sum;
	return true;
}

static bool run_concat(const struct call *c, struct err *e)
{
	const struct datum *s = c->in[0];
	struct strided m = {.rank = 2};
	bool stack = attr_int(c->node, "new_axis");
	struct shape y = {.rank = 0};
	int32_t axis;
	size_t inner;

	if (s->count == 0)
		return err_set(e, ERR_SHAPE, "the sequence is empty");
	if (!joined_shape(c, &y, &axis, e) || y.rank > MAX_RANK ||
	    !call_alloc(c, 0, s->item[0].tensor.dtype, &y, e))
		return false;
	if (!call_out(c, 0) || tensor_count(call_out(c, 0)) == 0)
		return true;
	inner = shape_span(&y, axis + 1, y.rank);
	for (size_t i = 0; i < s->count; i++) {
		const struct tensor *x = &s->item[i].tensor;
		size_t row = (stack ? 1 : (size_t)x->shape.dim[axis]) * inner;

		m.dim[0] = shape_span(&y, 0, axis);
		m.dim[1] = row;
		m.in[0] = (ptrdiff_t)row;
		m.out[0] = (ptrdiff_t)((size_t)y.dim[axis] * inner);
		m.in[1] = m.out[1] = 1;
		kern_move_strided(tensor_bits(x), &m, x->data,
				  tensor_mut(call_out(c, 0)));
		m.out_at += row;
	}
	return true;
}

static const struct kernel concat_kernels[] = {{.name = "concat-from-sequence",
						.engine = "reference",
						.run = run_concat},
					       {0}};

#define SPLIT(opset, set)                                                \
	{                                                                \
		.domain = "", .type = "SplitToSequence", .since = opset, \
		.in = PARAMS(IN("input", "T", set),                      \
			     OPTIONAL("split", "I", TYPES_INDEX)),       \
		.out = PARAMS(IN("output_sequence", NULL, 0)),           \
		.attrs = ATTRS(ATTR("axis", INT, "0"),                   \
			       ATTR("keepdims", INT, "1")),              \
		.infer = infer_split, .kernels = split_kernels,          \
	}

const struct op op_rows_sequence_split[] = {
	SPLIT(11, TYPES_ALL_1),
	SPLIT(24, TYPES_ALL_13),
	{.domain = "",
	 .type = "ConcatFromSequence",
	 .since = 11,
	 .traits = OP_DATA_SHAPE,
	 .in = PARAMS(IN("input_sequence", NULL, 0)),
	 .out = PARAMS(IN("concat_result", NULL, TYPES_ALL_1)),
	 .attrs = ATTRS(ATTR_REQUIRED("axis", INT), ATTR("new_axis", INT, "0")),
	 .infer = infer_concat,
	 .kernels = concat_kernels},
	{0}};
