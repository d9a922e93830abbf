/* SPDX-License-Identifier: Apache-2.0 */
/* ops/sampler.c -- see sampler.h. */
#include "ops/sampler.h"

#include <math.h>

/* X mirrored at LO and HI until it lies between them. */
static double reflect(double x, double lo, double hi)
{
	double range = hi - lo, over;

	if (x >= lo && x <= hi)
		return x;
	if (!(range > 0) || !isfinite(x))
		return lo;
	over = fmod(x < lo ? lo - x : x - hi, 2 * range);
	/* After an odd number of reflections it comes from the other side. */
	if (over > range)
		over = 2 * range - over;
	return x < lo ? lo + over : hi - over;
}

static double clamp(double x, double lo, double hi)
{
	return x > lo ? x < hi ? x : hi : lo;
}

/* Coordinate X along AXIS, moved inside as the padding says. */
static double move_inside(const struct sampler *s, int32_t axis, double x)
{
	double last = (double)s->dim[axis] - 1;
	double margin = s->align ? 0 : 0.5;

	if (x >= -margin && x <= last + margin)
		return x;
	if (s->padding == SAMPLE_BORDER)
		return clamp(x, 0, last);
	if (s->padding == SAMPLE_REFLECTION)
		return reflect(x, -margin, last + margin);
	/* Nothing is read that far away, and it fits an integer. */
	return clamp(x, -4, last + 4);
}

/* Add point I with weight W unless it is outside and counts as 0. */
static void add_tap(const struct sampler *s, int32_t axis, double i, double w,
		    struct sample_taps *t)
{
	size_t at;

	i = move_inside(s, axis, i);
	if (i < 0 || i > (double)s->dim[axis] - 1)
		return;
	at = (size_t)i;
	for (int k = 0; k < t->count; k++)
		if (t->at[k] == at) {
			t->weight[k] += w;
			return;
		}
	t->at[t->count] = at;
	t->weight[t->count++] = w;
}

/* Keys' kernel for a point D away from the place. */
static double cubic(double d)
{
	const double a = -0.75;

	d = fabs(d);
	if (d <= 1)
		return ((a + 2) * d - (a + 3)) * d * d + 1;
	return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

static void find_along(const struct sampler *s, int32_t axis, double x,
		       struct sample_taps *t)
{
	double low;

	t->count = 0;
	if (s->mode == SAMPLE_NEAREST)
		x = nearbyint(x);
	/* PyTorch and ONNX Runtime move only the taps of a cubic to the border,
	 * which is smooth; ONNX's own evaluator moves the place as well. */
	if (s->mode == SAMPLE_CUBIC && s->padding == SAMPLE_BORDER)
		x = clamp(x, -4, (double)s->dim[axis] + 3);
	else
		x = move_inside(s, axis, x);
	low = floor(x);
	if (s->mode == SAMPLE_NEAREST)
		add_tap(s, axis, low, 1, t);
	for (int k = 0; k < 2 && s->mode == SAMPLE_LINEAR; k++)
		add_tap(s, axis, low + k, 1 - fabs(x - low - k), t);
	for (int k = -1; k < 3 && s->mode == SAMPLE_CUBIC; k++)
		add_tap(s, axis, low + k, cubic(x - low - k), t);
}

void sampler_find(const struct sampler *s, const double *x,
		  struct sample_taps *tap)
{
	size_t stride = 1;

	for (int32_t i = s->rank - 1; i >= 0; i--) {
		find_along(s, i, x[i], &tap[i]);
		for (int k = 0; k < tap[i].count; k++)
			tap[i].at[k] *= stride;
		stride *= (size_t)s->dim[i];
	}
}

double sampler_sum(const struct sampler *s, const struct sample_taps *tap,
		   const double *grid)
{
	int index[MAX_RANK] = {0};
	double sum = 0;
	int32_t axis = 0;

	for (int32_t i = 0; i < s->rank; i++)
		if (!tap[i].count)
			return 0;
	while (axis >= 0) {
		double weight = 1;
		size_t at = 0;

		for (int32_t i = 0; i < s->rank; i++) {
			weight *= tap[i].weight[index[i]];
			at += tap[i].at[index[i]];
		}
		sum += weight * grid[at];
		for (axis = s->rank - 1; axis >= 0; axis--) {
			if (++index[axis] < tap[axis].count)
				break;
			index[axis] = 0;
		}
	}
	return sum;
}
