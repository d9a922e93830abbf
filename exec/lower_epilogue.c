/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_epilogue.c -- what follows a product element by element joins it.
 *
 * The result of a convolution is in the cache when it is made: adding a
 * residual and applying an activation there saves two passes over memory.
 */
#include <math.h>
#include <string.h>

#include "exec/lower.h"
#include "ops/op.h"

static bool is_conv(const struct node *n)
{
	return lower_is_f32(n, "Conv") ||
	       node_is(n, "com.microsoft", "FusedConv");
}

static bool is_own(const struct node *n)
{
	return lower_is_linear(n) || node_is(n, "mlopt", "ChannelScale");
}

/* Conv, Gemm, or one of our own operators that take an activation. */
static bool is_product(const struct node *n)
{
	return is_conv(n) || is_own(n) ||
	       (lower_is_f32(n, "Gemm") && n->op->since >= 7);
}

static bool has_activation(const struct node *n)
{
	return *node_string(n, "activation", "") != 0;
}

static void set_activation(struct node *n, const char *name, const float *x,
			   uint32_t count)
{
	struct attr params = {.name = "activation_params",
			      .kind = ATTR_FLOATS,
			      .count = count,
			      .u.floats = x};

	if (is_conv(n)) {
		lower_retype(n, "com.microsoft", "FusedConv");
		if (count)
			node_set_attr(n, &params);
	} else {
		if (!is_own(n))
			lower_retype(n, "com.microsoft", "FusedGemm");
		if (count > 0)
			node_set_float(n, "activation_alpha", x[0]);
		if (count > 1)
			node_set_float(n, "activation_beta", x[1]);
	}
	node_set_string(n, "activation", name);
}

/* ---- activations -------------------------------------------------------- */

/* A bound of Clip: constant operand I or attribute NAME; false if it is
 * neither. */
static bool clip_bound(const struct node *clip, uint32_t i, const char *name,
		       float fallback, float *x)
{
	const struct value *v = node_in(clip, i);

	*x = node_float(clip, name, fallback);
	if (!v)
		return true;
	if (!lower_is_const_f32(v, 1))
		return false;
	*x = (float)tensor_double(v->konst, 0);
	return true;
}

/* The parameters of activation N for FusedConv; false if it cannot join. */
static bool curve_params(const struct node *n, float *x, uint32_t *count)
{
	*count = 0;
	if (!strcmp(n->type, "Gelu"))
		return !strcmp(node_string(n, "approximate", "none"), "none");
	if (!strcmp(n->type, "Relu") || !strcmp(n->type, "Sigmoid") ||
	    !strcmp(n->type, "Tanh") || !strcmp(n->type, "HardSwish"))
		return true;
	if (!strcmp(n->type, "Clip")) {
		*count = 2;
		return clip_bound(n, 1, "min", -INFINITY, &x[0]) &&
		       clip_bound(n, 2, "max", INFINITY, &x[1]);
	}
	if (!strcmp(n->type, "LeakyRelu")) {
		*count = 1;
		x[0] = attr_float(n, "alpha");
		return true;
	}
	if (!strcmp(n->type, "HardSigmoid")) {
		*count = 2;
		x[0] = attr_float(n, "alpha");
		x[1] = attr_float(n, "beta");
		return true;
	}
	return false;
}

bool lower_curve(struct node *n, struct node **again, struct err *e)
{
	struct node *act;
	uint32_t count;
	float x[2];

	(void)e;
	if (!is_product(n) || has_activation(n))
		return true;
	act = lower_only_reader(n);
	if (!act || *act->domain || !lower_is_f32(act, act->type) ||
	    node_in(act, 0) != n->out[0] || !curve_params(act, x, &count))
		return true;
	set_activation(n, act->type, x, count);
	lower_absorb(n, act, "fuse-activation");
	*again = n;
	return true;
}

/* ---- x * f(x) ----------------------------------------------------------- */

/* The two readers of Y; false unless there are exactly two, in its graph. */
static bool two_readers(const struct value *y, struct node *reader[2])
{
	const struct use *u = y->uses;

	if (!u || !u->next || u->next->next)
		return false;
	reader[0] = u->user;
	reader[1] = u->next->user;
	return reader[0] && reader[1] && reader[0] != reader[1] &&
	       reader[0]->graph == y->graph && reader[1]->graph == y->graph;
}

/* MUL is the product of Y and X. */
static bool multiplies(const struct node *mul, const struct value *y,
		       const struct value *x)
{
	return lower_is_f32(mul, "Mul") && mul->op->since >= 7 &&
	       ((node_in(mul, 0) == y && node_in(mul, 1) == x) ||
		(node_in(mul, 0) == x && node_in(mul, 1) == y));
}

bool lower_is_scalar(const struct value *v, double x)
{
	return lower_is_const_f32(v, 1) &&
	       fabs(tensor_double(v->konst, 0) - x) <= 1e-6 * fabs(x);
}

/* N combines V with the constant X: TYPE is commutative, or V comes first. */
static bool combines(const struct node *n, const char *type,
		     const struct value *v, double x)
{
	if (!n || !lower_is_f32(n, type) || n->op->since < 7)
		return false;
	if (node_in(n, 0) == v)
		return lower_is_scalar(node_in(n, 1), x);
	return strcmp(type, "Div") && node_in(n, 1) == v &&
	       lower_is_scalar(node_in(n, 0), x);
}

static bool absorb_swish(struct node *n, struct node *gate, struct node *mul)
{
	if (!lower_is_f32(gate, "Sigmoid") || lower_only_reader(gate) != mul ||
	    !multiplies(mul, n->out[0], gate->out[0]))
		return false;
	set_activation(n, "Swish", NULL, 0);
	lower_absorb(n, mul, "fuse-swish");
	node_remove_dead(gate);
	return true;
}

/* y * clip(y + 3, 0, 6) / 6 */
static bool absorb_hard_swish(struct node *n, struct node *add,
			      struct node *mul)
{
	struct node *clip = lower_only_reader(add), *div;
	float lo, hi;

	if (!combines(add, "Add", n->out[0], 3) || !clip ||
	    !lower_is_f32(clip, "Clip") || lower_only_reader(clip) != mul ||
	    !clip_bound(clip, 1, "min", -INFINITY, &lo) ||
	    !clip_bound(clip, 2, "max", INFINITY, &hi) || lo != 0 || hi != 6 ||
	    !multiplies(mul, n->out[0], clip->out[0]))
		return false;
	div = lower_only_reader(mul);
	if (!combines(div, "Div", mul->out[0], 6) &&
	    !combines(div, "Mul", mul->out[0], 1.0 / 6))
		return false;
	set_activation(n, "HardSwish", NULL, 0);
	lower_absorb(n, div, "fuse-hard-swish");
	node_remove_dead(mul);
	return true;
}

bool lower_swish(struct node *n, struct node **again, struct err *e)
{
	struct node *reader[2];

	(void)e;
	if (!is_conv(n) || has_activation(n) || !node_out(n, 0) ||
	    !two_readers(n->out[0], reader))
		return true;
	for (int i = 0; i < 2 && !*again; i++)
		if (absorb_swish(n, reader[i], reader[!i]) ||
		    absorb_hard_swish(n, reader[i], reader[!i]))
			*again = n;
	return true;
}

/* ---- residuals ---------------------------------------------------------- */

/* A comes before B in the list of their graph. */
static bool comes_before(const struct node *a, const struct node *b)
{
	for (; a; a = a->next)
		if (a == b)
			return true;
	return false;
}

bool lower_residual(struct node *n, struct node **again, struct err *e)
{
	struct node *add;
	struct value *z;

	(void)e;
	if ((!is_conv(n) && !lower_is_linear(n)) || has_activation(n) ||
	    node_in(n, 3))
		return true;
	add = lower_only_reader(n);
	if (!add || !lower_is_f32(add, "Add") || add->op->since < 7)
		return true;
	z = node_in(add, node_in(add, 0) == n->out[0] ? 1 : 0);
	if (z == n->out[0] || z->konst || z->type.dtype != DTYPE_F32 ||
	    !shape_equal(&z->type.shape, &n->out[0]->type.shape) ||
	    (z->def && z->def->graph == n->graph && !comes_before(z->def, n)))
		return true;
	if (!lower_is_linear(n))
		lower_retype(n, "com.microsoft", "FusedConv");
	lower_set_operand(n, 3, z);
	lower_absorb(n, add, "fuse-residual");
	*again = n;
	return true;
}
