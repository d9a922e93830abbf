/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rotary.h -- rotary position embeddings of one vector. */
#ifndef OPS_ROTARY_H
#define OPS_ROTARY_H

#include "graph/tensor.h"

/*
 * Turn the pairs among the first 2 * HALF numbers of X in place: neighbours if
 * INTERLEAVED, else I and HALF + I.  The angles' cosines and sines are
 * elements AT ... of COSINE and SINE.
 *
 *     (a, b) = (a cos - b sin, b cos + a sin)
 */
void rotary_turn(double *x, size_t half, bool interleaved,
		 const struct tensor *cosine, const struct tensor *sine,
		 size_t at);

#endif
