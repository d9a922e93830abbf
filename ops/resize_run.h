/* SPDX-License-Identifier: Apache-2.0 */
/* ops/resize_run.h -- the kernels of Resize and Upsample. */
#ifndef OPS_RESIZE_RUN_H
#define OPS_RESIZE_RUN_H

#include "ops/call.h"

size_t resize_scratch(const struct call *c);
bool resize_run(const struct call *c, struct err *e);

/* Floats interpolated along the last two axes, by constant scales or sizes. */
bool resize_f32_accepts(const struct call *c);
size_t resize_f32_scratch(const struct call *c);
bool resize_f32_run(const struct call *c, struct err *e);

#endif
