/* SPDX-License-Identifier: Apache-2.0 */
/* quant/layer.h -- operators with weights, seen as matrix products.
 *
 * A layer multiplies rows of weights with columns of inputs:
 *
 *     Conv           row: an output channel; column: (channel of the group,
 *                    kernel position); each group has its own inputs
 *     Gemm, MatMul   row: an output feature; column: an input feature
 *     ConvTranspose  row: an output channel; its inputs are not described
 *     Gather         row: an entry of the table that it looks up; no product
 *     LSTM, GRU, RNN row: a number of a gate, in all directions; two layers,
 *                    one of what it multiplies with its inputs, one with its
 *                    state, neither of which is described
 *
 * so that what the solver does with rows and columns means the same for all.
 */
#ifndef QUANT_LAYER_H
#define QUANT_LAYER_H

#include "graph/graph.h"

struct layer {
	struct node *node;
	struct value *weight; /* constant operand, float */
	struct value *input; /* what the weights are multiplied with, or NULL */
	uint32_t groups;     /* of rows with inputs of their own */
	uint32_t rows;	     /* of one group */
	uint32_t columns;    /* of one group */
	int32_t axis;	     /* of the weights: where channels lie */
	/* Element (row, column) of group g is at
	 * g * group_step + row * row_step + column * column_step, except for
	 * ConvTranspose and recurrent ones, which have no column_step: see
	 * layer_at(). */
	size_t group_step, row_step, column_step;
	bool has_columns; /* layer_columns() works: Conv, Gemm, MatMul */
	bool depthwise;	  /* one input channel for each group, many groups */
	/* The axis along which all columns of a row lie, one element each; -1:
	 * they lie along several. */
	int32_t column_axis;
};

/*
 * Describe N if it is Conv, ConvTranspose, Gemm or MatMul with a constant
 * float weight of known sizes as operand 1 (MatMul: a matrix), or Gather of
 * rows from a constant float matrix; else false, and *L is as it was.
 */
bool layer_of(struct layer *l, struct node *n);

enum { LAYERS_MOST = 2 };

/* All that N is, LAYERS_MOST at most: recurrent operators with constant float
 * weights are two, anything else one or none; how many. */
uint32_t layers_of(struct layer *l, struct node *n);

/* Does N have weights for its inputs and others for its state? */
bool node_is_recurrent(const struct node *n);

/* Channels: groups * rows. */
uint32_t layer_channels(const struct layer *l);

/* Index in the weight tensor of an element of group G. */
size_t layer_at(const struct layer *l, uint32_t g, uint32_t row,
		uint32_t column);

/* Copy the rows of group G out, [rows, columns] row-major. */
void layer_get_rows(const struct layer *l, uint32_t g, double *w);

/* Where the columns of X are found in an input of the layer. */
struct patches {
	int32_t rank;	  /* spatial dims; 0: a matrix */
	size_t samples;	  /* leading dim; matrix: rows */
	size_t channels;  /* matrix: features */
	size_t positions; /* outputs of one channel; matrix: 1 */
	size_t in[3], out[3], kernel[3];
	int64_t begin[3], stride[3], dilation[3]; /* begin: pad in front */
	size_t row_step, feature_step;		  /* matrix */
};

/* Geometry for an input of this shape; ERR_UNSUPPORTED for more than 3
 * spatial dims. */
MUST_USE bool layer_patches(const struct layer *l, const struct shape *in,
			    struct patches *p, struct err *e);

/* The column that makes output POSITION of SAMPLE in group G, from the input
 * X; padding is 0. */
void layer_columns(const struct layer *l, const struct patches *p, uint32_t g,
		   const float *x, size_t sample, size_t position,
		   double *column);

#endif
