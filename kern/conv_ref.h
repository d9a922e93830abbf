/* SPDX-License-Identifier: Apache-2.0 */
/* kern/conv_ref.h -- convolution by definition, a row of outputs at a time. */
#ifndef KERN_CONV_REF_H
#define KERN_CONV_REF_H

#include <stddef.h>
#include <stdint.h>

/*
 * y[n, m, o] = sum over channel c, tap t of
 *              x[n, g * C + c, o * stride + t * dilation - before] * w[m, c, t]
 *
 * in index order, g being the group of output channel m, taps beyond the
 * input skipped.  X is [images, groups * C, in ...] and W [groups * M, C,
 * kernel ...], dense; C and M are channels of one group.  RANK spatial axes,
 * at least 1.
 */
struct conv_ref {
	size_t images, groups, c, m;
	int32_t rank;
	const int64_t *in, *out, *kernel, *stride, *dilation, *before;
	const double *x, *w;
};

/*
 * ACC[i] = y at positions FIRST + i of the innermost axis, i < COUNT; ROW
 * counts the positions of the outer spatial axes, CHANNEL all output channels.
 */
void kern_conv_row_ref(const struct conv_ref *k, size_t image, size_t channel,
		       size_t row, size_t first, size_t count, double *acc);

#endif
