/* SPDX-License-Identifier: Apache-2.0 */
/* ops/slice.c -- Slice: every step-th element from start to end, per axis.
 *
 * Negative starts and ends count from the end of the axis; both are then
 * clamped to [0, n] for positive steps and [-1, n - 1] for negative ones.
 * Starts, ends and axes are attributes before opset 10.
 */
#include <inttypes.h>

#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

/* Exporters write ends from 1e9 to INT64_MAX for "to the end". */
enum { END_OF_ANY = 1000000000 };

/* Per axis of the operand.  A bound that is not OPEN is a number as written;
 * an open one is a dim, named or unknown. */
struct cut {
	bool given, open_start, open_end;
	int64_t start, end, step;
};

static int64_t clamp(int64_t x, int64_t low, int64_t high)
{
	return x < low ? low : x > high ? high : x;
}

/* Elements that CUT, without open bounds, leaves of N; *FIRST is the first. */
static int64_t cut_count(const struct cut *cut, int64_t n, int64_t *first)
{
	int64_t down = cut->step < 0, start = cut->start, end = cut->end;
	uint64_t span, step;

	*first = 0;
	if (n == 0)
		return 0;
	if (start < 0)
		start += n;
	if (end < 0)
		end += n;
	start = clamp(start, 0, n - down);
	end = clamp(end, -down, n);
	*first = start;
	if (down ? end >= start : end <= start)
		return 0;
	span = (uint64_t)(down ? start - end : end - start);
	step = down ? -(uint64_t)cut->step : (uint64_t)cut->step;
	return (int64_t)((span - 1) / step + 1);
}

/* What Slice was given: lists of the same length, from wherever. */
struct lists {
	struct shape start, end, axis, step;
	bool open_start[MAX_RANK], open_end[MAX_RANK];
	bool has_axes, has_steps;
};

static bool set_cuts(struct cut *cut, int32_t rank, const struct lists *l,
		     struct err *e)
{
	int32_t count = l->start.rank;

	if (l->end.rank != count || (l->has_axes && l->axis.rank != count) ||
	    (l->has_steps && l->step.rank != count))
		return err_set(
			e, ERR_SHAPE,
			"%d starts, %d ends, %d axes, %d steps, want the same number",
			count, l->end.rank, l->has_axes ? l->axis.rank : count,
			l->has_steps ? l->step.rank : count);
	for (int32_t i = 0; i < count; i++) {
		int32_t axis;

		if (!infer_axis(l->has_axes ? l->axis.dim[i] : i, rank, &axis,
				e))
			return false;
		if (cut[axis].given)
			return err_set(e, ERR_SHAPE, "axis %d is given twice",
				       axis);
		cut[axis].given = true;
		cut[axis].start = l->start.dim[i];
		cut[axis].end = l->end.dim[i];
		cut[axis].open_start = l->open_start[i];
		cut[axis].open_end = l->open_end[i];
		cut[axis].step = l->has_steps ? l->step.dim[i] : 1;
		if (cut[axis].step == 0)
			return err_set(e, ERR_SHAPE, "step of axis %d is 0",
				       axis);
	}
	return true;
}

static bool attr_list(const struct node *n, const char *name, struct shape *to,
		      struct err *e)
{
	const int64_t *ints;
	uint32_t count = attr_ints(n, name, &ints);

	if (count > MAX_RANK)
		return err_set(e, ERR_LIMIT,
			       "'%s' has %u entries, the limit is %d", name,
			       count, MAX_RANK);
	*to = shape_make((int32_t)count, ints);
	return true;
}

static bool lists_of_attrs(const struct node *n, struct lists *l, struct err *e)
{
	l->has_axes = attr_given(n, "axes");
	l->has_steps = false;
	return attr_list(n, "starts", &l->start, e) &&
	       attr_list(n, "ends", &l->end, e) &&
	       attr_list(n, "axes", &l->axis, e);
}

/* ---- inference ---------------------------------------------------------- */

/* A list of numbers, except where OPEN; false if not even the length is
 * known. */
static bool open_list(const struct infer *c, uint32_t i, struct shape *to,
		      bool *open)
{
	if (infer_exact_ints(c, i, to))
		return true;
	if (!infer_ints(c, i, to))
		return false;
	for (int32_t k = 0; k < to->rank; k++)
		open[k] = !content_int(to->dim[k], &to->dim[k]);
	return true;
}

static bool lists_of_operands(const struct infer *c, struct lists *l)
{
	l->has_axes = infer_has(c, 3);
	l->has_steps = infer_has(c, 4);
	return open_list(c, 1, &l->start, l->open_start) &&
	       open_list(c, 2, &l->end, l->open_end) &&
	       (!l->has_axes || infer_exact_ints(c, 3, &l->axis)) &&
	       (!l->has_steps || infer_exact_ints(c, 4, &l->step));
}

/* Slicing an axis whose size has a name, or by bounds that have one.  An end
 * that no real axis reaches means "all". */
static int64_t open_dim(struct symbols *sy, const struct cut *cut, int64_t n)
{
	if (cut->step != 1 || cut->open_start || cut->start < 0)
		return DIM_UNKNOWN;
	if (cut->open_end) /* [0, n) of n */
		return cut->start == 0 && cut->end == n ? n : DIM_UNKNOWN;
	if (cut->end >= END_OF_ANY)
		return dim_sub(sy, n, cut->start);
	if (cut->end < 0 && cut->end > INT32_MIN)
		return dim_sub(sy, dim_sub(sy, n, cut->start), -cut->end);
	return DIM_UNKNOWN;
}

static int64_t cut_dim(struct symbols *sy, const struct cut *cut, int64_t n)
{
	int64_t first;

	if (!cut->given)
		return n;
	if (n >= 0 && !cut->open_start && !cut->open_end)
		return cut_count(cut, n, &first);
	return open_dim(sy, cut, n);
}

static void slice_content(struct infer *c, const struct cut *cut)
{
	struct shape x, y = {.rank = 0};
	int64_t first, count;

	if (!c->out_content || !infer_ints(c, 0, &x) ||
	    (cut->given && (cut->open_start || cut->open_end)))
		return;
	if (!cut->given) {
		infer_set_content(c, 0, &x);
		return;
	}
	count = cut_count(cut, x.rank, &first);
	for (int64_t i = 0; i < count; i++)
		y.dim[y.rank++] = x.dim[first + i * cut->step];
	infer_set_content(c, 0, &y);
}

static bool infer_slice(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct cut cut[MAX_RANK] = {{.given = false}};
	struct lists l = {.has_axes = false};
	struct shape y = *x;
	bool known = true;

	if (c->node->op->since >= 10)
		known = lists_of_operands(c, &l);
	else if (!lists_of_attrs(c->node, &l, e))
		return false;
	if (x->rank >= 0 && known && !set_cuts(cut, x->rank, &l, e))
		return false;
	for (int32_t i = 0; i < y.rank; i++)
		y.dim[i] = known ? cut_dim(&c->model->symbols, &cut[i],
					   x->dim[i])
				 : DIM_UNKNOWN;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	if (known && x->rank == 1)
		slice_content(c, &cut[0]);
	return true;
}

/* ---- execution ---------------------------------------------------------- */

static bool operand_list(const struct call *c, uint32_t i, struct shape *to,
			 struct err *e)
{
	const struct tensor *t = call_in(c, i);
	size_t n = t ? tensor_count(t) : 0;

	if (n > MAX_RANK)
		return err_set(e, ERR_LIMIT,
			       "operand %u has %zu entries, the limit is %d", i,
			       n, MAX_RANK);
	to->rank = (int32_t)n;
	for (size_t k = 0; k < n; k++)
		to->dim[k] = tensor_int(t, k);
	return true;
}

static bool lists_of_call(const struct call *c, struct lists *l, struct err *e)
{
	if (c->node->op->since < 10)
		return lists_of_attrs(c->node, l, e);
	l->has_axes = call_in(c, 3) != NULL;
	l->has_steps = call_in(c, 4) != NULL;
	return operand_list(c, 1, &l->start, e) &&
	       operand_list(c, 2, &l->end, e) &&
	       operand_list(c, 3, &l->axis, e) &&
	       operand_list(c, 4, &l->step, e);
}

static bool run_slice(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	struct cut cut[MAX_RANK] = {{.given = false}};
	ptrdiff_t stride[MAX_RANK], at = 0;
	struct strided s;
	struct lists l = {.has_axes = false};

	if (!lists_of_call(c, &l, e) || !set_cuts(cut, x->shape.rank, &l, e))
		return false;
	if (!y || tensor_count(y) == 0)
		return true;
	s = strided_over(&y->shape);
	shape_strides(&x->shape, stride);
	for (int32_t i = 0; i < x->shape.rank; i++) {
		int64_t first = 0, count = x->shape.dim[i];

		if (cut[i].given)
			count = cut_count(&cut[i], x->shape.dim[i], &first);
		if (count != y->shape.dim[i])
			return err_set(e, ERR_SHAPE,
				       "result dim %d is %" PRId64
				       ", planned %" PRId64,
				       i, count, y->shape.dim[i]);
		/* A huge step is taken at most once. */
		s.in[i] = count > 1 && cut[i].given ? stride[i] * cut[i].step
						    : stride[i];
		at += first * stride[i];
	}
	s.in_at = (size_t)at;
	kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
	return true;
}

static const struct kernel kernels[] = {
	{.name = "slice", .engine = "reference", .run = run_slice}, {0}};

#define SLICE(opset, set)                                                    \
	{                                                                    \
		.domain = "", .type = "Slice", .since = opset,               \
		.traits = OP_MOVES,                                          \
		.in = PARAMS(IN("data", "T", set),                           \
			     IN("starts", "Tind", TYPES_INDEX),              \
			     IN("ends", "Tind", TYPES_INDEX),                \
			     OPTIONAL("axes", "Tind", TYPES_INDEX),          \
			     OPTIONAL("steps", "Tind", TYPES_INDEX)),        \
		.out = PARAMS(IN("output", "T", set)), .infer = infer_slice, \
		.kernels = kernels,                                          \
	}

const struct op op_rows_slice[] = {
	{.domain = "",
	 .type = "Slice",
	 .since = 1,
	 .traits = OP_MOVES,
	 .in = PARAMS(IN("data", "T", TYPES_ALL_1)),
	 .out = PARAMS(IN("output", "T", TYPES_ALL_1)),
	 .attrs = ATTRS(ATTR_REQUIRED("starts", INTS),
			ATTR_REQUIRED("ends", INTS), ATTR("axes", INTS, NULL)),
	 .infer = infer_slice,
	 .kernels = kernels},
	SLICE(10, TYPES_ALL_1),
	SLICE(11, TYPES_ALL_1),
	SLICE(13, TYPES_ALL_13),
	{0}};
