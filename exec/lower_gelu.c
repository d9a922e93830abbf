/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_gelu.c -- the Gaussian error linear unit, written out.
 *
 *     x (1 + erf(x / sqrt 2)) / 2  ->  Gelu (x)
 *
 * with the factors in any order; without the half it is 2 Gelu (x).  Models of
 * older opsets cannot say Gelu; the
 * pass fuse-gelu is for those that can.
 */
#include "exec/lower.h"
#include "ops/op.h"

/* X where N is X / sqrt 2, else NULL. */
static struct value *divided(const struct node *n)
{
	if (!n)
		return NULL;
	if (lower_is_f32(n, "Div") && n->op->since >= 7)
		return lower_is_scalar(node_in(n, 1), 1.4142135623730951)
			       ? node_in(n, 0)
			       : NULL;
	if (!lower_is_f32(n, "Mul") || n->op->since < 7)
		return NULL;
	for (uint32_t i = 0; i < 2; i++)
		if (lower_is_scalar(node_in(n, i), 0.7071067811865476))
			return node_in(n, 1 - i);
	return NULL;
}

/* The other factor where N is a product with V, else NULL. */
static struct value *factor(const struct node *n, const struct value *v)
{
	if (!n || !lower_is_f32(n, "Mul") || n->op->since < 7)
		return NULL;
	return node_in(n, 0) == v   ? node_in(n, 1)
	       : node_in(n, 1) == v ? node_in(n, 0)
				    : NULL;
}

static bool is_half(const struct value *v, const struct value *x)
{
	const struct value *other = v->def ? factor(v->def, x) : NULL;

	return other && lower_is_scalar(other, 0.5);
}

/* The last of the products of X, 1 / 2 and the result of ADD, or NULL. */
static struct node *last_product(const struct node *add, const struct value *x)
{
	struct node *mul = lower_only_reader(add), *last;
	const struct value *other = factor(mul, add->out[0]);

	if (!other)
		return NULL;
	if (is_half(other, x))
		return mul;
	last = lower_only_reader(mul);
	if (other == x)
		other = factor(last, mul->out[0]);
	else if (!lower_is_scalar(other, 0.5) || factor(last, mul->out[0]) != x)
		return NULL;
	return other && lower_is_scalar(other, 0.5) ? last : NULL;
}

/* MUL, the product of X and the result of ADD, doubles GELU instead. */
static bool double_it(struct node *gelu, struct node *mul, struct node *add,
		      struct err *e)
{
	struct shape scalar = {.rank = 0};
	struct value *two;
	void *data;

	if (!lower_const(gelu->graph, DTYPE_F32, &scalar, &two, &data, e))
		return false;
	*(float *)data = 2;
	lower_set_operand(mul, 0, gelu->out[0]);
	lower_set_operand(mul, 1, two);
	node_remove_dead(add);
	return true;
}

/* The 1 + of the result of Erf N, or NULL. */
static struct node *plus_one(const struct node *n)
{
	struct node *add = lower_only_reader(n);

	if (!add || !lower_is_f32(add, "Add") || add->op->since < 7 ||
	    !lower_is_scalar(node_in(add, node_in(add, 0) == n->out[0] ? 1 : 0),
			     1))
		return NULL;
	return add;
}

bool lower_gelu(struct node *n, struct node **again, struct err *e)
{
	struct node *add, *last, *inner;
	struct value *x;
	bool halved;

	if (!lower_is_f32(n, "Erf") || !node_in(n, 0))
		return true;
	inner = node_in(n, 0)->def;
	x = divided(inner);
	add = plus_one(n);
	if (!x || !add)
		return true;
	last = last_product(add, x);
	halved = last != NULL;
	if (!halved)
		last = lower_only_reader(add);
	if (!last || (!halved && factor(last, add->out[0]) != x) ||
	    !shape_equal(&last->out[0]->type.shape, &x->type.shape))
		return true;
	lower_retype(n, "", "Gelu");
	lower_set_operand(n, 0, x);
	if (halved)
		lower_replace(n, last, "fuse-gelu");
	else if (!double_it(n, last, add, e))
		return false;
	node_remove_dead(inner);
	*again = n;
	return true;
}
