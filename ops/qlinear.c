/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qlinear.c -- see qlinear.h. */
#include "ops/qlinear.h"

#include "ops/requant.h"
#include "ops/scales.h"

bool qlinear_check(const struct infer *c, uint32_t i, struct err *e)
{
	const struct tensor *scale = c->konst[i];

	if (!requant_check(infer_shape(c, i), "the scale", 1, e) ||
	    !requant_check(infer_shape(c, i + 1), "the zero point", 1, e) ||
	    (scale && scale->data && !scales_check_values(scale, e)))
		return err_context(e, "operand %u", i);
	return true;
}

bool qlinear_scale(const struct call *c, uint32_t i, double *scale,
		   struct err *e)
{
	if (!scales_check_values(call_in(c, i), e))
		return err_context(e, "operand %u", i);
	*scale = call_scalar(c, i, 1);
	return true;
}
