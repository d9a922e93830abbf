/* SPDX-License-Identifier: Apache-2.0 */
/* passes/narrow_range.c -- what a narrow type can hold. */
#include <float.h>
#include <math.h>

#include "graph/element.h"
#include "passes/narrow_impl.h"

/* The greatest number, and the least that has all bits of its fraction. */
static double type_most(enum dtype t)
{
	return t == DTYPE_F16 ? 65504 : 0x1.fep127;
}

static double type_least(enum dtype t)
{
	return t == DTYPE_F16 ? 0x1p-14 : 0x1p-126;
}

static const char *shown_name(const struct value *v)
{
	return v->name[0] ? v->name : "a constant";
}

const char *narrow_refuses_constant(const struct narrowing *w,
				    const struct value *v)
{
	struct arena *a = &w->report->arena;
	const char *type = dtype_info[w->opts->to].text;
	size_t n = tensor_count(v->konst);
	double most = 0;

	for (size_t i = 0; i < n; i++) {
		double x = fabs(tensor_double(v->konst, i));

		if (isfinite(x) && x > most)
			most = x;
	}
	if (most > type_most(w->opts->to))
		return arena_printf(a, "%s holds %.4g, beyond %s",
				    shown_name(v), most, type);
	if (most > 0 && most < type_least(w->opts->to))
		return arena_printf(a, "%s of %.4g vanishes in %s",
				    shown_name(v), most, type);
	return NULL;
}

const char *narrow_refuses_range(const struct narrowing *w,
				 const struct value *v)
{
	const char *name = v->id < w->nvalues ? w->name[v->id] : NULL;
	struct arena *a = &w->report->arena;
	const struct histogram *h;
	double most;

	if (!w->opts->sketch || !name)
		return NULL;
	h = sketch_find(w->opts->sketch, name);
	if (!h || !h->count)
		return NULL;
	most = fmax(fabs((double)h->min), fabs((double)h->max));
	if (most <= type_most(w->opts->to))
		return NULL;
	return arena_printf(a, "%s reached %.4g, beyond %s", name, most,
			    dtype_info[w->opts->to].text);
}
