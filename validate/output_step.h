/* SPDX-License-Identifier: Apache-2.0 */
/* validate/output_step.h -- how finely a model's output is quantized. */
#ifndef VALIDATE_OUTPUT_STEP_H
#define VALIDATE_OUTPUT_STEP_H

#include "graph/graph.h"

/*
 * The distance of neighbouring values of output I of M, which must be bound:
 * the (largest) scale of the DequantizeLinear that makes it, 1 if a quantizing
 * operator makes it, possibly moved about by Reshape and the like; 0 for
 * everything else.
 */
double output_step(const struct model *m, uint32_t i);

#endif
