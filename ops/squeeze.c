/* SPDX-License-Identifier: Apache-2.0 */
/* ops/squeeze.c -- Squeeze and Unsqueeze: axes of size 1 go and come.
 *
 * The axes are an attribute before opset 13 and an operand since.
 */
#include <inttypes.h>

#include "ops/axes.h"
#include "ops/op.h"

enum axes_known { AXES_NONE, AXES_UNKNOWN, AXES_KNOWN };

static enum axes_known get_axes(const struct infer *c, struct shape *axes)
{
	const int64_t *ints;

	if (c->node->op->since >= 13) {
		if (!infer_has(c, 1))
			return AXES_NONE;
		return infer_exact_ints(c, 1, axes) ? AXES_KNOWN : AXES_UNKNOWN;
	}
	axes->rank = (int32_t)attr_ints(c->node, "axes", &ints);
	if (!ints)
		return AXES_NONE;
	for (int32_t i = 0; i < axes->rank && i < MAX_RANK; i++)
		axes->dim[i] = ints[i];
	return AXES_KNOWN;
}

/* Mark the axes of a tensor of rank RANK; each at most once. */
static bool mark_axes(bool *marked, const struct shape *axes, int32_t rank,
		      struct err *e)
{
	if (axes->rank > MAX_RANK)
		return err_set(e, ERR_LIMIT, "%d axes, the limit is %d",
			       axes->rank, MAX_RANK);
	for (int32_t i = 0; i < axes->rank; i++) {
		int32_t axis;

		if (!infer_axis(axes->dim[i], rank, &axis, e))
			return false;
		if (marked[axis])
			return err_set(e, ERR_SHAPE, "axis %d is given twice",
				       axis);
		marked[axis] = true;
	}
	return true;
}

static void keep_content(struct infer *c, const struct shape *y)
{
	struct shape content;

	if ((y->rank == 0 || y->rank == 1) && c->out_content &&
	    infer_ints(c, 0, &content))
		infer_set_content(c, 0, &content);
}

/* ---- Squeeze ------------------------------------------------------------ */

/* Without axes: every dim of 1, if all of them are known. */
static bool squeeze_ones(const struct shape *x, struct shape *y)
{
	y->rank = 0;
	for (int32_t i = 0; i < x->rank; i++) {
		if (x->dim[i] < 0)
			return false;
		if (x->dim[i] != 1)
			y->dim[y->rank++] = x->dim[i];
	}
	return x->rank >= 0;
}

static bool squeeze_marked(const struct shape *x, const bool *marked,
			   struct shape *y, struct err *e)
{
	y->rank = 0;
	for (int32_t i = 0; i < x->rank; i++) {
		if (!marked[i])
			y->dim[y->rank++] = x->dim[i];
		else if (x->dim[i] >= 0 && x->dim[i] != 1)
			return err_set(e, ERR_SHAPE,
				       "dim %d is %" PRId64
				       ", want 1 to squeeze it",
				       i, x->dim[i]);
	}
	return true;
}

static bool infer_squeeze(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape y = {.rank = RANK_UNKNOWN}, axes;
	bool marked[MAX_RANK] = {false};
	enum axes_known known = get_axes(c, &axes);

	if (known == AXES_NONE && !squeeze_ones(x, &y))
		y.rank = RANK_UNKNOWN;
	if (known == AXES_KNOWN && x->rank >= 0 &&
	    (!mark_axes(marked, &axes, x->rank, e) ||
	     !squeeze_marked(x, marked, &y, e)))
		return false;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	keep_content(c, &y);
	return true;
}

/* ---- Unsqueeze ---------------------------------------------------------- */

static bool infer_unsqueeze(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape y = {.rank = RANK_UNKNOWN}, axes;
	bool marked[2 * MAX_RANK] = {false};
	int32_t from = 0;

	if (get_axes(c, &axes) == AXES_KNOWN && x->rank >= 0) {
		if (x->rank + (int64_t)axes.rank > MAX_RANK)
			return err_set(e, ERR_LIMIT,
				       "result has rank %d, the limit is %d",
				       x->rank + axes.rank, MAX_RANK);
		y.rank = x->rank + axes.rank;
		if (!mark_axes(marked, &axes, y.rank, e))
			return false;
		for (int32_t i = 0; i < y.rank; i++)
			y.dim[i] = marked[i] ? 1 : x->dim[from++];
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	keep_content(c, &y);
	return true;
}

static const struct kernel kernels[] = {{.name = "reshape",
					 .engine = "reference",
					 .run = call_copy,
					 .in_place = 1},
					{0}};

#define SQUEEZE(opset, set)                                      \
	{                                                        \
		.domain = "", .type = "Squeeze", .since = opset, \
		.traits = OP_MOVES,                              \
		.in = PARAMS(IN("data", "T", set),               \
			     OPTIONAL("axes", NULL, TYPES_I64)), \
		.out = PARAMS(IN("squeezed", "T", set)),         \
		.infer = infer_squeeze, .kernels = kernels,      \
	}

#define UNSQUEEZE(opset, set)                                      \
	{                                                          \
		.domain = "", .type = "Unsqueeze", .since = opset, \
		.traits = OP_MOVES,                                \
		.in = PARAMS(IN("data", "T", set),                 \
			     IN("axes", NULL, TYPES_I64)),         \
		.out = PARAMS(IN("expanded", "T", set)),           \
		.infer = infer_unsqueeze, .kernels = kernels,      \
	}

/* Before opset 13. */
#define BY_ATTR(name, opset, result, attributes, how)                  \
	{                                                              \
		.domain = "", .type = name, .since = opset,            \
		.traits = OP_MOVES,                                    \
		.in = PARAMS(IN("data", "T", TYPES_ALL_1)),            \
		.out = PARAMS(IN(result, "T", TYPES_ALL_1)),           \
		.attrs = attributes, .infer = how, .kernels = kernels, \
	}

#define AXES ATTRS(ATTR("axes", INTS, NULL))
#define AXES_REQUIRED ATTRS(ATTR_REQUIRED("axes", INTS))

const struct op op_rows_squeeze[] = {
	BY_ATTR("Squeeze", 1, "squeezed", AXES, infer_squeeze),
	BY_ATTR("Squeeze", 11, "squeezed", AXES, infer_squeeze),
	SQUEEZE(13, TYPES_ALL_13),
	SQUEEZE(21, TYPES_ALL_21),
	SQUEEZE(23, TYPES_ALL_23),
	SQUEEZE(24, TYPES_ALL_24),
	SQUEEZE(25, TYPES_ALL_25),
	BY_ATTR("Unsqueeze", 1, "expanded", AXES_REQUIRED, infer_unsqueeze),
	BY_ATTR("Unsqueeze", 11, "expanded", AXES_REQUIRED, infer_unsqueeze),
	UNSQUEEZE(13, TYPES_ALL_13),
	UNSQUEEZE(21, TYPES_ALL_21),
	UNSQUEEZE(23, TYPES_ALL_23),
	UNSQUEEZE(24, TYPES_ALL_24),
	UNSQUEEZE(25, TYPES_ALL_25),
	{0}};
