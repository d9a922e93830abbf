/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_layers.c -- operators that make channels, or pass them
 * through weights.
 *
 * A layer whose weights are constant reads the channels of its input along
 * one axis of them and makes those of its result along another.
 */
#include <string.h>

#include "ops/op.h"
#include "passes/channel_ties.h"

/* The weights: a constant of the main graph with RANK dims, or any number of
 * at least 3 for RANK 0. */
static const struct tensor *weights(const struct node *n, uint32_t i, int rank)
{
	const struct value *w = node_in(n, i);
	int32_t r;

	if (!w || !w->konst || value_is_fed(w))
		return NULL;
	r = w->konst->shape.rank;
	if ((rank ? r != rank : r < 3) || !tensor_count(w->konst))
		return NULL;
	return w->konst;
}

/* Axis AXIS of result and of weights (and 0 of the bias) is made here. */
static void make(struct ties *t, struct node *n, int32_t axis, uint32_t weight,
		 int32_t weight_axis, const uint32_t *row, size_t count)
{
	tie_make(t, n, row, count);
	tie_set(t, n->out[0], axis, row);
	tie_cut(t, n, weight, weight_axis, row, count);
}

/* Other axes than the channels' do not get through a window. */
static void block_space(struct ties *t, struct node *n)
{
	for (int32_t i = 2; i < tie_rank(node_in(n, 0)); i++)
		tie_block_axis(t, n, 0, i);
	tie_set(t, n->out[0], 0, tie_axis(t, node_in(n, 0), 0));
}

/* ROW[k * EACH + j] = FROM[j], or FROM[k] if SPREAD. */
static uint32_t *repeat(struct ties *t, const uint32_t *from, size_t times,
			size_t each, bool spread)
{
	uint32_t *row = tie_row(t, times * each);

	for (size_t i = 0; row && i < times * each; i++)
		row[i] = from[spread ? i / each : i % each];
	return row;
}

/* One input channel a group: the channels of a group are that channel's. */
static void depthwise(struct ties *t, struct node *n, size_t groups, size_t out,
		      int32_t axis)
{
	const uint32_t *in = tie_axis(t, node_in(n, 0), 1), *row = in;

	if (!in)
		return;
	if (out != groups)
		row = repeat(t, in, groups, out / groups, true);
	tie_set(t, n->out[0], 1, row);
	tie_cut(t, n, 1, axis, row, out);
	tie_cut(t, n, 2, 0, row, out);
}

/* All groups keep the same numbers of channels, and so the same ones. */
static void grouped(struct ties *t, struct node *n, size_t groups, size_t in,
		    size_t out)
{
	const uint32_t *x = tie_axis(t, node_in(n, 0), 1);
	uint32_t *fresh = tie_fresh(t, out / groups), *row;

	for (size_t g = 1; x && g < groups; g++)
		tie_join(t, n, x, x + g * (in / groups), in / groups);
	tie_cut(t, n, 1, 1, x, in / groups);
	row = fresh ? repeat(t, fresh, groups, out / groups, false) : NULL;
	make(t, n, 1, 1, 0, row, out);
	tie_cut(t, n, 2, 0, row, out);
}

static void conv(struct ties *t, struct node *n)
{
	const struct tensor *w = weights(n, 1, 0);
	int64_t groups = node_int(n, "group", 1), in, out;

	if (!w || groups < 1 || w->shape.dim[0] % groups) {
		tie_block_all(t, n);
		return;
	}
	in = w->shape.dim[1] * groups;
	out = w->shape.dim[0];
	block_space(t, n);
	if (groups > 1 && in == groups) {
		depthwise(t, n, (size_t)groups, (size_t)out, 0);
	} else {
		grouped(t, n, (size_t)groups, (size_t)in, (size_t)out);
	}
}

static void conv_transpose(struct ties *t, struct node *n)
{
	const struct tensor *w = weights(n, 1, 0);
	int64_t groups = node_int(n, "group", 1), in, out;
	uint32_t *row;

	if (!w || groups < 1 ||
	    (groups > 1 &&
	     (w->shape.dim[0] != groups || w->shape.dim[1] != 1))) {
		tie_block_all(t, n);
		return;
	}
	in = w->shape.dim[0];
	out = w->shape.dim[1] * groups;
	block_space(t, n);
	if (groups > 1) {
		depthwise(t, n, (size_t)groups, (size_t)out, 0);
		return;
	}
	tie_cut(t, n, 1, 0, tie_axis(t, node_in(n, 0), 1), (size_t)in);
	row = tie_fresh(t, (size_t)out);
	make(t, n, 1, 1, 1, row, (size_t)out);
	tie_cut(t, n, 2, 0, row, (size_t)out);
}

/* C of Gemm: aligned to the right of the result. */
static void gemm_bias(struct ties *t, struct node *n, const uint32_t *row,
		      size_t count)
{
	const struct value *c = node_in(n, 2);
	int32_t last = c ? tie_rank(c) - 1 : -1;

	if (last >= 0 && tie_dim(c, last) != 1)
		tie_cut(t, n, 2, last, row, count);
	if (c && !c->konst)
		tie_block_value(t, n, c);
}

static void gemm(struct ties *t, struct node *n)
{
	const struct tensor *w = weights(n, 1, 2);
	bool transposed = attr_int(n, "transB") != 0;
	const uint32_t *rows;
	uint32_t *row;
	size_t out;

	if (!w || attr_int(n, "transA")) {
		tie_block_all(t, n);
		return;
	}
	rows = tie_axis(t, node_in(n, 0), 0);
	if (rows && node_in(n, 2)) {
		tie_block_axis(t, n, 0, 0);
		rows = NULL;
	}
	tie_set(t, n->out[0], 0, rows);
	tie_cut(t, n, 1, transposed, tie_axis(t, node_in(n, 0), 1),
		(size_t)w->shape.dim[transposed]);
	out = (size_t)w->shape.dim[!transposed];
	row = tie_fresh(t, out);
	make(t, n, 1, 1, !transposed, row, out);
	gemm_bias(t, n, row, out);
}

/* Batch axes of a product of two activations, and what they are summed
 * over. */
static void product(struct ties *t, struct node *n)
{
	const struct value *a = node_in(n, 0), *b = node_in(n, 1);
	int32_t ra = tie_rank(a), rb = tie_rank(b), r = tie_rank(n->out[0]);

	if (ra < 2 || ra != rb || a->konst || b->konst) {
		tie_block_all(t, n);
		return;
	}
	for (int32_t i = 0; i < r - 2; i++) {
		const uint32_t *x = tie_axis(t, a, i), *y = tie_axis(t, b, i);

		if (tie_dim(a, i) != tie_dim(b, i)) {
			tie_block_axis(t, n, 0, i);
			tie_block_axis(t, n, 1, i);
			continue;
		}
		if (!x && !y)
			continue;
		tie_join(t, n, x, y, (size_t)tie_dim(a, i));
		tie_set(t, n->out[0], i, x && y ? x : NULL);
	}
	if (tie_axis(t, a, ra - 1) || tie_axis(t, b, rb - 2))
		tie_join(t, n, tie_axis(t, a, ra - 1), tie_axis(t, b, rb - 2),
			 (size_t)tie_dim(tie_axis(t, a, ra - 1) ? a : b,
					 tie_axis(t, a, ra - 1) ? ra - 1
								: rb - 2));
	tie_set(t, n->out[0], r - 2, tie_axis(t, a, ra - 2));
	tie_set(t, n->out[0], r - 1, tie_axis(t, b, rb - 1));
}

static void matmul(struct ties *t, struct node *n)
{
	const struct tensor *w = weights(n, 1, 2);
	const struct value *x = node_in(n, 0);
	int32_t last = tie_rank(x) - 1;
	size_t out;

	if (!w || last < 1 || tie_rank(n->out[0]) != last + 1) {
		product(t, n);
		return;
	}
	for (int32_t i = 0; i < last; i++)
		tie_set(t, n->out[0], i, tie_axis(t, x, i));
	tie_cut(t, n, 1, 0, tie_axis(t, x, last), (size_t)w->shape.dim[0]);
	out = (size_t)w->shape.dim[1];
	make(t, n, last, 1, 1, tie_fresh(t, out), out);
}

/* Rows of a table have channels; of anything else entries are chosen. */
static void gather(struct ties *t, struct node *n)
{
	const struct tensor *w = weights(n, 0, 2);
	const struct value *x = node_in(n, 0), *at = node_in(n, 1);
	int32_t rank = tie_rank(x), axis = (int32_t)node_int(n, "axis", 0);

	axis += axis < 0 ? rank : 0;
	if (w && axis == 0) {
		size_t out = (size_t)w->shape.dim[1];

		tie_block_value(t, n, at);
		make(t, n, tie_rank(at), 0, 1, tie_fresh(t, out), out);
		return;
	}
	tie_block_value(t, n, at);
	tie_block_axis(t, n, 0, axis);
	for (int32_t i = 0; i < rank; i++)
		if (i != axis)
			tie_set(t, n->out[0],
				i < axis ? i : i - 1 + tie_rank(at),
				tie_axis(t, x, i));
}

const struct tie_rule tie_layers[] = {
	{"Conv", conv},	    {"ConvTranspose", conv_transpose},
	{"Gemm", gemm},	    {"MatMul", matmul},
	{"Gather", gather}, {NULL, NULL},
};
