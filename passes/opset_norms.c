/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_norms.c -- normalizations: what their versions mean, and what
 * they are where they do not exist.
 *
 * Source: ONNX's operator schemas, the versions named in the rows.
 */
#include <string.h>

#include "graph/element.h"
#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

/* Small floats are normalized as float. */
static bool is_small(const struct node *n)
{
	enum dtype t = opset_dtype(node_in(n, 0));

	return t == DTYPE_F16 || t == DTYPE_BF16;
}

/* Recipes compute in float, or in the operand's type where that has more. */
static bool stashes_float(const struct node *n, struct err *e)
{
	if (node_int(n, "stash_type", DTYPE_F32) == DTYPE_F32)
		return true;
	return err_set(e, ERR_UNSUPPORTED,
		       "has a 'stash_type' that is not float");
}

static struct value *epsilon(struct node *n)
{
	enum dtype t = is_small(n) ? DTYPE_F32 : opset_dtype(node_in(n, 0));

	return opset_scalar(n, t, (double)node_float(n, "epsilon", 1e-5f));
}

/* The axes from attribute "axis" on, counted from the end where the rank is
 * not known. */
static bool last_axes(const struct node *n, struct shape *axes, struct err *e)
{
	int64_t axis = node_int(n, "axis", -1);
	int32_t rank = opset_rank(node_in(n, 0));

	if (rank >= 0 && axis < 0)
		axis += rank;
	if (rank < 0 ? axis >= 0 || axis < -MAX_RANK : axis < 0 || axis >= rank)
		return err_set(e, ERR_UNSUPPORTED,
			       "normalizes an operand of unknown rank");
	axes->rank = 0;
	for (int64_t i = axis; axis < 0 ? i < 0 : i < rank; i++)
		axes->dim[axes->rank++] = i;
	return true;
}

/* The pieces of a recipe, one after another. */
static const char *join(const struct node *n, const char *a, const char *b,
			const char *c)
{
	return arena_printf(&n->graph->model->arena, "%s%s%s", a, b, c);
}

/* ---- LayerNormalization, RMSNormalization ------------------------------- */

static bool layer_norm(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {epsilon(n)}};
	const char *text;

	if (!stashes_float(n, e) || !last_axes(n, &args.list[0], e))
		return false;
	text = join(n, is_small(n) ? "x = Cast<to=1>(X0); " : "x = X0;",
		    "m = ReduceMean<axes=%a>(x); d = Sub(x, m);"
		    "q = Mul(d, d); v = ReduceMean<axes=%a>(q);"
		    "w = Add(v, %0); s = Sqrt(w);"
		    "Y1 = Identity(m); Y2 = Reciprocal(s); z = Div(d, s);",
		    is_small(n) ? "c = Cast<to=@X0>(z);" : "c = z;");
	text = join(n, text,
		    node_in(n, 2) ? "p = Mul(c, X1); Y0 = Add(p, X2)"
				  : "Y0 = Mul(c, X1)",
		    "");
	return opset_recipe(n, text, &args, e);
}

static bool rms_norm(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {epsilon(n)}};
	struct shape axes;

	if (!stashes_float(n, e) || !last_axes(n, &axes, e))
		return false;
	args.v[1] = opset_int_list(n, axes.dim, (size_t)axes.rank);
	return opset_recipe(
		n,
		join(n, is_small(n) ? "x = Cast<to=1>(X0);" : "x = X0;",
		     "q = Mul(x, x); m = ReduceMean(q, %1); w = Add(m, %0);"
		     "s = Sqrt(w); z = Div(x, s);",
		     is_small(n) ? "c = Cast<to=@X0>(z); Y0 = Mul(c, X1)"
				 : "Y0 = Mul(z, X1)"),
		&args, e);
}

/* ---- GroupNormalization ------------------------------------------------- */

/* A vector of COUNT numbers X of type T. */
static struct value *numbers(struct node *n, enum dtype t, int64_t count,
			     double x)
{
	struct shape s = SHAPE(count);
	struct tensor c = tensor_in_arena(&n->graph->model->arena, t, &s);

	for (size_t i = 0; i < (size_t)count; i++)
		element_set_double(t, tensor_mut(&c), i, x);
	return opset_const(n, &c);
}

static bool known_groups(const struct node *n, int64_t *groups, struct err *e)
{
	*groups = node_int(n, "num_groups", 0);
	if (opset_dtype(node_in(n, 0)) == DTYPE_NONE ||
	    opset_rank(node_in(n, 0)) < 2 || *groups < 1 || *groups > 1 << 20)
		return err_set(e, ERR_UNSUPPORTED,
			       "normalizes an operand of unknown rank");
	return true;
}

/* Version 21: a scale and a bias for each channel. */
static bool group_norm_down(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {NULL}};
	int32_t rank = opset_rank(node_in(n, 0));
	struct shape column = {.rank = rank - 1, .dim = {-1}};
	enum dtype t = is_small(n) ? DTYPE_F32 : opset_dtype(node_in(n, 0));
	int64_t groups;

	if (!stashes_float(n, e) || !known_groups(n, &groups, e))
		return false;
	for (int32_t i = 1; i < column.rank; i++)
		column.dim[i] = 1;
	args.v[0] = opset_int_list(n, (int64_t[]){0, groups, -1}, 3);
	args.v[1] = numbers(n, t, groups, 1);
	args.v[2] = numbers(n, t, groups, 0);
	args.v[3] = opset_int_list(n, column.dim, (size_t)column.rank);
	return opset_recipe(
		n,
		join(n, is_small(n) ? "x = Cast<to=1>(X0);" : "x = X0;",
		     "l = Reshape(x, %0);"
		     "y = InstanceNormalization<epsilon=$>(l, %1, %2);"
		     "s = Shape(X0); b = Reshape(y, s);",
		     is_small(n) ? "c = Cast<to=@X0>(b); k = Reshape(X1, %3);"
				   "p = Mul(c, k); o = Reshape(X2, %3);"
				   "Y0 = Add(p, o)"
				 : "k = Reshape(X1, %3); p = Mul(b, k);"
				   "o = Reshape(X2, %3); Y0 = Add(p, o)"),
		&args, e);
}

/* Version 18: a scale and a bias for each group. */
static bool group_norm_gone(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {NULL}};
	int64_t groups;

	if (!known_groups(n, &groups, e))
		return false;
	args.v[0] = opset_int_list(n, (int64_t[]){0, groups, -1}, 3);
	return opset_recipe(n,
			    "x = Reshape(X0, %0);"
			    "y = InstanceNormalization<epsilon=$>(x, X1, X2);"
			    "s = Shape(X0); Y0 = Reshape(y, s)",
			    &args, e);
}

static bool group_norm_up(struct node *n, struct err *e)
{
	int64_t channels = opset_dim(node_in(n, 0), 1), groups;

	if (!known_groups(n, &groups, e))
		return false;
	if (channels < 1)
		return err_set(e, ERR_UNSUPPORTED,
			       "normalizes an unknown number of channels");
	for (uint32_t i = 1; i < 3; i++) {
		struct value *in[2] = {node_in(n, i)};

		in[1] = opset_int_list(n, (int64_t[]){1}, 1);
		in[0] = opset_op(n, "Unsqueeze", in, 2);
		in[1] = opset_int_list(n, (int64_t[]){1, channels / groups}, 2);
		in[0] = opset_op(n, "Expand", in, 2);
		in[1] = opset_int_list(n, (int64_t[]){-1}, 1);
		opset_set_operand(n, i, opset_op(n, "Reshape", in, 2));
	}
	return true;
}

/* ---- MeanVarianceNormalization ------------------------------------------ */

static bool mean_variance(struct node *n, struct err *e)
{
	struct recipe_args args = {.list = {SHAPE(0, 2, 3)}};
	uint32_t count;
	const int64_t *axes = node_ints(n, "axes", &count);

	if (axes && count <= MAX_RANK)
		args.list[0] = shape_make((int32_t)count, axes);
	return opset_recipe(n,
			    "m = ReduceMean<axes=%a>(X0); d = Sub(X0, m);"
			    "q = Mul(d, d); v = ReduceMean<axes=%a>(q);"
			    "s = Sqrt(v); t = Add(s, 1e-9); Y0 = Div(d, t)",
			    &args, e);
}

/* ---- BatchNormalization ------------------------------------------------- */

static bool batch_norm_14(struct node *n, struct err *e)
{
	for (uint32_t i = 1; i < n->nout; i++)
		if (opset_is_used(n, i))
			return err_set(e, ERR_UNSUPPORTED,
				       "updates statistics");
	if (n->nout > 1)
		n->nout = 1;
	return true;
}

static bool batch_norm_9(struct node *n, struct err *e)
{
	if (!node_int(n, "spatial", 1))
		return err_set(e, ERR_UNSUPPORTED,
			       "normalizes single activations");
	node_drop_attr(n, "spatial");
	return true;
}

static bool batch_norm_7(struct node *n, struct err *e)
{
	(void)e;
	if (node_int(n, "is_test", 0) && n->nout > 1)
		n->nout = 1;
	node_drop_attr(n, "is_test");
	return true;
}

static bool batch_norm_to_6(struct node *n, struct err *e)
{
	(void)e;
	node_set_int(n, "is_test", n->nout < 2);
	return true;
}

/* Version 1 had to say which operands it overwrites. */
static bool batch_norm_to_5(struct node *n, struct err *e)
{
	static const int64_t consumed[] = {0, 0, 0, 1, 1};

	(void)e;
	node_set_ints(n, "consumed_inputs", consumed, COUNT_OF(consumed));
	return true;
}

const struct opset_row opset_norms[] = {
	{"BatchNormalization", 6, NULL, batch_norm_to_5, NULL},
	{"BatchNormalization", 7, batch_norm_7, batch_norm_to_6, NULL},
	{"BatchNormalization", 9, batch_norm_9, NULL, NULL},
	{"BatchNormalization", 14, batch_norm_14, NULL, NULL},
	{"MeanVarianceNormalization", 9, NULL, mean_variance, NULL},
	{"LayerNormalization", 17, NULL, layer_norm, NULL},
	{"GroupNormalization", 18, NULL, group_norm_gone, NULL},
	{"GroupNormalization", 21, group_norm_up, group_norm_down, NULL},
	{"RMSNormalization", 23, NULL, rms_norm, NULL},
	{0}};
