/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_layer_norm.c -- layer normalization, written out.
 *
 *     d = x - mean(x);  d / sqrt(mean(d^2) + epsilon) * scale + bias
 *
 * over the last axis, with or without scale and bias, becomes
 * LayerNormalization.  Models of opset 16 and older cannot say it; the pass
 * fuse-layer-norm is for those that can.
 */
#include <string.h>

#include "exec/lower.h"
#include "ops/op.h"

/* N is the mean of V over its last axis, which stays with one element. */
static bool is_mean(const struct node *n, const struct value *v)
{
	const struct value *axes;
	const int64_t *list;
	uint32_t count;
	int64_t axis;

	if (!n || !lower_is_f32(n, "ReduceMean") || node_in(n, 0) != v ||
	    !node_int(n, "keepdims", 1))
		return false;
	list = node_ints(n, "axes", &count);
	axes = node_in(n, 1);
	if (list && count == 1)
		axis = list[0];
	else if (axes && axes->konst && tensor_count(axes->konst) == 1)
		axis = tensor_int(axes->konst, 0);
	else
		return false;
	return axis == -1 || axis == v->type.shape.rank - 1;
}

static bool is_square(const struct node *n, const struct value *v)
{
	if (!n || node_in(n, 0) != v)
		return false;
	if (lower_is_f32(n, "Pow"))
		return n->op->since >= 7 && node_in(n, 1) &&
		       lower_is_scalar(node_in(n, 1), 2);
	return lower_is_f32(n, "Mul") && n->op->since >= 7 &&
	       node_in(n, 1) == v;
}

static struct node *definition(const struct node *n, uint32_t i)
{
	return n && node_in(n, i) ? node_in(n, i)->def : NULL;
}

/* X where N is d / sqrt(mean(d^2) + *EPSILON), d = X - mean(X); else NULL. */
static struct value *normalized(const struct node *n, float *epsilon)
{
	struct node *sub = definition(n, 0), *root = definition(n, 1);
	struct node *add = definition(root, 0), *mean;
	struct value *x;

	if (!sub || !lower_is_f32(sub, "Sub") || sub->op->since < 7 || !root ||
	    !lower_is_f32(root, "Sqrt") || !add || !lower_is_f32(add, "Add") ||
	    add->op->since < 7)
		return NULL;
	for (uint32_t i = 0; i < 2; i++) {
		const struct value *c = node_in(add, i);

		if (!lower_is_const_f32(c, 1))
			continue;
		*epsilon = (float)tensor_double(c->konst, 0);
		mean = definition(add, 1 - i);
		x = node_in(sub, 0);
		if (mean && node_in(mean, 0) && x &&
		    is_mean(mean, node_in(mean, 0)) &&
		    is_square(node_in(mean, 0)->def, sub->out[0]) &&
		    is_mean(definition(sub, 1), x))
			return x;
	}
	return NULL;
}

/* The constant row of COLUMNS that N combines with V, else NULL. */
static struct value *row_of(const struct node *n, const char *type,
			    const struct value *v, int64_t columns)
{
	struct value *row;

	if (!n || !lower_is_f32(n, type) || n->op->since < 7)
		return NULL;
	row = node_in(n, node_in(n, 0) == v ? 1 : 0);
	return lower_is_const_f32(row, (size_t)columns) &&
			       row->konst->shape.rank == 1
		       ? row
		       : NULL;
}

/* A row of COLUMNS ones: models whose scales went into the layer behind. */
static bool ones(struct graph *g, int64_t columns, struct value **out,
		 struct err *e)
{
	struct shape s = SHAPE(columns);
	void *data;

	if (!lower_const(g, DTYPE_F32, &s, out, &data, e))
		return false;
	for (int64_t i = 0; i < columns; i++)
		((float *)data)[i] = 1;
	return true;
}

bool lower_layer_norm(struct node *n, struct node **again, struct err *e)
{
	struct node *root, *last = n, *next;
	struct value *x, *scale, *bias;
	int64_t columns;
	float epsilon;

	if (!lower_is_f32(n, "Div") || n->op->since < 7)
		return true;
	x = normalized(n, &epsilon);
	if (!x || x->type.shape.rank < 1)
		return true;
	columns = x->type.shape.dim[x->type.shape.rank - 1];
	if (columns <= 0)
		return true;
	next = lower_only_reader(n);
	scale = row_of(next, "Mul", n->out[0], columns);
	if (scale)
		last = next;
	else if (!ones(n->graph, columns, &scale, e))
		return false;
	next = lower_only_reader(last);
	bias = row_of(next, "Add", last->out[0], columns);
	if (bias)
		last = next;
	root = definition(n, 1);
	lower_retype(n, "", "LayerNormalization");
	node_set_int(n, "axis", -1);
	node_set_float(n, "epsilon", epsilon);
	lower_set_operand(n, 0, x);
	lower_set_operand(n, 1, scale);
	if (bias)
		lower_set_operand(n, 2, bias);
	if (last != n)
		lower_replace(n, last, "fuse-layer-norm");
	node_remove_dead(root); /* and with it the difference */
	*again = n;
	return true;
}
