/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_elements.c -- operators that keep every position in its
 * place: elementwise with broadcasting, and normalizations.
 */
#include <string.h>

#include "ops/op.h"
#include "passes/channel_ties.h"

/* Axis of operand V that meets AXIS of the result; < 0: none. */
static int32_t aligned(const struct value *v, const struct value *out,
		       int32_t axis)
{
	return axis - (tie_rank(out) - tie_rank(v));
}

static bool is_sum(const struct node *n)
{
	return !strcmp(n->type, "Add") || !strcmp(n->type, "Sub") ||
	       !strcmp(n->type, "Sum") || !strcmp(n->type, "Mean");
}

/* Operand V is not stretched along its axis AT. */
static bool fills(const struct value *v, int32_t at, int64_t dim)
{
	return at >= 0 && (tie_dim(v, at) != 1 || dim == 1);
}

static bool is_constant(const struct value *v)
{
	return v->konst && !value_is_fed(v);
}

/* Join what the operands have along AXIS of the result; NULL if one of them
 * has nothing to give. */
static const uint32_t *join_operands(struct ties *t, struct node *n,
				     int32_t axis)
{
	const struct value *out = n->out[0];
	int64_t dim = tie_dim(out, axis);
	const uint32_t *row = NULL;
	bool first = true;

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = node_in(n, i);
		int32_t at = v ? aligned(v, out, axis) : -1;
		const uint32_t *x;

		if (!v || is_constant(v) || at < 0)
			continue;
		x = tie_axis(t, v, at);
		if (!fills(v, at, dim)) {
			tie_block_axis(t, n, i, at);
			continue;
		}
		if (first) {
			row = x;
		} else if (row || x) {
			if (is_sum(n))
				tie_sum(t, n, row, x, (size_t)dim);
			else
				tie_join(t, n, row, x, (size_t)dim);
			row = row && x ? row : NULL;
		}
		first = false;
	}
	return row;
}

void tie_elementwise(struct ties *t, struct node *n)
{
	struct value *out = n->out[0];

	if (n->op->since < 7 && node_int(n, "broadcast", 0)) {
		tie_block_all(t, n); /* aligned by attribute "axis" */
		return;
	}
	for (int32_t axis = 0; axis < tie_rank(out); axis++) {
		const uint32_t *row = join_operands(t, n, axis);

		if (!row)
			continue;
		for (uint32_t i = 0; i < n->nin; i++) {
			const struct value *v = node_in(n, i);
			int32_t at = v ? aligned(v, out, axis) : -1;

			if (v && is_constant(v) &&
			    fills(v, at, tie_dim(out, axis)))
				tie_cut(t, n, i, at, row,
					(size_t)tie_dim(out, axis));
		}
		tie_set(t, out, axis, row);
	}
}

/* Every result has the positions of operand 0. */
static void same(struct ties *t, struct node *n)
{
	for (uint32_t k = 0; k < n->nout; k++)
		for (int32_t i = 0; n->out[k] && i < tie_rank(node_in(n, 0));
		     i++)
			tie_set(t, n->out[k], i, tie_axis(t, node_in(n, 0), i));
}

/* Only result 0 is used. */
static bool is_alone(const struct node *n)
{
	for (uint32_t i = 1; i < n->nout; i++)
		if (n->out[i] && n->out[i]->uses)
			return false;
	return true;
}

/* Operands FIRST ... have an element for each position of AXIS. */
static void parameters(struct ties *t, struct node *n, uint32_t first,
		       int32_t axis)
{
	const struct value *x = node_in(n, 0);

	for (uint32_t i = first; i < n->nin; i++)
		if (node_in(n, i) && tie_dim(node_in(n, i), 0) != 1)
			tie_cut(t, n, i, 0, tie_axis(t, x, axis),
				(size_t)tie_dim(x, axis));
}

static void channel_norm(struct ties *t, struct node *n)
{
	if (!is_alone(n) || tie_rank(node_in(n, 0)) < 2) {
		tie_block_all(t, n);
		return;
	}
	parameters(t, n, 1, 1);
	same(t, n);
}

/* Mean and variance are over all axes behind the channels. */
static void instance_norm(struct ties *t, struct node *n)
{
	for (int32_t i = 2; i < tie_rank(node_in(n, 0)); i++)
		tie_block_axis(t, n, 0, i);
	channel_norm(t, n);
}

/* Mean and variance are over the channels: those of the ones that stay. */
static void layer_norm(struct ties *t, struct node *n)
{
	int32_t rank = tie_rank(node_in(n, 0));
	int64_t axis = node_int(n, "axis", -1);

	if (!is_alone(n) || axis != (axis < 0 ? -1 : rank - 1)) {
		tie_block_all(t, n);
		return;
	}
	parameters(t, n, 1, rank - 1);
	same(t, n);
}

/* A sum over an axis, or from opset 12 down over all from it on. */
static void softmax(struct ties *t, struct node *n)
{
	int32_t rank = tie_rank(node_in(n, 0));
	int64_t axis = node_int(n, "axis", n->op->since < 13 ? 1 : -1);

	axis += axis < 0 ? rank : 0;
	for (int32_t i = 0; i < rank; i++)
		if (i == axis || (i > axis && n->op->since < 13))
			tie_block_axis(t, n, 0, i);
		else
			tie_set(t, n->out[0], i, tie_axis(t, node_in(n, 0), i));
}

/* The slope had one element for each channel before it was broadcast. */
static void prelu(struct ties *t, struct node *n)
{
	if (n->op->since >= 7) {
		tie_elementwise(t, n);
		return;
	}
	for (int32_t i = 0; i < tie_rank(node_in(n, 0)); i++)
		if (i != 1)
			tie_block_axis(t, n, 0, i);
	if (tie_rank(node_in(n, 0)) < 2)
		return;
	parameters(t, n, 1, 1);
	tie_set(t, n->out[0], 1, tie_axis(t, node_in(n, 0), 1));
}

/* Its bias is an attribute, one for each channel. */
static void block(struct ties *t, struct node *n)
{
	tie_block_all(t, n);
}

const struct tie_rule tie_elements[] = {
	{"BatchNormalization", channel_norm},
	{"InstanceNormalization", instance_norm},
	{"LayerNormalization", layer_norm},
	{"RMSNormalization", layer_norm},
	{"SimplifiedLayerNormalization", layer_norm},
	{"Softmax", softmax},
	{"LogSoftmax", softmax},
	{"PRelu", prelu},
	{"Identity", same},
	{"Dropout", same},
	{"Sum", tie_elementwise},
	{"Mean", tie_elementwise},
	{"Max", tie_elementwise},
	{"Min", tie_elementwise},
	{"Where", tie_elementwise},
	{"ImageScaler", block},
	{NULL, NULL},
};
