/* SPDX-License-Identifier: Apache-2.0 */
/* passes/raise_operands.c -- attributes that became operands.
 *
 * Source: ONNX Changelog.md, the versions named in the rows.
 */
#include <string.h>

#include "graph/element.h"
#include "passes/raise_rows.h"

/* A scalar X of the element type of operand 0. */
static struct value *scalar_like(struct node *n, double x)
{
	struct shape s = {.rank = 0};
	enum dtype t = node_in(n, 0)->type.dtype;
	struct tensor c = tensor_in_arena(&n->graph->model->arena,
					  t ? t : DTYPE_F32, &s);

	element_set_double(c.dtype, tensor_mut(&c), 0, x);
	return graph_add_const(n->graph, NULL, &c);
}

static void float_operand(struct node *n, const char *name, uint32_t i)
{
	const struct attr *a = node_attr(n, name);

	if (!a)
		return;
	raise_set_operand(n, i, scalar_like(n, (double)a->u.f));
	node_drop_attr(n, name);
}

static bool clip(struct node *n, struct err *e)
{
	(void)e;
	float_operand(n, "max", 2);
	float_operand(n, "min", 1);
	return true;
}

static bool pad(struct node *n, struct err *e)
{
	(void)e;
	float_operand(n, "value", 2);
	raise_ints_operand(n, "pads", 1);
	return true;
}

/* Dropout-12: the ratio is float whatever the data are. */
static bool dropout(struct node *n, struct err *e)
{
	float ratio = node_float(n, "ratio", 0.5f);

	(void)e;
	raise_set_operand(n, 1, graph_const_f32(n->graph, ratio));
	node_drop_attr(n, "ratio");
	return true;
}

static bool axes(struct node *n, struct err *e)
{
	(void)e;
	raise_ints_operand(n, "axes", 1);
	return true;
}

static bool split(struct node *n, struct err *e)
{
	(void)e;
	raise_ints_operand(n, "split", 1);
	return true;
}

static bool slice(struct node *n, struct err *e)
{
	(void)e;
	raise_ints_operand(n, "starts", 1);
	raise_ints_operand(n, "ends", 2);
	raise_ints_operand(n, "axes", 3);
	return true;
}

static bool topk(struct node *n, struct err *e)
{
	int64_t k = node_int(n, "k", 1);

	(void)e;
	raise_set_operand(n, 1, graph_const_ints(n->graph, &k, 1));
	node_drop_attr(n, "k");
	return true;
}

static bool upsample(struct node *n, struct err *e)
{
	const struct attr *a = node_attr(n, "scales");
	struct shape s = SHAPE(a ? (int64_t)a->count : 0);
	struct tensor t = tensor_in_arena(&n->graph->model->arena, DTYPE_F32,
					  &s);

	(void)e;
	if (!a)
		return true;
	memcpy(tensor_mut(&t), a->u.floats, a->count * sizeof(float));
	raise_set_operand(n, 1, graph_add_const(n->graph, NULL, &t));
	node_drop_attr(n, "scales");
	return true;
}

/* DFT-20: the axis is a scalar operand; its default changed from 1 to -2. */
static bool dft(struct node *n, struct err *e)
{
	struct shape s = {.rank = 0};
	struct tensor t = tensor_in_arena(&n->graph->model->arena, DTYPE_I64,
					  &s);

	(void)e;
	*tensor_i64_mut(&t) = node_int(n, "axis", 1);
	raise_set_operand(n, 2, graph_add_const(n->graph, NULL, &t));
	node_drop_attr(n, "axis");
	return true;
}

const struct raise_row raise_operands[] = {
	{"Upsample", 7, 9, NULL, upsample},
	{"Slice", 1, 10, NULL, slice},
	{"TopK", 1, 10, NULL, topk},
	{"Clip", 6, 11, NULL, clip},
	{"Pad", 2, 11, NULL, pad},
	{"Dropout", 7, 12, NULL, dropout},
	{"ReduceSum", 1, 13, NULL, axes},
	{"Split", 2, 13, NULL, split},
	{"Squeeze", 1, 13, NULL, axes},
	{"Unsqueeze", 1, 13, NULL, axes},
	{"ReduceL1", 1, 18, NULL, axes},
	{"ReduceL2", 1, 18, NULL, axes},
	{"ReduceLogSum", 1, 18, NULL, axes},
	{"ReduceLogSumExp", 1, 18, NULL, axes},
	{"ReduceMax", 1, 18, NULL, axes},
	{"ReduceMean", 1, 18, NULL, axes},
	{"ReduceMin", 1, 18, NULL, axes},
	{"ReduceProd", 1, 18, NULL, axes},
	{"ReduceSumSquare", 1, 18, NULL, axes},
	{"DFT", 17, 20, NULL, dft},
	{0}};
