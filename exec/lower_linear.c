/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_linear.c -- products with constant weights become mlopt.Linear.
 *
 *     MatMul (x, W)                       ->  Linear (x, W)
 *     Gemm <transB> (x, W, b)             ->  Linear <transB> (x, W, b)
 *     Linear (x, W) + constant row        ->  Linear (x, W, b)
 *
 * What else follows element by element joins it in lower_epilogue.c.
 */
#include "exec/lower.h"
#include "ops/op.h"

/* V is a constant float matrix. */
static bool is_matrix(const struct value *v)
{
	return lower_is_const_f32(v, 0) && v->konst->shape.rank == 2;
}

/* V is one row of N constants, whatever its leading dims of 1. */
static bool is_row(const struct value *v, int64_t n)
{
	const struct shape *s;

	if (n <= 0 || !lower_is_const_f32(v, (size_t)n))
		return false;
	s = &v->konst->shape;
	return s->rank >= 1 && s->dim[s->rank - 1] == n;
}

static int64_t columns(const struct node *n)
{
	const struct shape *y = &n->out[0]->type.shape;

	return y->dim[y->rank - 1];
}

static bool is_known_f32(const struct value *v)
{
	return v && v->type.dtype == DTYPE_F32 &&
	       shape_is_known(&v->type.shape);
}

static bool is_plain_gemm(const struct node *n)
{
	const struct value *bias = node_in(n, 2);

	return lower_is_f32(n, "Gemm") && n->op->since >= 7 &&
	       !node_int(n, "transA", 0) && node_float(n, "alpha", 1) == 1 &&
	       node_float(n, "beta", 1) == 1 &&
	       (!bias || is_row(bias, columns(n)));
}

bool lower_is_linear(const struct node *n)
{
	return node_is(n, "mlopt", "Linear");
}

bool lower_linear(struct node *n, struct node **again, struct err *e)
{
	bool matmul = lower_is_f32(n, "MatMul");

	(void)e;
	if ((!matmul && !is_plain_gemm(n)) || !is_matrix(node_in(n, 1)) ||
	    !is_known_f32(node_in(n, 0)) || node_in(n, 0)->type.shape.rank < 2)
		return true;
	lower_retype(n, "mlopt", "Linear");
	*again = n;
	return true;
}

bool lower_linear_bias(struct node *n, struct node **again, struct err *e)
{
	struct node *add;
	struct value *row;

	(void)e;
	if (!lower_is_linear(n) || node_in(n, 2) || node_in(n, 3) ||
	    *node_string(n, "activation", ""))
		return true;
	add = lower_only_reader(n);
	if (!add || !lower_is_f32(add, "Add") || add->op->since < 7)
		return true;
	row = node_in(add, node_in(add, 0) == n->out[0] ? 1 : 0);
	if (!is_row(row, columns(n)) ||
	    !shape_equal(&add->out[0]->type.shape, &n->out[0]->type.shape))
		return true;
	lower_set_operand(n, 2, row);
	lower_absorb(n, add, "fuse-bias");
	*again = n;
	return true;
}
