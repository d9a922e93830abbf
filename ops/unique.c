/* SPDX-License-Identifier: Apache-2.0 */
/* ops/unique.c -- Unique: the different elements, or slices along an axis.
 *
 * Items are ordered by content (ops/rank.h; slices element by element), or
 * with sorted = 0 by where they first occur.  A NaN equals every NaN.
 * com.microsoft's Unique orders by occurrence and does not tell where.
 */
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"
#include "ops/rank.h"

static bool is_microsoft(const struct node *n)
{
	return *n->op->domain != '\0';
}

static bool has_axis(const struct node *n)
{
	return !is_microsoft(n) && attr_given(n, "axis");
}

static bool infer_unique(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	const struct shape list = {.rank = 1, .dim = {DIM_UNKNOWN}};
	struct shape y = list;
	int32_t axis;

	if (has_axis(c->node)) {
		y = *x;
		if (x->rank >= 0 &&
		    !infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
			return false;
		if (x->rank >= 0)
			y.dim[axis] = DIM_UNKNOWN;
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	for (uint32_t i = 1; i < c->node->nout; i++)
		infer_set(c, i, DTYPE_I64, &list);
	return true;
}

/* COUNT items of OUTER * INNER elements each. */
struct items {
	const struct tensor *x;
	size_t outer, count, inner;
};

static int compare_items(const struct items *t, size_t a, size_t b)
{
	for (size_t o = 0; o < t->outer; o++)
		for (size_t i = 0; i < t->inner; i++) {
			size_t row = o * t->count;
			int order = rank_compare(t->x, (row + a) * t->inner + i,
						 (row + b) * t->inner + i);

			if (order)
				return order;
		}
	return 0;
}

/* Stable bottom-up merge sort of item numbers. */
static void sort_items(const struct items *t, size_t *list, size_t *spare)
{
	size_t *from = list, *to = spare, n = t->count;

	for (size_t width = 1; width < n; width *= 2) {
		size_t *swap;

		for (size_t at = 0; at < n; at += 2 * width) {
			size_t a = at, mid = at + width < n ? at + width : n;
			size_t b = mid, k = at;
			size_t end = mid + width < n ? mid + width : n;

			while (a < mid || b < end) {
				bool right = a == mid ||
					     (b < end &&
					      compare_items(t, from[b],
							    from[a]) < 0);

				to[k++] = from[right ? b++ : a++];
			}
		}
		swap = from;
		from = to;
		to = swap;
	}
	for (size_t i = 0; from != list && i < n; i++)
		list[i] = from[i];
}

/*
 * GROUP[item] = number of its group; FIRST[group] = its first item; returns
 * the number of groups.  ORDER holds the sorted items on entry.
 */
static size_t number_groups(const struct items *t, const size_t *order,
			    size_t *group, size_t *first)
{
	size_t groups = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (i == 0 || compare_items(t, order[i - 1], order[i]) != 0)
			first[groups++] = order[i];
		group[order[i]] = groups - 1;
	}
	return groups;
}

/* Renumber by first occurrence; NEW has room for every group. */
static void by_occurrence(const struct items *t, size_t groups, size_t *group,
			  size_t *first, size_t *new)
{
	size_t next = 0;

	for (size_t g = 0; g < groups; g++)
		new[g] = SIZE_MAX;
	for (size_t i = 0; i < t->count; i++) {
		size_t g = group[i];

		if (new[g] == SIZE_MAX) {
			new[g] = next;
			first[next++] = i;
		}
		group[i] = new[g];
	}
}

static struct items items_of(const struct call *c, struct shape *y)
{
	struct items t = {.x = call_in(c, 0), .outer = 1, .inner = 1};
	int32_t axis = 0, rank = t.x->shape.rank;

	t.count = tensor_count(t.x);
	*y = SHAPE(0);
	if (has_axis(c->node)) {
		*y = t.x->shape;
		axis = call_axis(c, rank);
		t.outer = shape_span(y, 0, axis);
		t.count = (size_t)y->dim[axis];
		t.inner = shape_span(y, axis + 1, rank);
	}
	return t;
}

static bool give_lists(const struct call *c, const struct items *t,
		       const size_t *group, const size_t *first, size_t groups,
		       struct err *e)
{
	struct shape per_group = SHAPE((int64_t)groups);
	struct shape per_item = SHAPE((int64_t)t->count);
	uint32_t first_list = is_microsoft(c->node) ? 0 : 1;
	struct tensor *indices = NULL, *inverse, *counts;

	if ((first_list && !call_alloc(c, 1, DTYPE_I64, &per_group, e)) ||
	    !call_alloc(c, first_list + 1, DTYPE_I64, &per_item, e) ||
	    !call_alloc(c, first_list + 2, DTYPE_I64, &per_group, e))
		return false;
	if (first_list)
		indices = call_out(c, 1);
	inverse = call_out(c, first_list + 1);
	counts = call_out(c, first_list + 2);
	for (size_t g = 0; indices && g < groups; g++)
		tensor_i64_mut(indices)[g] = (int64_t)first[g];
	for (size_t i = 0; inverse && i < t->count; i++)
		tensor_i64_mut(inverse)[i] = (int64_t)group[i];
	for (size_t g = 0; counts && g < groups; g++)
		tensor_i64_mut(counts)[g] = 0;
	for (size_t i = 0; counts && i < t->count; i++)
		tensor_i64_mut(counts)[group[i]]++;
	return true;
}

static size_t scratch_unique(const struct call *c)
{
	struct shape y;
	struct items t = items_of(c, &y);

	return 4 * t.count * sizeof(size_t);
}

static bool run_unique(const struct call *c, struct err *e)
{
	struct shape shape;
	struct items t = items_of(c, &shape);
	size_t *order = c->scratch, *spare = order + t.count;
	size_t *group = spare + t.count, *first = group + t.count;
	int32_t axis = 0;
	size_t groups;

	for (size_t i = 0; i < t.count; i++)
		order[i] = i;
	sort_items(&t, order, spare);
	groups = number_groups(&t, order, group, first);
	if (is_microsoft(c->node) || !attr_int(c->node, "sorted"))
		by_occurrence(&t, groups, group, first, spare);
	if (has_axis(c->node))
		axis = call_axis(c, shape.rank);
	shape.dim[axis] = (int64_t)groups;
	if (!give_lists(c, &t, group, first, groups, e) ||
	    !call_alloc(c, 0, t.x->dtype, &shape, e))
		return false;
	if (call_out(c, 0) && tensor_count(call_out(c, 0)) > 0)
		kern_move_rows(tensor_bits(t.x), t.x->data, t.outer, t.count,
			       t.inner, first, groups,
			       tensor_mut(call_out(c, 0)));
	return true;
}

static const struct kernel kernels[] = {{.name = "unique",
					 .engine = "reference",
					 .scratch = scratch_unique,
					 .run = run_unique},
					{0}};

#define UNIQUE(opset, set)                                                  \
	{                                                                   \
		.domain = "", .type = "Unique", .since = opset,             \
		.traits = OP_DATA_SHAPE, .in = PARAMS(IN("X", "T", set)),   \
		.out = PARAMS(IN("Y", "T", set),                            \
			      OPTIONAL("indices", NULL, TYPES_I64),         \
			      OPTIONAL("inverse_indices", NULL, TYPES_I64), \
			      OPTIONAL("counts", NULL, TYPES_I64)),         \
		.attrs = ATTRS(ATTR("axis", INT, NULL),                     \
			       ATTR("sorted", INT, "1")),                   \
		.infer = infer_unique, .kernels = kernels,                  \
	}

const struct op op_rows_unique[] = {
	UNIQUE(11, TYPES_ALL_1),
	UNIQUE(28, TYPES_ALL_13),
	{.domain = "com.microsoft",
	 .type = "Unique",
	 .since = 1,
	 .traits = OP_DATA_SHAPE,
	 .in = PARAMS(IN("x", "T", TYPES_ALL_1)),
	 .out = PARAMS(IN("y", "T", TYPES_ALL_1), IN("idx", NULL, TYPES_I64),
		       IN("counts", NULL, TYPES_I64)),
	 .infer = infer_unique,
	 .kernels = kernels},
	{0}};
