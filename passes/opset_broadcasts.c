/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_broadcasts.c -- operands that are not of one shape.
 *
 * Until opset 6, B of a binary operator was a scalar or had a contiguous part
 * of the dims of A, at attribute "axis"; since 7 both broadcast as numpy's do.
 * Max, Min, Mean and Sum broadcast since 8.
 *
 * Source: ONNX's Broadcasting.md and operator schemas.
 */
#include <string.h>

#include "graph/element.h"
#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

/* The shape of a value whose rank is known, else NULL. */
static const struct shape *shape_of(const struct value *v)
{
	return opset_rank(v) >= 0 ? &v->type.shape : NULL;
}

static bool same(int64_t a, int64_t b)
{
	return a == b && a != DIM_UNKNOWN;
}

static bool shapes_same(const struct shape *a, const struct shape *b)
{
	if (!a || !b || a->rank != b->rank)
		return false;
	for (int32_t i = 0; i < a->rank; i++)
		if (!same(a->dim[i], b->dim[i]))
			return false;
	return true;
}

static bool refuse_shapes(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "broadcasts in a way that exists since opset 7 only");
}

/* ---- up to 7 ------------------------------------------------------------ */

/* Dims of size 1 behind operand I, COUNT of them. */
static void add_ones(struct node *n, uint32_t i, int32_t rank, int32_t count)
{
	struct value *in[1] = {node_in(n, i)};
	int64_t axes[MAX_RANK];
	struct node *u;

	for (int32_t k = 0; k < count; k++)
		axes[k] = rank + k;
	u = opset_op(n, "Unsqueeze", in, 1)->def;
	node_set_ints(u, "axes", axes, (uint32_t)count);
	opset_set_operand(n, i, u->out[0]);
}

static bool binary_up(struct node *n, struct err *e)
{
	int32_t a = opset_rank(node_in(n, 0)), b = opset_rank(node_in(n, 1));
	const struct attr *axis = node_attr(n, "axis");
	bool broadcast = node_int(n, "broadcast", 0) != 0;
	int64_t at = node_int(n, "axis", 0);

	node_drop_attr(n, "broadcast");
	node_drop_attr(n, "axis");
	if (!broadcast || !axis || b == 0)
		return true;
	if (a < 0 || b < 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "broadcasts to an unknown rank");
	if (at < 0)
		at += a;
	if (at < 0 || at > a || at + b > a)
		return err_set(e, ERR_UNSUPPORTED,
			       "broadcasts at an axis that does not exist");
	if (at + b < a)
		add_ones(n, 1, b, a - b - (int32_t)at);
	return true;
}

/* PRelu-6: a slope of C numbers is one for each channel. */
static bool prelu_up(struct node *n, struct err *e)
{
	int32_t x = opset_rank(node_in(n, 0)), s = opset_rank(node_in(n, 1));

	if (x < 0 || s < 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "has a slope of unknown rank");
	if (s == 1 && x > 2 && opset_dim(node_in(n, 1), 0) != 1)
		add_ones(n, 1, 1, x - 2);
	return true;
}

static bool gemm_up(struct node *n, struct err *e)
{
	(void)e;
	node_drop_attr(n, "broadcast");
	return true;
}

/* ---- down from 7 -------------------------------------------------------- */

/* Operand 1 without its dims before FIRST and from END on, all of size 1. */
static void strip_ones(struct node *n, int32_t first, int32_t end)
{
	struct value *in[1] = {node_in(n, 1)};
	int32_t rank = opset_rank(in[0]);
	int64_t axes[MAX_RANK];
	uint32_t count = 0;
	struct node *s;

	for (int32_t i = 0; i < rank; i++)
		if (i < first || i >= end)
			axes[count++] = i;
	if (!count)
		return;
	s = opset_op(n, "Squeeze", in, 1)->def;
	node_set_ints(s, "axes", axes, count);
	opset_set_operand(n, 1, s->out[0]);
}

/* Where the dims of B that are not 1 begin and end. */
static void core(const struct shape *b, int32_t *first, int32_t *end)
{
	*first = 0;
	*end = b->rank;
	while (*first < b->rank && b->dim[*first] == 1)
		++*first;
	while (*end > *first && b->dim[*end - 1] == 1)
		--*end;
}

/* Whether the dims of B from FIRST to END are those of A, aligned at the
 * right, so that A alone decides the result. */
static bool lies_within(const struct shape *a, const struct shape *b,
			int32_t first, int32_t end)
{
	if (end - first > a->rank)
		return false;
	for (int32_t i = first; i < end; i++) {
		int32_t k = i + a->rank - b->rank;

		if (k < 0 || !same(a->dim[k], b->dim[i]))
			return false;
	}
	return b->rank <= a->rank || first >= b->rank - a->rank;
}

static bool is_commutative(const struct node *n)
{
	static const char *const types[] = {"Add", "Mul", "And",
					    "Or",  "Xor", "Equal"};

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (!strcmp(n->type, types[i]))
			return true;
	return false;
}

/* What to write instead where only A is smaller; NULL: nothing. */
static bool swap(struct node *n)
{
	struct value *a = node_in(n, 0), *b = node_in(n, 1);

	if (!strcmp(n->type, "Less"))
		opset_rename(n, "Greater");
	else if (!strcmp(n->type, "Greater"))
		opset_rename(n, "Less");
	else if (!is_commutative(n))
		return false;
	opset_set_operand(n, 0, b);
	opset_set_operand(n, 1, a);
	return true;
}

/* B + -A and B * 1/A round alike only for the first. */
static bool turn_around(struct node *n)
{
	struct value *in[1] = {node_in(n, 1)};
	enum dtype t = opset_dtype(in[0]);

	if (strcmp(n->type, "Sub") != 0 || !dtype_is_float(t))
		return false;
	opset_set_operand(n, 1, node_in(n, 0));
	opset_set_operand(n, 0, opset_op(n, "Neg", in, 1));
	opset_rename(n, "Add");
	n->in[0].value->type = in[0]->type;
	return true;
}

/* Operand I repeated to the extents of the other, all known. */
static bool tile(struct node *n, uint32_t i, const struct shape *to)
{
	const struct shape *s = shape_of(node_in(n, i));
	int64_t dims[MAX_RANK], repeats[MAX_RANK];
	struct value *in[2] = {node_in(n, i)};

	for (int32_t k = 0; k < to->rank; k++) {
		int32_t j = k + s->rank - to->rank;

		dims[k] = j < 0 ? 1 : s->dim[j];
		if (dims[k] < 0 || to->dim[k] < 0)
			return false;
		repeats[k] = dims[k] == to->dim[k] ? 1 : to->dim[k];
	}
	in[1] = opset_int_list(n, dims, (size_t)to->rank);
	in[0] = opset_op(n, "Reshape", in, 2);
	in[1] = opset_int_list(n, repeats, (size_t)to->rank);
	in[0] = opset_op(n, "Tile", in, 2);
	in[0]->type = type_tensor(opset_dtype(node_in(n, i)), to);
	opset_set_operand(n, i, in[0]);
	return true;
}

static bool one_element(const struct shape *s)
{
	for (int32_t i = 0; i < s->rank; i++)
		if (s->dim[i] != 1)
			return false;
	return true;
}

/* Whether version 6 can broadcast B to A, once its ones are gone. */
static bool can_fit(const struct shape *a, const struct shape *b)
{
	int32_t first, end;

	if (one_element(b))
		return b->rank <= a->rank;
	core(b, &first, &end);
	return lies_within(a, b, first, end);
}

static void fit_second(struct node *n)
{
	const struct shape *a = shape_of(node_in(n, 0));
	const struct shape *b = shape_of(node_in(n, 1));
	int32_t first = 0, end = 0, axis;

	if (shapes_same(a, b))
		return;
	if (!one_element(b))
		core(b, &first, &end);
	axis = first + a->rank - b->rank;
	node_set_int(n, "broadcast", 1);
	if (end > first && axis + end - first < a->rank)
		node_set_int(n, "axis", axis);
	strip_ones(n, first, end);
}

static bool binary_down(struct node *n, struct err *e)
{
	const struct shape *a = shape_of(node_in(n, 0));
	const struct shape *b = shape_of(node_in(n, 1));
	const struct shape *y = shape_of(node_out(n, 0));

	if (!a || !b)
		return refuse_shapes(e);
	if (shapes_same(a, b) || can_fit(a, b) ||
	    (can_fit(b, a) && (swap(n) || turn_around(n)))) {
		fit_second(n);
		return true;
	}
	if (y && shape_is_known(y) && (shapes_same(a, y) || tile(n, 0, y)) &&
	    (shapes_same(b, y) || tile(n, 1, y)))
		return true;
	return refuse_shapes(e);
}

static bool prelu_down(struct node *n, struct err *e)
{
	const struct shape *x = shape_of(node_in(n, 0));
	const struct shape *s = shape_of(node_in(n, 1));
	int32_t first, end;

	if (!x || !s)
		return refuse_shapes(e);
	core(s, &first, &end);
	if (one_element(s)) {
		strip_ones(n, 0, s->rank ? 1 : 0);
		return true;
	}
	if (end - first != 1 || first + x->rank - s->rank != 1)
		return refuse_shapes(e);
	strip_ones(n, first, end);
	return true;
}

/* C as a scalar, or with the last dims of the result. */
static bool gemm_to_6(struct node *n, struct err *e)
{
	const struct shape *c = shape_of(node_in(n, 2));
	const struct shape *y = shape_of(node_out(n, 0));

	if (!c || !y)
		return refuse_shapes(e);
	if (!shapes_same(c, y) && !one_element(c) &&
	    !(c->rank == 1 && same(c->dim[0], y->dim[1])) && !tile(n, 2, y))
		return refuse_shapes(e);
	node_set_int(n, "broadcast", 1);
	return true;
}

static bool gemm_to_10(struct node *n, struct err *e)
{
	(void)e;
	if (!node_in(n, 2))
		opset_set_operand(
			n, 2, opset_scalar(n, opset_dtype(node_in(n, 0)), 0));
	return true;
}

/* ---- more than two operands --------------------------------------------- */

static bool all_same(const struct node *n)
{
	for (uint32_t i = 1; i < n->nin; i++)
		if (!shapes_same(shape_of(node_in(n, 0)),
				 shape_of(node_in(n, i))))
			return false;
	return true;
}

/* A chain of TYPE over the operands; NULL if one has no place. */
static struct value *chain(struct node *n, const char *type)
{
	struct value *in[2] = {node_in(n, 0)};

	for (uint32_t i = 1; i < n->nin; i++) {
		in[1] = node_in(n, i);
		in[0] = opset_op(n, type, in, 2);
	}
	return in[0];
}

static bool sum_to_7(struct node *n, struct err *e)
{
	struct value *in[2];
	bool mean = !strcmp(n->type, "Mean");

	if (all_same(n))
		return true;
	if (opset_dtype(node_in(n, 0)) == DTYPE_NONE)
		return refuse_shapes(e);
	in[0] = chain(n, "Add");
	in[1] = opset_scalar(n, opset_dtype(node_in(n, 0)), (double)n->nin);
	opset_replace(n, 0, mean ? opset_op(n, "Div", in, 2) : in[0]);
	node_remove(n);
	return true;
}

static bool max_to_7(struct node *n, struct err *e)
{
	const struct shape *y = shape_of(node_out(n, 0));

	if (all_same(n))
		return true;
	for (uint32_t i = 0; i < n->nin; i++)
		if (!y || !shape_of(node_in(n, i)) ||
		    (!shapes_same(shape_of(node_in(n, i)), y) &&
		     !tile(n, i, y)))
			return err_set(e, ERR_UNSUPPORTED,
				       "broadcasts since opset 8 only");
	return true;
}

/* Extents that are known are repetitions. */
static bool expand_down(struct node *n, struct err *e)
{
	const struct shape *y = shape_of(node_out(n, 0));
	const struct shape *x = shape_of(node_in(n, 0));
	struct value *in[1];

	if (!x || !y || y->rank < x->rank || !tile(n, 0, y))
		return err_set(e, ERR_UNSUPPORTED,
			       "expands to extents that are not known");
	in[0] = node_in(n, 0);
	opset_replace(n, 0, opset_op(n, "Identity", in, 1));
	node_remove(n);
	return true;
}

/* Pow-12 has an exponent of any type. */
static bool pow_to_11(struct node *n, struct err *e)
{
	enum dtype x = opset_dtype(node_in(n, 0)), y;
	struct value *in[1] = {node_in(n, 1)};
	struct node *c;

	y = opset_dtype(in[0]);
	if (x == DTYPE_NONE || y == DTYPE_NONE)
		return err_set(e, ERR_UNSUPPORTED,
			       "has an element type that is not known");
	if (x == y)
		return true;
	c = opset_op(n, "Cast", in, 1)->def;
	node_set_int(c, "to", x);
	c->out[0]->type = type_tensor(x, &in[0]->type.shape);
	opset_set_operand(n, 1, c->out[0]);
	return true;
}

#define BINARY(name)                                  \
	{                                             \
		name, 7, binary_up, binary_down, NULL \
	}

const struct opset_row opset_broadcasts[] = {
	BINARY("Add"),
	BINARY("And"),
	BINARY("Div"),
	BINARY("Equal"),
	BINARY("Greater"),
	BINARY("Less"),
	BINARY("Mul"),
	BINARY("Or"),
	BINARY("Pow"),
	BINARY("Sub"),
	BINARY("Xor"),
	{"Gemm", 7, gemm_up, gemm_to_6, NULL},
	{"PRelu", 7, prelu_up, prelu_down, NULL},
	{"Expand", 8, NULL, expand_down, NULL},
	{"Max", 8, NULL, max_to_7, NULL},
	{"Mean", 8, NULL, sum_to_7, NULL},
	{"Min", 8, NULL, max_to_7, NULL},
	{"Sum", 8, NULL, sum_to_7, NULL},
	{"Gemm", 11, NULL, gemm_to_10, NULL},
	{"Pow", 12, NULL, pow_to_11, NULL},
	{0}};
