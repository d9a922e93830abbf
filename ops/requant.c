/* SPDX-License-Identifier: Apache-2.0 */
/* ops/requant.c -- see requant.h. */
#include "ops/requant.h"

#include <inttypes.h>
#include <math.h>

float requant_multiplier(double a_scale, double b_scale, double y_scale)
{
	float product = (float)a_scale * (float)b_scale;

	return product / (float)y_scale;
}

double requant(int32_t sum, float multiplier, double zero)
{
	float scaled = (float)sum * multiplier;

	return nearbyint((double)scaled) + zero;
}

int32_t sum_int32(double x)
{
	return (int32_t)(uint32_t)(int64_t)x;
}

bool requant_check(const struct shape *s, const char *name, int64_t count,
		   struct err *e)
{
	if (s->rank <= 0 || (s->rank == 1 && s->dim[0] == 1))
		return true;
	if (s->rank != 1)
		return err_set(e, ERR_SHAPE, "%s has rank %d, want 0 or 1",
			       name, s->rank);
	if (s->dim[0] >= 0 && count >= 0 && s->dim[0] != count)
		return err_set(e, ERR_SHAPE,
			       "%s has %" PRId64
			       " elements, want 1 or %" PRId64,
			       name, s->dim[0], count);
	return true;
}

double per_line(const struct tensor *t, size_t line, double fallback)
{
	if (!t)
		return fallback;
	return tensor_double(t, tensor_count(t) == 1 ? 0 : line);
}
