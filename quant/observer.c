/* SPDX-License-Identifier: Apache-2.0 */
/* quant/observer.c -- the registry of range methods; scales from ranges. */
#include "quant/observer.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define ROW(name) extern const struct observer observer_##name;
#include "quant/observers.inc"
#undef ROW

static const struct observer *const registry[] = {
#define ROW(name) &observer_##name,
#include "quant/observers.inc"
#undef ROW
	NULL,
};

const struct observer *observer_find(const char *name)
{
	for (size_t i = 0; registry[i]; i++)
		if (!strcmp(registry[i]->name, name))
			return registry[i];
	return NULL;
}

const struct observer *observer_next(const struct observer *prev)
{
	size_t i = 0;

	if (!prev)
		return registry[0];
	while (registry[i] != prev)
		i++;
	return registry[i + 1];
}

struct range range_full(const struct histogram *h)
{
	if (!h->count)
		return (struct range){0, 0};
	return (struct range){fmin((double)h->min, 0), fmax((double)h->max, 0)};
}

struct affine affine_from_range(const struct range *r, int levels)
{
	double step = (r->hi - r->lo) / (levels - 1);
	struct affine a = {.scale = 1};

	if (!(step >= (double)FLT_MIN))
		return a;
	a.scale = (float)fmin(step, (double)FLT_MAX);
	a.zero = (int32_t)fmin(nearbyint(-r->lo / (double)a.scale), levels - 1);
	return a;
}
