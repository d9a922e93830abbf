/* SPDX-License-Identifier: Apache-2.0 */
/* ops/resize_run.h -- the kernel of Resize and Upsample. */
#ifndef OPS_RESIZE_RUN_H
#define OPS_RESIZE_RUN_H

#include "ops/call.h"

size_t resize_scratch(const struct call *c);
bool resize_run(const struct call *c, struct err *e);

#endif
