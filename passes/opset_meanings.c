/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_meanings.c -- operators that changed their name, their default
 * or what they compute, from version 7 on.
 *
 * Source: ONNX's operator schemas, the versions named in the rows.
 */
#include <string.h>

#include "graph/element.h"
#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

/* ---- Softmax ------------------------------------------------------------ */

/* Before 13 the operand is coerced to two dimensions at the axis (default 1);
 * since 13 one axis alone (default -1) is normalized. */
static bool is_one_axis(const struct shape *s, int64_t axis)
{
	for (int64_t i = axis + 1; i < s->rank; i++)
		if (s->dim[i] != 1)
			return false;
	return true;
}

static bool refuse_rank(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "normalizes an operand of unknown rank");
}

/* Flatten to two dimensions, normalize the last, and reshape back. */
static bool coerce(struct node *n, int64_t axis, struct err *e)
{
	struct recipe_args args = {.i = {axis}};

	return opset_recipe(
		n,
		arena_printf(&n->graph->model->arena,
			     "s = Shape(X0); f = Flatten<axis=%%0>(X0);"
			     "y = %s<axis=-1>(f); Y0 = Reshape(y, s)",
			     n->type),
		&args, e);
}

static bool softmax_up(struct node *n, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	int64_t axis = node_int(n, "axis", 1);

	if (rank < 0 && axis == -1)
		return true;
	if (rank < 0)
		return refuse_rank(e);
	if (axis < 0)
		axis += rank;
	if (axis < 0 || axis > rank)
		return err_set(e, ERR_UNSUPPORTED,
			       "normalizes an axis that does not exist");
	if (!is_one_axis(&node_in(n, 0)->type.shape, axis))
		return coerce(n, axis, e);
	node_set_int(n, "axis", axis == rank - 1 ? -1 : axis);
	return true;
}

/* The axis goes to the end and back. */
static bool at_the_end(struct node *n, int64_t axis, int32_t rank,
		       struct err *e)
{
	struct recipe_args args = {.i = {rank - 1}};
	struct shape *perm = &args.list[0];

	perm->rank = rank;
	for (int32_t i = 0; i < rank; i++)
		perm->dim[i] = i;
	perm->dim[axis] = rank - 1;
	perm->dim[rank - 1] = axis;
	return opset_recipe(
		n,
		arena_printf(&n->graph->model->arena,
			     "t = Transpose<perm=%%a>(X0);"
			     "y = %s<axis=%%0>(t); Y0 = Transpose<perm=%%a>(y)",
			     n->type),
		&args, e);
}

static bool softmax_down(struct node *n, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	int64_t axis = node_int(n, "axis", -1);

	if (rank < 0 && axis != -1)
		return refuse_rank(e);
	if (rank >= 0 && axis < 0)
		axis += rank;
	if (rank > 0 && (axis < 0 || axis >= rank))
		return err_set(e, ERR_UNSUPPORTED,
			       "normalizes an axis that does not exist");
	if (rank > 0 && !is_one_axis(&node_in(n, 0)->type.shape, axis))
		return at_the_end(n, axis, rank, e);
	node_set_int(n, "axis", axis);
	return true;
}

/* ---- Dropout ------------------------------------------------------------ */

/* A mask that somebody reads changes from numbers of type FROM to truth values,
 * or back. */
static bool recast_mask(struct node *n, enum dtype from, enum dtype to,
			struct err *e)
{
	if (!opset_is_used(n, 1))
		return true;
	if (from == DTYPE_NONE || to == DTYPE_NONE)
		return err_set(e, ERR_UNSUPPORTED,
			       "has a mask of an element type that is not "
			       "known");
	node_set_int(opset_append(n, 1, "Cast"), "to", from);
	n->out[1]->type.dtype = to;
	return true;
}

static bool dropout_10(struct node *n, struct err *e)
{
	return recast_mask(n, opset_dtype(node_in(n, 0)), DTYPE_BOOL, e);
}

static bool dropout_to_9(struct node *n, struct err *e)
{
	return recast_mask(n, DTYPE_BOOL, opset_dtype(node_in(n, 0)), e);
}

/* ---- TopK --------------------------------------------------------------- */

/* The smallest are the largest of the negated. */
static bool topk_to_10(struct node *n, struct err *e)
{
	struct value *in[1] = {node_in(n, 0)};

	if (node_int(n, "largest", 1))
		return true;
	if (!dtype_is_float(opset_dtype(in[0])))
		return err_set(e, ERR_UNSUPPORTED,
			       "takes the smallest since opset 11 only");
	opset_set_operand(n, 0, opset_op(n, "Neg", in, 1));
	n->in[0].value->type = in[0]->type;
	opset_append(n, 0, "Neg");
	node_drop_attr(n, "largest");
	return true;
}

/* ---- MaxPool ------------------------------------------------------------ */

static bool max_pool_to_7(struct node *n, struct err *e)
{
	if (opset_is_used(n, 1))
		return err_set(e, ERR_UNSUPPORTED,
			       "gives indices since opset 8 only");
	if (n->nout > 1)
		n->nout = 1;
	node_drop_attr(n, "storage_order");
	return true;
}

/* ---- Shape, Reshape, Split ---------------------------------------------- */

static bool shape_to_14(struct node *n, struct err *e)
{
	const struct attr *end = node_attr(n, "end");
	int64_t first = node_int(n, "start", 0);
	int64_t last = end ? end->u.i : INT64_MAX;
	struct recipe_args args = {.v = {NULL}};

	if (!first && !end)
		return true;
	args.v[0] = opset_int_list(n, &first, 1);
	args.v[1] = opset_int_list(n, &last, 1);
	return opset_recipe(n, "s = Shape(X0); Y0 = Slice(s, %0, %1)", &args,
			    e);
}

static bool reshape_to_13(struct node *n, struct err *e)
{
	uint32_t count;
	const int64_t *dims = opset_ints(n, 1, &count);

	if (!node_int(n, "allowzero", 0))
		return true;
	if (!dims)
		return err_set(e, ERR_UNSUPPORTED,
			       "may have extents of 0 since opset 14 only");
	for (uint32_t i = 0; i < count; i++)
		if (!dims[i])
			return err_set(e, ERR_UNSUPPORTED,
				       "has extents of 0 since opset 14 only");
	node_drop_attr(n, "allowzero");
	return true;
}

static bool split_18(struct node *n, struct err *e)
{
	(void)e;
	if (!node_in(n, 1))
		node_set_int(n, "num_outputs", n->nout);
	return true;
}

/* Parts of ceil(extent / n) elements, and a last one of what is left: computed
 * where the extent is not known. */
static void compute_parts(struct node *n)
{
	int64_t axis = node_int(n, "axis", 0), parts = n->nout;
	struct value *in[3] = {node_in(n, 0)};
	struct node *s;

	if (parts < 2)
		return;
	in[0] = opset_op(n, "Shape", in, 1);
	in[1] = opset_int_list(n, &axis, 1);
	in[0] = opset_op(n, "Gather", in, 2); /* the extent, a list of one */
	in[1] = opset_int_list(n, (int64_t[]){parts - 1}, 1);
	in[2] = opset_op(n, "Add", in, 2);
	in[1] = opset_int_list(n, &parts, 1);
	in[2] = opset_op(n, "Div", (struct value *[]){in[2], in[1]}, 2);
	in[1] = opset_int_list(n, (int64_t[]){parts - 1}, 1);
	in[1] = opset_op(n, "Mul", (struct value *[]){in[2], in[1]}, 2);
	in[1] = opset_op(n, "Sub", (struct value *[]){in[0], in[1]}, 2);
	in[0] = opset_op(
		n, "Expand",
		(struct value *[]){
			in[2], opset_int_list(n, (int64_t[]){parts - 1}, 1)},
		2);
	s = opset_op(n, "Concat", in, 2)->def;
	node_set_int(s, "axis", 0);
	opset_set_operand(n, 1, s->out[0]);
}

static bool split_to_17(struct node *n, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	int64_t axis = node_int(n, "axis", 0), parts = n->nout, extent, each;
	int64_t sizes[MAX_RANK];

	node_drop_attr(n, "num_outputs");
	if (node_in(n, 1))
		return true;
	extent = opset_dim(node_in(n, 0),
			   (int32_t)(axis < 0 ? axis + rank : axis));
	(void)e;
	if (parts < 2 || (extent >= 0 && extent % parts == 0))
		return true;
	if (extent < 0 || parts > MAX_RANK) {
		compute_parts(n);
		return true;
	}
	each = (extent + parts - 1) / parts;
	for (int64_t i = 0; i < parts; i++)
		sizes[i] = i < parts - 1 ? each : extent - each * (parts - 1);
	opset_set_operand(n, 1, opset_int_list(n, sizes, (size_t)parts));
	return true;
}

/* ---- others ------------------------------------------------------------- */

static bool scan_8(struct node *n, struct err *e)
{
	(void)n;
	return err_set(e, ERR_UNSUPPORTED,
		       "scans batches until opset 8, none since 9");
}

static bool scatter_up(struct node *n, struct err *e)
{
	(void)e;
	opset_rename(n, "ScatterElements");
	return true;
}

static bool reduction_to_17(struct node *n, struct err *e)
{
	const char *how = node_string(n, "reduction", "none");

	if (!strcmp(how, "max") || !strcmp(how, "min"))
		return err_set(e, ERR_UNSUPPORTED,
			       "has reduction '%s' since opset 18 only", how);
	return true;
}

static bool roi_align_16(struct node *n, struct err *e)
{
	(void)e;
	if (!node_attr(n, "coordinate_transformation_mode"))
		node_set_string(n, "coordinate_transformation_mode",
				"output_half_pixel");
	return true;
}

static bool roi_align_to_15(struct node *n, struct err *e)
{
	const char *mode = node_string(n, "coordinate_transformation_mode",
				       "half_pixel");

	if (strcmp(mode, "output_half_pixel") != 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "has '%s' coordinates since opset 16 only",
			       mode);
	node_drop_attr(n, "coordinate_transformation_mode");
	return true;
}

static bool grid_sample_20(struct node *n, struct err *e)
{
	const char *mode = node_string(n, "mode", "bilinear");

	(void)e;
	if (!strcmp(mode, "bilinear"))
		node_set_string(n, "mode", "linear");
	else if (!strcmp(mode, "bicubic"))
		node_set_string(n, "mode", "cubic");
	return true;
}

static bool grid_sample_to_19(struct node *n, struct err *e)
{
	const char *mode = node_string(n, "mode", "linear");

	if (opset_rank(node_in(n, 0)) != 4)
		return err_set(e, ERR_UNSUPPORTED,
			       "samples what is not known to be images");
	if (!strcmp(mode, "linear"))
		node_set_string(n, "mode", "bilinear");
	else if (!strcmp(mode, "cubic"))
		node_set_string(n, "mode", "bicubic");
	return true;
}

/* Mod-28 has a sign for floats without fmod. */
static bool mod_to_27(struct node *n, struct err *e)
{
	if (!node_int(n, "fmod", 0) &&
	    !dtype_is_integer(opset_dtype(node_in(n, 0))))
		return err_set(e, ERR_UNSUPPORTED,
			       "takes floats without fmod since opset 28 only");
	return true;
}

#define SOFTMAX(name)                                    \
	{                                                \
		name, 13, softmax_up, softmax_down, NULL \
	}

const struct opset_row opset_meanings[] = {
	{"MaxPool", 8, NULL, max_pool_to_7, NULL},
	{"Scan", 9, scan_8, scan_8, NULL},
	{"Dropout", 10, dropout_10, dropout_to_9, NULL},
	{"Scatter", 11, scatter_up, NULL, NULL},
	{"TopK", 11, NULL, topk_to_10, NULL},
	SOFTMAX("Hardmax"),
	SOFTMAX("LogSoftmax"),
	SOFTMAX("Softmax"),
	{"Reshape", 14, NULL, reshape_to_13, NULL},
	{"Shape", 15, NULL, shape_to_14, NULL},
	{"RoiAlign", 16, roi_align_16, roi_align_to_15, NULL},
	{"ScatterElements", 18, NULL, reduction_to_17, NULL},
	{"ScatterND", 18, NULL, reduction_to_17, NULL},
	{"Split", 18, split_18, split_to_17, NULL},
	{"GridSample", 20, grid_sample_20, grid_sample_to_19, NULL},
	{"Mod", 28, NULL, mod_to_27, NULL},
	{0}};
