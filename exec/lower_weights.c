/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_weights.c -- what follows a convolution linearly joins its
 * weights and bias.
 *
 *     BatchNormalization:  W' = W s / sqrt(var + eps)      per output channel
 *                          b' = (b - mean) s / sqrt(var + eps) + shift
 *     Add of one constant per channel:  b' = b + constant
 *
 * A BatchNormalization that stands alone becomes mlopt.ChannelScale, the same
 * with W = 1 and b = 0.
 *
 * Computed in double, rounded once.
 */
#include <math.h>
#include <string.h>

#include "exec/lower.h"
#include "ops/op.h"

/* Conv N on floats with constant weights and constant or no bias. */
static bool has_const_weights(const struct node *n)
{
	const struct value *bias = node_in(n, 2);

	return lower_is_f32(n, "Conv") &&
	       lower_is_const_f32(node_in(n, 1), 0) &&
	       (!bias || lower_is_const_f32(bias, 0));
}

static bool norm_is_constant(const struct node *norm, size_t channels)
{
	if (!lower_is_f32(norm, "BatchNormalization") || norm->nin != 5 ||
	    node_int(norm, "training_mode", 0))
		return false;
	for (uint32_t i = 1; i < norm->nout; i++)
		if (norm->out[i])
			return false;
	for (uint32_t i = 1; i < 5; i++)
		if (!lower_is_const_f32(node_in(norm, i), channels))
			return false;
	return true;
}

/* What NORM does to channel C: x scale + shift. */
struct line {
	double scale, shift;
};

static struct line line_of(const struct node *norm, size_t c)
{
	double mean = tensor_double(node_in(norm, 3)->konst, c);
	double var = tensor_double(node_in(norm, 4)->konst, c);
	struct line l;

	l.scale = tensor_double(node_in(norm, 1)->konst, c) /
		  sqrt(var + attr_float(norm, "epsilon"));
	l.shift = tensor_double(node_in(norm, 2)->konst, c) - mean * l.scale;
	return l;
}

static bool fold_norm(struct node *n, const struct node *norm, struct err *e)
{
	const struct tensor *w = node_in(n, 1)->konst;
	const struct value *old = node_in(n, 2);
	size_t channels = (size_t)w->shape.dim[0];
	size_t each = channels ? tensor_count(w) / channels : 0;
	struct shape per_channel = SHAPE((int64_t)channels);
	struct value *weights, *bias;
	void *wd, *bd;

	if (!lower_const(n->graph, DTYPE_F32, &w->shape, &weights, &wd, e) ||
	    !lower_const(n->graph, DTYPE_F32, &per_channel, &bias, &bd, e))
		return false;
	for (size_t c = 0; c < channels; c++) {
		struct line l = line_of(norm, c);
		double b = old ? tensor_double(old->konst, c) : 0;

		for (size_t i = c * each; i < (c + 1) * each; i++)
			((float *)wd)[i] = (float)(tensor_double(w, i) *
						   l.scale);
		((float *)bd)[c] = (float)(b * l.scale + l.shift);
	}
	lower_set_operand(n, 1, weights);
	lower_set_operand(n, 2, bias);
	return true;
}

bool lower_channel_scale(struct node *n, struct node **again, struct err *e)
{
	struct value *scale, *shift;
	struct shape per_channel;
	size_t channels;
	void *sd, *bd;

	if (!lower_is_f32(n, "BatchNormalization") ||
	    n->out[0]->type.shape.rank < 2 || n->out[0]->type.shape.dim[1] <= 0)
		return true;
	per_channel = SHAPE(n->out[0]->type.shape.dim[1]);
	channels = (size_t)per_channel.dim[0];
	if (!norm_is_constant(n, channels))
		return true;
	if (!lower_const(n->graph, DTYPE_F32, &per_channel, &scale, &sd, e) ||
	    !lower_const(n->graph, DTYPE_F32, &per_channel, &shift, &bd, e))
		return false;
	for (size_t c = 0; c < channels; c++) {
		struct line l = line_of(n, c);

		((float *)sd)[c] = (float)l.scale;
		((float *)bd)[c] = (float)l.shift;
	}
	for (uint32_t i = 3; i < n->nin; i++)
		lower_set_operand(n, i, NULL);
	lower_set_operand(n, 1, scale);
	lower_set_operand(n, 2, shift);
	n->nin = 3;
	lower_retype(n, "mlopt", "ChannelScale");
	*again = n;
	return true;
}

bool lower_batchnorm(struct node *n, struct node **again, struct err *e)
{
	struct node *norm;

	if (!has_const_weights(n))
		return true;
	norm = lower_only_reader(n);
	if (!norm || node_in(norm, 0) != n->out[0] ||
	    !norm_is_constant(norm, (size_t)node_in(n, 1)->konst->shape.dim[0]))
		return true;
	if (!fold_norm(n, norm, e))
		return false;
	lower_absorb(n, norm, "fold-batchnorm");
	*again = n;
	return true;
}

/* T has one element per channel of a result of shape Y, along axis 1. */
static bool is_per_channel(const struct tensor *t, const struct shape *y)
{
	int32_t axis = 1 - y->rank + t->shape.rank;

	if (t->shape.rank > y->rank || axis < 0 ||
	    t->shape.dim[axis] != y->dim[1])
		return false;
	return tensor_count(t) == (size_t)y->dim[1];
}

bool lower_bias(struct node *n, struct node **again, struct err *e)
{
	const struct value *other, *old = node_in(n, 2);
	struct shape per_channel;
	struct value *bias;
	struct node *add;
	void *data;

	if (!has_const_weights(n))
		return true;
	add = lower_only_reader(n);
	if (!add || !lower_is_f32(add, "Add") || add->op->since < 7)
		return true;
	other = node_in(add, node_in(add, 0) == n->out[0] ? 1 : 0);
	if (!lower_is_const_f32(other, 0) ||
	    !is_per_channel(other->konst, &n->out[0]->type.shape))
		return true;
	per_channel = SHAPE(n->out[0]->type.shape.dim[1]);
	if (!lower_const(n->graph, DTYPE_F32, &per_channel, &bias, &data, e))
		return false;
	for (size_t c = 0; c < tensor_count(other->konst); c++)
		((float *)data)[c] = (float)(tensor_double(other->konst, c) +
					     (old ? tensor_double(old->konst, c)
						  : 0));
	lower_set_operand(n, 2, bias);
	lower_absorb(n, add, "fold-bias");
	*again = n;
	return true;
}
