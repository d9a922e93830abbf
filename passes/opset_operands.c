/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_operands.c -- attributes that became operands, and back where
 * the operand is constant.
 *
 * Source: ONNX's operator schemas, the versions named in the rows.
 */
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

/* ---- one number --------------------------------------------------------- */

/* FLOAT attribute NAME becomes operand I, a scalar of the type of operand 0. */
static void float_operand(struct node *n, const char *name, uint32_t i)
{
	const struct attr *a = node_attr(n, name);

	if (!a || a->kind != ATTR_FLOAT)
		return;
	opset_set_operand(
		n, i,
		opset_scalar(n, opset_dtype(node_in(n, 0)), (double)a->u.f));
	node_drop_attr(n, name);
}

static bool is_number(const struct tensor *t)
{
	return t && tensor_count(t) == 1 &&
	       (dtype_is_float(t->dtype) || dtype_is_integer(t->dtype) ||
		t->dtype == DTYPE_BOOL);
}

/* And back. */
static bool float_attr(struct node *n, uint32_t i, const char *name,
		       struct err *e)
{
	const struct tensor *t = opset_constant(node_in(n, i));
	double x;

	if (!node_in(n, i)) {
		opset_set_operand(n, i, NULL); /* an empty slot goes, too */
		return true;
	}
	if (!is_number(t))
		return opset_not_constant(name, e);
	x = tensor_double(t, 0);
	if (isfinite(x) && (double)(float)x - x != 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "has a '%s' that is no float", name);
	node_set_float(n, name, (float)x);
	opset_set_operand(n, i, NULL);
	return true;
}

/* An infinite limit says that there is none, where the default was the largest
 * float. */
static bool clip_up(struct node *n, struct err *e)
{
	(void)e;
	if (isinf(node_float(n, "max", 0)))
		node_drop_attr(n, "max");
	if (isinf(node_float(n, "min", 0)))
		node_drop_attr(n, "min");
	float_operand(n, "max", 2);
	float_operand(n, "min", 1);
	return true;
}

/* Limits that are computed are Min and Max. */
static bool clip_down(struct node *n, struct err *e)
{
	bool low = node_in(n, 1) && !opset_constant(node_in(n, 1));
	bool high = node_in(n, 2) && !opset_constant(node_in(n, 2));

	if (!low && !high) {
		node_set_float(n, "min", -INFINITY);
		node_set_float(n, "max", INFINITY);
		return float_attr(n, 2, "max", e) && float_attr(n, 1, "min", e);
	}
	return opset_recipe(n,
			    !node_in(n, 2)   ? "Y0 = Max(X0, X1)"
			    : !node_in(n, 1) ? "Y0 = Min(X0, X2)"
					     : "a = Max(X0, X1);"
					       "Y0 = Min(a, X2)",
			    NULL, e);
}

/* ---- Pad ---------------------------------------------------------------- */

static bool pad_up(struct node *n, struct err *e)
{
	(void)e;
	float_operand(n, "value", 2);
	opset_ints_operand(n, "pads", 1);
	return true;
}

static bool pad_down(struct node *n, struct err *e)
{
	return float_attr(n, 2, "value", e) && opset_ints_attr(n, 1, "pads", e);
}

/* Pad-18 may name the axes that it pads. */
static bool pad_axes(struct node *n, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	struct shape all = {.rank = 2 * rank};
	uint32_t naxes, npads;
	const int64_t *axes = opset_ints(n, 3, &naxes);
	const int64_t *pads = opset_ints(n, 1, &npads);

	if (!node_in(n, 3))
		return true;
	if (!axes || !pads)
		return opset_not_constant(axes ? "pads" : "axes", e);
	if (rank < 0 || 2 * rank > MAX_RANK || npads != 2 * naxes)
		return err_set(e, ERR_UNSUPPORTED,
			       "pads axes of an operand of unknown rank");
	for (uint32_t i = 0; i < naxes; i++) {
		int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];

		if (axis < 0 || axis >= rank)
			return err_set(e, ERR_UNSUPPORTED,
				       "pads an axis that does not exist");
		all.dim[axis] = pads[i];
		all.dim[axis + rank] = pads[i + naxes];
	}
	opset_set_operand(n, 1, opset_int_list(n, all.dim, (size_t)all.rank));
	opset_set_operand(n, 3, NULL);
	return true;
}

static bool pad_wrap(struct node *n, struct err *e)
{
	if (!strcmp(node_string(n, "mode", "constant"), "wrap"))
		return err_set(e, ERR_UNSUPPORTED,
			       "has mode 'wrap' since opset 19 only");
	return true;
}

/* ---- Dropout ------------------------------------------------------------ */

/* Dropout-12: the ratio is float whatever the data are. */
static bool dropout_up(struct node *n, struct err *e)
{
	float ratio = node_float(n, "ratio", 0.5f);

	(void)e;
	opset_set_operand(n, 1, opset_scalar(n, DTYPE_F32, (double)ratio));
	node_drop_attr(n, "ratio");
	return true;
}

static bool dropout_down(struct node *n, struct err *e)
{
	const struct tensor *training = opset_constant(node_in(n, 2));

	if (node_in(n, 2) && (!is_number(training) || tensor_int(training, 0)))
		return err_set(e, ERR_UNSUPPORTED, "may be training");
	/* Before, what is no training does not fill the mask. */
	if (opset_is_used(n, 1))
		return err_set(e, ERR_UNSUPPORTED,
			       "fills a mask since opset 12 only");
	opset_set_operand(n, 2, NULL);
	return float_attr(n, 1, "ratio", e);
}

/* ---- axes --------------------------------------------------------------- */

static bool axes_up(struct node *n, struct err *e)
{
	(void)e;
	opset_ints_operand(n, "axes", 1);
	return true;
}

static bool axes_down(struct node *n, struct err *e)
{
	return opset_ints_attr(n, 1, "axes", e);
}

/* An empty list, and none, are all axes, or no axis if the node says so. */
static bool reduce_down(struct node *n, struct err *e)
{
	uint32_t count;
	const int64_t *axes = opset_ints(n, 1, &count);
	bool keeps = node_int(n, "noop_with_empty_axes", 0) != 0;

	if (node_in(n, 1) && !axes)
		return opset_not_constant("axes", e);
	node_drop_attr(n, "noop_with_empty_axes");
	if (count)
		return axes_down(n, e);
	opset_set_operand(n, 1, NULL);
	if (!keeps)
		return true;
	if (!strcmp(n->type, "ReduceL1") || !strcmp(n->type, "ReduceL2"))
		return opset_recipe(n, "Y0 = Abs(X0)", NULL, e);
	if (!strcmp(n->type, "ReduceSumSquare"))
		return opset_recipe(n, "Y0 = Mul(X0, X0)", NULL, e);
	if (!strcmp(n->type, "ReduceLogSum"))
		return opset_recipe(n, "Y0 = Log(X0)", NULL, e);
	return opset_recipe(n, "Y0 = Identity(X0)", NULL, e);
}

/* ---- lists -------------------------------------------------------------- */

static bool split_up(struct node *n, struct err *e)
{
	(void)e;
	opset_ints_operand(n, "split", 1);
	return true;
}

static bool split_down(struct node *n, struct err *e)
{
	return opset_ints_attr(n, 1, "split", e);
}

static bool slice_up(struct node *n, struct err *e)
{
	(void)e;
	opset_ints_operand(n, "starts", 1);
	opset_ints_operand(n, "ends", 2);
	opset_ints_operand(n, "axes", 3);
	return true;
}

/* Element I of an optional list, FALLBACK without it. */
static int64_t at_or(const int64_t *x, uint32_t i, int64_t fallback)
{
	return x ? x[i] : fallback;
}

/* The positions that one axis of extent DIM is sliced to; false if there are
 * none, or more than a model should spell out. */
static bool positions(int64_t dim, int64_t start, int64_t end, int64_t step,
		      struct arena *a, int64_t **x, size_t *n)
{
	int64_t low = step < 0 ? -1 : 0, high = step < 0 ? dim - 1 : dim;

	start += start < 0 ? dim : 0;
	end += end < 0 && end > -dim - 1 ? dim : 0;
	start = start < 0 ? 0 : start > high ? high : start;
	end = end < low ? low : end > dim ? dim : end;
	if (!step || step == INT64_MIN || dim > 1 << 20)
		return false;
	*x = arena_array(a, int64_t, (size_t)dim + 1);
	*n = 0;
	for (int64_t i = start; step > 0 ? i < end : i > end; i += step) {
		(*x)[(*n)++] = i;
		if (step > dim || step < -dim)
			break;
	}
	return *n > 0;
}

/* One axis after another, by Gather. */
static bool gather_steps(struct node *n, struct err *e)
{
	uint32_t count[5];
	const int64_t *list[5];
	struct value *in[2] = {node_in(n, 0)};
	int32_t rank = opset_rank(in[0]);

	for (uint32_t i = 1; i < 5; i++) {
		list[i] = opset_ints(n, i, &count[i]);
		if (node_in(n, i) && (!list[i] || count[i] != count[1]))
			return opset_not_constant("steps", e);
	}
	for (uint32_t i = 0; i < count[1]; i++) {
		int64_t axis = at_or(list[3], i, i), *x;
		int64_t dim;
		size_t some;

		axis += axis < 0 ? rank : 0;
		dim = axis < 0 || axis >= rank
			      ? DIM_UNKNOWN
			      : opset_dim(node_in(n, 0), (int32_t)axis);
		if (dim < 0 || !positions(dim, list[1][i], list[2][i],
					  at_or(list[4], i, 1),
					  &n->graph->model->arena, &x, &some))
			return err_set(e, ERR_UNSUPPORTED,
				       "has steps since opset 10 only");
		in[1] = opset_int_list(n, x, some);
		in[0] = opset_op(n, "Gather", in, 2);
		node_set_int(in[0]->def, "axis", axis);
	}
	opset_replace(n, 0, in[0]);
	node_remove(n);
	return true;
}

static bool slice_down(struct node *n, struct err *e)
{
	uint32_t count;
	const int64_t *steps = opset_ints(n, 4, &count);

	if (node_in(n, 4) && !steps)
		return opset_not_constant("steps", e);
	for (uint32_t i = 0; i < count; i++)
		if (steps[i] != 1)
			return gather_steps(n, e);
	opset_set_operand(n, 4, NULL);
	return opset_ints_attr(n, 3, "axes", e) &&
	       opset_ints_attr(n, 2, "ends", e) &&
	       opset_ints_attr(n, 1, "starts", e);
}

static bool topk_up(struct node *n, struct err *e)
{
	int64_t k = node_int(n, "k", 1);

	(void)e;
	opset_set_operand(n, 1, opset_int_list(n, &k, 1));
	node_drop_attr(n, "k");
	return true;
}

static bool topk_down(struct node *n, struct err *e)
{
	uint32_t count;
	const int64_t *k = opset_ints(n, 1, &count);

	if (!k || count != 1)
		return opset_not_constant("K", e);
	node_set_int(n, "k", k[0]);
	opset_set_operand(n, 1, NULL);
	return true;
}

static bool reshape_up(struct node *n, struct err *e)
{
	(void)e;
	opset_ints_operand(n, "shape", 1);
	return true;
}

static bool reshape_down(struct node *n, struct err *e)
{
	return opset_ints_attr(n, 1, "shape", e);
}

/* DFT-20: the axis is a scalar operand; its default changed from 1 to -2. */
static bool dft_up(struct node *n, struct err *e)
{
	(void)e;
	opset_set_operand(
		n, 2,
		opset_scalar(n, DTYPE_I64, (double)node_int(n, "axis", 1)));
	node_drop_attr(n, "axis");
	return true;
}

static bool dft_down(struct node *n, struct err *e)
{
	uint32_t count;
	const int64_t *axis = opset_ints(n, 2, &count);

	if (node_in(n, 2) && (!axis || count != 1))
		return opset_not_constant("axis", e);
	node_set_int(n, "axis", axis ? axis[0] : -2);
	opset_set_operand(n, 2, NULL);
	return true;
}

/* Constant-12 spells out what was a tensor before. */
static bool constant_down(struct node *n, struct err *e)
{
	static const char *const names[] = {"value_float", "value_floats",
					    "value_int", "value_ints"};
	struct attr value = {.name = "value", .kind = ATTR_TENSOR};
	struct shape s = {.rank = 0};
	const struct attr *a = NULL;
	struct tensor t;

	for (size_t i = 0; i < COUNT_OF(names) && !a; i++)
		a = node_attr(n, names[i]);
	if (!a)
		return true;
	if (a->kind != ATTR_FLOAT && a->kind != ATTR_FLOATS &&
	    a->kind != ATTR_INT && a->kind != ATTR_INTS)
		return err_set(e, ERR_UNSUPPORTED, "has a '%s' of another kind",
			       a->name);
	if (a->kind == ATTR_FLOATS || a->kind == ATTR_INTS)
		s = SHAPE((int64_t)a->count);
	t = tensor_in_arena(&n->graph->model->arena,
			    a->kind == ATTR_FLOAT || a->kind == ATTR_FLOATS
				    ? DTYPE_F32
				    : DTYPE_I64,
			    &s);
	if (a->kind == ATTR_FLOAT)
		*tensor_f32_mut(&t) = a->u.f;
	else if (a->kind == ATTR_INT)
		*tensor_i64_mut(&t) = a->u.i;
	else if (a->count)
		memcpy(tensor_mut(&t),
		       a->kind == ATTR_FLOATS ? (const void *)a->u.floats
					      : (const void *)a->u.ints,
		       t.bytes);
	value.u.tensors = &t;
	node_drop_attr(n, a->name);
	node_set_attr(n, &value);
	(void)e;
	return true;
}

static bool constant_sparse(struct node *n, struct err *e)
{
	if (!node_attr(n, "value"))
		return err_set(e, ERR_UNSUPPORTED,
			       "holds what Constant holds since opset 11 only");
	return true;
}

/* Constant-1 holds floats alone: others become constants of the graph. */
static bool constant_to_8(struct node *n, struct err *e)
{
	const struct graph *g = n->graph;
	const struct attr *a = node_attr(n, "value");

	(void)e;
	if (!a || a->kind != ATTR_TENSOR ||
	    dtype_is_float(a->u.tensors->dtype) ||
	    (!g->owner && g != g->model->main))
		return true;
	opset_replace(n, 0, opset_const(n, a->u.tensors));
	node_remove(n);
	return true;
}

#define REDUCE(name, version)                             \
	{                                                 \
		name, version, axes_up, reduce_down, NULL \
	}

const struct opset_row opset_operands[] = {
	{"Reshape", 5, reshape_up, reshape_down, NULL},
	{"Slice", 10, slice_up, slice_down, NULL},
	{"TopK", 10, topk_up, topk_down, NULL},
	{"Clip", 11, clip_up, clip_down, NULL},
	{"Constant", 9, NULL, constant_to_8, NULL},
	{"Constant", 11, NULL, constant_sparse, NULL},
	{"Constant", 12, NULL, constant_down, NULL},
	{"Pad", 11, pad_up, pad_down, NULL},
	{"Pad", 18, NULL, pad_axes, NULL},
	{"Pad", 19, NULL, pad_wrap, NULL},
	{"Dropout", 12, dropout_up, dropout_down, NULL},
	REDUCE("ReduceSum", 13),
	{"Split", 13, split_up, split_down, NULL},
	{"Squeeze", 13, axes_up, axes_down, NULL},
	{"Unsqueeze", 13, axes_up, axes_down, NULL},
	REDUCE("ReduceL1", 18),
	REDUCE("ReduceL2", 18),
	REDUCE("ReduceLogSum", 18),
	REDUCE("ReduceLogSumExp", 18),
	REDUCE("ReduceMax", 18),
	REDUCE("ReduceMean", 18),
	REDUCE("ReduceMin", 18),
	REDUCE("ReduceProd", 18),
	REDUCE("ReduceSumSquare", 18),
	{"DFT", 20, dft_up, dft_down, NULL},
	{0}};
