/* SPDX-License-Identifier: Apache-2.0 */
/* kern/conv_transpose_ref.h -- transposed convolution by definition. */
#ifndef KERN_CONV_TRANSPOSE_REF_H
#define KERN_CONV_TRANSPOSE_REF_H

#include <stddef.h>
#include <stdint.h>

/*
 * y[n, m, i * stride + t * dilation - before] += x[n, c, i] * w[c, m, t]
 *
 * over channels c of the group, taps t, input positions i, in this order;
 * what falls outside Y is dropped.  X is [images, groups * C, in ...], W
 * [groups * C, M, kernel ...]; C and M are channels of one group.
 */
struct conv_transpose_ref {
	size_t c, m, groups;
	int32_t rank;
	const int64_t *in, *out, *kernel, *stride, *dilation, *before;
	const double *x, *w;
};

/* Plane CHANNEL of image IMAGE of the result, in Y. */
void kern_conv_transpose_plane_ref(const struct conv_transpose_ref *k,
				   size_t image, size_t channel, double *y);

#endif
