/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fold_scale.c -- constant scales and shifts beside linear operators.
 *
 *     c (W x + b)   = (c W) x + c b        Mul, Div, Neg behind
 *     (W x + b) + c = W x + (b + c)        Add, Sub behind
 *     W (c x)       = (W c) x              Mul, Div before
 *     W (x + c)     = W x + W c            Add, Sub before, without padding
 *     (x a) b       = x (a b)              two Mul or Div by constants
 *
 * for constants that vary along the channels at most and do not grow the
 * result.  ROUNDING: in double, rounded once to the type of W.  A MatMul,
 * which has no bias, takes scales only.
 */
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "passes/linear.h"

/* g and h of y = g x + h, by channel; what "Sub(c, x)" does comes with
 * REVERSED. */
static bool factors(const struct node *n, const struct tensor *c, bool reversed,
		    int64_t channels, double *g, double *h)
{
	for (int64_t i = 0; i < channels; i++) {
		double x = c ? channel_element(c, i) : 0;

		g[i] = 1;
		h[i] = 0;
		if (!strcmp(n->type, "Mul"))
			g[i] = x;
		else if (!strcmp(n->type, "Div"))
			g[i] = 1 / x;
		else if (!strcmp(n->type, "Neg"))
			g[i] = -1;
		else if (!strcmp(n->type, "Add"))
			h[i] = x;
		else
			h[i] = reversed ? x : -x;
		if (reversed)
			g[i] = -1;
		if (!isfinite(g[i]) || !isfinite(h[i]))
			return false;
	}
	return true;
}

static bool scales(const struct node *n)
{
	return !strcmp(n->type, "Mul") || !strcmp(n->type, "Div") ||
	       !strcmp(n->type, "Neg");
}

static bool behind(const struct match *m)
{
	const struct node *n = match_node(m, "l");
	struct linear l;

	if (!linear_of(n, &l) ||
	    (l.kind == LINEAR_MATMUL && !scales(m->root)) ||
	    m->root->out[0]->type.dtype != l.w->dtype)
		return false;
	return m->root->nin == 1 ||
	       const_per_channel(match_value(m, "c"), l.rank, l.axis,
				 l.channels);
}

static bool fold(struct edit *ed, const struct match *m, const struct node *op,
		 bool is_behind, struct err *e)
{
	struct arena a = {0};
	struct linear l;
	const struct tensor *c;
	int64_t n;
	double *g, *h;
	bool ok = true, reversed;

	if (!linear_of(match_node(m, "l"), &l))
		return true;
	n = is_behind ? l.channels : l.inputs;
	g = arena_array(&a, double, (size_t)n);
	h = arena_array(&a, double, (size_t)n);
	c = op->nin == 2 ? match_const(m, "c") : NULL;
	reversed = !strcmp(op->type, "Sub") && op->in[0].value->konst == c;
	if (factors(op, c, reversed, n, g, h))
		ok = is_behind ? linear_scale_output(ed, &l, g, h,
						     m->root->out[0], e)
			       : linear_scale_input(ed, &l, match_value(m, "x"),
						    g, scales(op) ? NULL : h,
						    m->root->out[0], e);
	arena_release(&a);
	return ok;
}

static bool fold_behind(struct edit *ed, const struct match *m, struct err *e)
{
	return fold(ed, m, m->root, true, e);
}

static bool before(const struct match *m)
{
	const struct node *op = match_node(m, "op");
	struct linear l;

	return linear_of(m->root, &l) &&
	       (scales(op) ||
		(linear_is_unpadded(&l) && l.kind != LINEAR_MATMUL)) &&
	       op->out[0]->type.dtype == l.w->dtype &&
	       same_shape(op->out[0], match_value(m, "x")) &&
	       const_per_channel(match_value(m, "c"), l.rank, l.in_axis,
				 l.inputs);
}

static bool fold_before(struct edit *ed, const struct match *m, struct err *e)
{
	return fold(ed, m, match_node(m, "op"), false, e);
}

/* ---- two scales --------------------------------------------------------- */

static bool is_number(const struct value *v)
{
	return v->konst && dtype_is_float(v->konst->dtype) &&
	       tensor_count(v->konst) > 0;
}

/* One of the constants is not larger than the other and broadcasts to it. */
static bool two_constants(const struct match *m)
{
	const struct value *a = match_value(m, "a"), *b = match_value(m, "b");
	struct shape s;
	struct err e;

	return is_number(a) && is_number(b) && a->type.dtype == b->type.dtype &&
	       a->type.dtype == m->root->out[0]->type.dtype &&
	       shape_broadcast(&s, &a->type.shape, &b->type.shape, &e) &&
	       (shape_equal(&s, &a->type.shape) ||
		shape_equal(&s, &b->type.shape));
}

/* Element I of a tensor of shape S, of T that broadcasts to it. */
static double broadcast_element(const struct tensor *t, const struct shape *s,
				size_t i)
{
	size_t at = 0, stride = 1;

	for (int32_t k = s->rank; k-- > 0;) {
		size_t d = (size_t)s->dim[k], x = i % d;
		int32_t own = k - (s->rank - t->shape.rank);

		i /= d;
		if (own < 0 || t->shape.dim[own] == 1)
			continue;
		at += x * stride;
		stride *= d;
	}
	return tensor_double(t, at);
}

/* (x op a) op b: what x is multiplied by in the end. */
static double product(const struct node *first, const struct node *second,
		      double a, double b)
{
	a = !strcmp(first->type, "Div") ? 1 / a : a;
	return !strcmp(second->type, "Div") ? a / b : a * b;
}

/* A factor that is not a normal number would lose what x has. */
static bool is_normal(const struct tensor *t)
{
	for (size_t i = 0, n = tensor_count(t); i < n; i++) {
		double x = fabs(tensor_double(t, i));

		if (!isfinite(x) || x < 0x1p-100 || x > 0x1p100)
			return false;
	}
	return true;
}

static bool one_scale(struct edit *ed, const struct match *m, struct err *e)
{
	const struct tensor *a = match_const(m, "a"), *b = match_const(m, "b");
	struct tensor c;
	struct shape s;

	if (!shape_broadcast(&s, &a->shape, &b->shape, e) ||
	    !edit_tensor(ed, a->dtype, &s, &c, e))
		return false;
	for (size_t i = 0, n = tensor_count(&c); i < n; i++)
		element_set_double(c.dtype, tensor_mut(&c), i,
				   product(match_node(m, "op"), m->root,
					   broadcast_element(a, &s, i),
					   broadcast_element(b, &s, i)));
	if (c.dtype == DTYPE_F16 || !is_normal(&c))
		return true;
	edit_replace(ed, m->root->out[0],
		     edit_op(ed, "Mul",
			     VALUES(match_value(m, "x"), edit_const(ed, &c))));
	return true;
}

#define LINEAR "l:Conv|ConvTranspose|Gemm|MatMul(_, #_, _?)"

static const struct rule rules[] = {
	{"mul-behind", "Mul|Add~(" LINEAR ", #c)", behind, fold_behind},
	{"div-behind", "Div|Sub(" LINEAR ", #c)", behind, fold_behind},
	{"sub-from", "Sub(#c, " LINEAR ")", behind, fold_behind},
	{"negated", "Neg(" LINEAR ")", behind, fold_behind},
	{"mul-before",
	 "l:Conv|ConvTranspose|Gemm|MatMul(op:Mul|Add~(x, #c), #_, _?)", before,
	 fold_before},
	{"div-before",
	 "l:Conv|ConvTranspose|Gemm|MatMul(op:Div|Sub(x, #c), #_, _?)", before,
	 fold_before},
	{"mul-mul", "Mul~(op:Mul~(x, #a), #b)", two_constants, one_scale},
	{"mul-div", "Mul~(op:Div(x, #a), #b)", two_constants, one_scale},
	{"div-mul", "Div(op:Mul~(x, #a), #b)", two_constants, one_scale},
	{0}};

const struct pass pass_rows_fold_scale[] = {
	{.name = "fold-scale",
	 .summary = "fold constant scales and shifts into weights",
	 .fidelity = ROUNDING,
	 .rules = rules},
	{0}};
