/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_indices.c -- indices that may be negative since opset 11, and
 * axes.
 *
 * An index i of an extent d that older operators do not take becomes
 * i + d (i < 0), unless it is constant and not negative.
 *
 * Source: ONNX's operator schemas, the versions named in the rows.
 */
#include <string.h>

#include "graph/element.h"
#include "passes/opset_row.h"

/* ---- axes counted from the end ------------------------------------------ */

static bool refuse_negative(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "counts axes of an unknown rank from the end, as "
		       "opsets do since 11");
}

/* Until 10 an axis is counted from the start. */
static bool plain_axis(struct node *n, struct err *e)
{
	const struct attr *a = node_attr(n, "axis");
	int32_t rank = opset_rank(node_in(n, 0));

	if (!a || a->kind != ATTR_INT || a->u.i >= 0)
		return true;
	if (rank < 0)
		return refuse_negative(e);
	node_set_int(n, "axis", a->u.i + rank);
	return true;
}

static bool plain_axes(struct node *n, struct err *e)
{
	bool more = !strcmp(n->type, "Unsqueeze");
	const struct value *v = more ? node_out(n, 0) : node_in(n, 0);
	int32_t rank = opset_rank(v);
	int64_t plain[MAX_RANK];
	uint32_t count;
	const int64_t *axes = node_ints(n, "axes", &count);
	bool negative = false;

	for (uint32_t i = 0; i < count && i < MAX_RANK; i++) {
		negative = negative || axes[i] < 0;
		plain[i] = axes[i] < 0 ? axes[i] + rank : axes[i];
	}
	if (!negative)
		return true;
	if (rank < 0 || count > MAX_RANK)
		return refuse_negative(e);
	node_set_ints(n, "axes", plain, count);
	return true;
}

/* ---- indices ------------------------------------------------------------ */

/* Constant and not negative. */
static bool is_plain(const struct node *n, uint32_t i)
{
	const struct tensor *t = opset_constant(node_in(n, i));

	if (!t || !dtype_is_integer(t->dtype))
		return false;
	for (size_t k = 0, count = tensor_count(t); k < count; k++)
		if (tensor_int(t, k) < 0)
			return false;
	return true;
}

/* Operand I holds indices of an extent, a scalar of any integer type.  Their
 * sign is told by a float: integers are compared since opset 9 only. */
static bool plain_indices(struct node *n, uint32_t i, struct value *extent,
			  struct err *e)
{
	struct value *index = node_in(n, i), *in[2];
	enum dtype t = opset_dtype(index);
	struct node *c;

	if (t == DTYPE_NONE)
		return err_set(e, ERR_UNSUPPORTED,
			       "has indices of a type that is not known");
	in[0] = index;
	c = opset_op(n, "Cast", in, 1)->def;
	node_set_int(c, "to", DTYPE_F32);
	in[0] = c->out[0];
	in[1] = opset_scalar(n, DTYPE_F32, 0);
	in[0] = opset_op(n, "Less", in, 2);
	c = opset_op(n, "Cast", in, 1)->def;
	node_set_int(c, "to", t);
	in[0] = extent;
	in[1] = opset_op(n, "Cast", in, 1);
	node_set_int(in[1]->def, "to", t);
	in[0] = c->out[0];
	in[1] = opset_op(n, "Mul", in, 2);
	in[0] = index;
	in[0] = opset_op(n, "Add", in, 2);
	in[0]->type = index->type;
	opset_set_operand(n, i, in[0]);
	return true;
}

/* The extent of operand 0 along "axis". */
static struct value *extent_of(struct node *n)
{
	struct value *in[2] = {node_in(n, 0)};

	in[0] = opset_op(n, "Shape", in, 1);
	in[1] = opset_scalar(n, DTYPE_I64, (double)node_int(n, "axis", 0));
	return opset_op(n, "Gather", in, 2);
}

static bool gather_down(struct node *n, struct err *e)
{
	return plain_axis(n, e) &&
	       (is_plain(n, 1) || plain_indices(n, 1, extent_of(n), e));
}

static bool scatter_down(struct node *n, struct err *e)
{
	if (!gather_down(n, e))
		return false;
	opset_rename(n, "Scatter");
	return true;
}

/* The depth is a number, or a list of one. */
static bool one_hot_down(struct node *n, struct err *e)
{
	struct value *in[2] = {node_in(n, 1)};

	if (is_plain(n, 0))
		return true;
	if (!dtype_is_integer(opset_dtype(node_in(n, 0))))
		return err_set(e, ERR_UNSUPPORTED,
			       "may have negative indices since opset 11 only");
	in[1] = opset_int_list(n, NULL, 0);
	return plain_indices(n, 0, opset_op(n, "Reshape", in, 2), e);
}

#define AXIS(name)                               \
	{                                        \
		name, 11, NULL, plain_axis, NULL \
	}
#define AXES(name)                               \
	{                                        \
		name, 11, NULL, plain_axes, NULL \
	}

const struct opset_row opset_indices[] = {
	AXIS("ArgMax"),
	AXIS("ArgMin"),
	AXIS("Compress"),
	AXIS("Concat"),
	AXIS("Flatten"),
	AXIS("Hardmax"),
	AXIS("LogSoftmax"),
	AXIS("Softmax"),
	AXIS("Split"),
	AXES("ReduceL1"),
	AXES("ReduceL2"),
	AXES("ReduceLogSum"),
	AXES("ReduceLogSumExp"),
	AXES("ReduceMax"),
	AXES("ReduceMean"),
	AXES("ReduceMin"),
	AXES("ReduceProd"),
	AXES("ReduceSum"),
	AXES("ReduceSumSquare"),
	AXES("Squeeze"),
	AXES("Unsqueeze"),
	{"Gather", 11, NULL, gather_down, NULL},
	{"OneHot", 11, NULL, one_hot_down, NULL},
	{"ScatterElements", 11, NULL, scatter_down, NULL},
	{0}};
