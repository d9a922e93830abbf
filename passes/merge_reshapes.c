/* SPDX-License-Identifier: Apache-2.0 */
/* passes/merge_reshapes.c -- chains of operators that only regroup elements.
 *
 *     Reshape, Flatten, Squeeze, Unsqueeze twice  ->  one Reshape
 *     Slice(Slice(x)) of different axes           ->  one Slice
 *     Slice(Concat(a, b)) that shows b            ->  b
 *     Concat(a, Concat(b, c), d) of one axis      ->  Concat(a, b, c, d)
 *
 * EXACT: elements keep their values and their order.  A Reshape's new operand
 * has no 0 or -1 that would refer to the intermediate shape
 * (passes/reshape.h).
 */
#include "passes/reshape.h"

#include <string.h>

#include "ops/op.h"

bool reshape_list(const struct value *x, const struct value *y,
		  struct shape *list)
{
	const struct shape *to = &y->type.shape, *from = &x->type.shape;
	int unknown = 0, zeros = 0;

	if (y->type.kind != TYPE_TENSOR || to->rank < 0)
		return false;
	*list = *to;
	for (int32_t i = 0; i < to->rank; i++) {
		int64_t d = to->dim[i];

		zeros += d == 0;
		if (d >= 0)
			continue;
		if (d != DIM_UNKNOWN && i < from->rank && from->dim[i] == d) {
			list->dim[i] = 0;
			continue;
		}
		list->dim[i] = -1;
		unknown++;
	}
	return unknown <= 1 && !zeros;
}

void edit_reshape(struct edit *ed, struct value *x, const struct shape *list,
		  struct value *old)
{
	struct value *in = edit_ints(ed, list->dim, (size_t)list->rank);

	edit_replace(ed, old, edit_op(ed, "Reshape", VALUES(x, in)));
}

static bool two_views(const struct match *m)
{
	struct shape list;

	/* Reshape-5: the shape is an operand. */
	return model_opset(m->root->graph->model, "") >= 5 &&
	       one_result(m->root) &&
	       reshape_list(match_value(m, "x"), m->root->out[0], &list);
}

static bool one_reshape(struct edit *ed, const struct match *m, struct err *e)
{
	struct value *x = match_value(m, "x"), *y = m->root->out[0];
	struct shape list;

	(void)e;
	if (same_shape(x, y) && may_forward(y, x))
		edit_replace(ed, y, x);
	else if (reshape_list(x, y, &list))
		edit_reshape(ed, x, &list, y);
	return true;
}

/* ---- Slice -------------------------------------------------------------- */

struct window {
	struct shape starts, ends, axes, steps;
};

/* Everything constant (operands since Slice-10), axes not negative. */
static bool read_window(const struct node *n, struct window *w)
{
	int32_t rank = node_in(n, 0)->type.shape.rank;

	if (!n->op || rank < 0 || !node_list(n, 1, "starts", &w->starts) ||
	    !node_list(n, 2, "ends", &w->ends) ||
	    w->ends.rank != w->starts.rank)
		return false;
	w->axes.rank = w->steps.rank = w->starts.rank;
	for (int32_t i = 0; i < w->starts.rank; i++) {
		w->axes.dim[i] = i;
		w->steps.dim[i] = 1;
	}
	if (!node_list(n, 3, "axes", &w->axes) && node_in(n, 3))
		return false;
	if (node_in(n, 4) && !const_ints(node_in(n, 4), &w->steps))
		return false;
	for (int32_t i = 0; i < w->axes.rank; i++)
		if (w->axes.dim[i] < 0)
			w->axes.dim[i] += rank;
	return w->axes.rank == w->starts.rank &&
	       w->steps.rank == w->starts.rank;
}

static bool disjoint_axes(const struct match *m)
{
	struct window a, b;

	if (!read_window(match_node(m, "s"), &a) || !read_window(m->root, &b) ||
	    a.axes.rank + b.axes.rank > MAX_RANK)
		return false;
	for (int32_t i = 0; i < a.axes.rank; i++)
		for (int32_t k = 0; k < b.axes.rank; k++)
			if (a.axes.dim[i] == b.axes.dim[k])
				return false;
	return true;
}

static struct value *both(struct edit *ed, const struct shape *a,
			  const struct shape *b)
{
	int64_t x[2 * MAX_RANK];

	memcpy(x, a->dim, (size_t)a->rank * sizeof(*x));
	memcpy(x + a->rank, b->dim, (size_t)b->rank * sizeof(*x));
	return edit_ints(ed, x, (size_t)(a->rank + b->rank));
}

static bool one_slice(struct edit *ed, const struct match *m, struct err *e)
{
	struct window a, b;

	(void)e;
	if (!read_window(match_node(m, "s"), &a) || !read_window(m->root, &b))
		return true;
	edit_replace(ed, m->root->out[0],
		     edit_op(ed, "Slice",
			     VALUES(match_value(m, "x"),
				    both(ed, &a.starts, &b.starts),
				    both(ed, &a.ends, &b.ends),
				    both(ed, &a.axes, &b.axes),
				    both(ed, &a.steps, &b.steps))));
	return true;
}

/* ---- Concat ------------------------------------------------------------- */

enum { CONCAT_MAX = 512 };

static int64_t concat_axis(const struct node *n)
{
	int64_t axis = node_int(n, "axis", 1);
	int32_t rank = n->out[0]->type.shape.rank;

	return axis < 0 && rank > 0 ? axis + rank : axis;
}

/* V comes from a Concat along the axis of ROOT that only ROOT reads. */
static bool joins(const struct node *root, const struct value *v)
{
	return v && v->def && node_is(v->def, "", "Concat") &&
	       v->def->graph == root->graph && value_has_one_use(v) &&
	       concat_axis(v->def) == concat_axis(root);
}

static bool has_inner_concat(const struct match *m)
{
	uint32_t total = 0;
	bool found = false;

	for (uint32_t i = 0; i < m->root->nin; i++) {
		const struct value *v = node_in(m->root, i);
		bool inner = joins(m->root, v);

		found |= inner;
		total += inner ? v->def->nin : 1;
	}
	return found && total <= CONCAT_MAX;
}

static bool one_concat(struct edit *ed, const struct match *m, struct err *e)
{
	struct value *in[CONCAT_MAX];
	uint32_t n = 0;

	(void)e;
	for (uint32_t i = 0; i < m->root->nin; i++) {
		struct value *v = node_in(m->root, i);

		if (!joins(m->root, v)) {
			in[n++] = v;
			continue;
		}
		edit_source(ed, v->def);
		for (uint32_t k = 0; k < v->def->nin; k++)
			in[n++] = node_in(v->def, k);
	}
	edit_replace(ed, m->root->out[0],
		     edit_copy(ed, m->root, in, n)->out[0]);
	return true;
}

/* The operand of the Concat that the Slice shows, or NULL. */
static struct value *shown_operand(const struct match *m)
{
	const struct node *c = match_node(m, "c");
	int64_t axis = concat_axis(c), at = 0;
	struct window w;

	if (!read_window(m->root, &w) || w.axes.rank != 1 ||
	    w.axes.dim[0] != axis || w.steps.dim[0] != 1 || w.starts.dim[0] < 0)
		return NULL;
	for (uint32_t i = 0; i < c->nin; i++) {
		struct value *v = node_in(c, i);
		bool last = i + 1 == c->nin;
		int64_t size;

		if (!v || v->type.kind != TYPE_TENSOR ||
		    axis >= v->type.shape.rank)
			return NULL;
		size = v->type.shape.dim[axis];
		if (size < 0)
			return NULL;
		if (w.starts.dim[0] == at && size > 0 &&
		    (w.ends.dim[0] == at + size ||
		     (last && w.ends.dim[0] > at + size)))
			return v;
		at += size;
	}
	return NULL;
}

static bool shows_one_operand(const struct match *m)
{
	struct value *v = shown_operand(m);

	return v && may_forward(m->root->out[0], v);
}

static bool to_operand(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	edit_replace(ed, m->root->out[0], shown_operand(m));
	return true;
}

#define VIEW "Reshape|Flatten|Squeeze|Unsqueeze"

static const struct rule rules[] = {
	{"reshape", VIEW "(" VIEW "(x, ...), ...)", two_views, one_reshape},
	{"slice", "Slice(&s:Slice(x, ...), ...)", disjoint_axes, one_slice},
	{"slice-of-concat", "Slice(&c:Concat(...), ...)", shows_one_operand,
	 to_operand},
	{"concat", "Concat(...)", has_inner_concat, one_concat},
	{0}};

const struct pass pass_rows_merge_reshapes[] = {
	{.name = "merge-reshapes",
	 .summary = "join chains of Reshape, Slice or Concat",
	 .fidelity = EXACT,
	 .rules = rules},
	{0}};
