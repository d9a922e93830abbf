/* SPDX-License-Identifier: Apache-2.0 */
/* ops/sampler.h -- a grid of values read at places between its points.
 *
 * A place has a coordinate per axis, in points of the grid.  The value there
 * is the sum over the taps of all axes of their weights' product times the
 * point's value.  Source: ONNX GridSample-22.
 */
#ifndef OPS_SAMPLER_H
#define OPS_SAMPLER_H

#include "graph/tensor.h"

enum sample_mode {
	SAMPLE_NEAREST, /* half way: the even point */
	SAMPLE_LINEAR,
	SAMPLE_CUBIC /* Keys' convolution with a = -0.75 */
};

/* What lies outside of the grid. */
enum sample_padding { SAMPLE_ZEROS, SAMPLE_BORDER, SAMPLE_REFLECTION };

struct sampler {
	enum sample_mode mode;
	enum sample_padding padding;
	bool align; /* the border runs through the outermost points */
	int32_t rank;
	int64_t dim[MAX_RANK]; /* none is 0 */
};

/* Distinct points along one axis; AT are offsets into the grid.  None: the
 * value is 0 whatever the other axes say. */
struct sample_taps {
	int count;
	size_t at[4];
	double weight[4];
};

/* TAP[axis] for the place X[axis]. */
void sampler_find(const struct sampler *s, const double *x,
		  struct sample_taps *tap);

/* The value of GRID, dense and row-major, at that place. */
double sampler_sum(const struct sampler *s, const struct sample_taps *tap,
		   const double *grid);

#endif
