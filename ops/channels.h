/* SPDX-License-Identifier: Apache-2.0 */
/* ops/channels.h -- tensors whose channels are the last axis, not the second.
 *
 * com.microsoft has forms of convolutions and pools on [N, spatial ..., C].
 * They compute on [N, C, spatial ...] like all others and only read and write
 * elsewhere.
 */
#ifndef OPS_CHANNELS_H
#define OPS_CHANNELS_H

#include "ops/doubles.h"

/* By the operator's name, or its attribute channels_last. */
bool channels_are_last(const struct node *n);

/* [N, spatial ..., C] to [N, C, spatial ...], if N's operands are so; and
 * back. */
struct shape channels_first_shape(const struct node *n, const struct shape *s);
struct shape channels_last_shape(const struct node *n, const struct shape *s);

/* Where element I of [N, CHANNELS, POINTS] lies in [N, POINTS, CHANNELS]. */
size_t channels_last_at(size_t i, size_t channels, size_t points);

/* Operand I of C as doubles, channels first. */
double *channels_load(struct doubles *d, const struct call *c, uint32_t i);

#endif
