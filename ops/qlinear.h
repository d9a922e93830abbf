/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qlinear.h -- operators whose operands come as code, scale, zero point.
 *
 * The scale is operand I, the zero point I + 1; both have one element.
 */
#ifndef OPS_QLINEAR_H
#define OPS_QLINEAR_H

#include "ops/call.h"
#include "ops/infer.h"

/* One element each; a scale that is known is positive and finite. */
MUST_USE bool qlinear_check(const struct infer *c, uint32_t i, struct err *e);

MUST_USE bool qlinear_scale(const struct call *c, uint32_t i, double *scale,
			    struct err *e);

#endif
