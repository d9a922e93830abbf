/* SPDX-License-Identifier: Apache-2.0 */
/* data/fit.c -- see fit.h. */
#include "data/fit.h"

#include "base/str.h"

static bool same(const struct shape *have, const struct shape *want)
{
	if (have->rank != want->rank)
		return false;
	for (int32_t i = 0; i < have->rank; i++)
		if (want->dim[i] >= 0 && have->dim[i] != want->dim[i])
			return false;
	return true;
}

/* S without its dimensions of size 1. */
static struct shape squeeze(const struct shape *s)
{
	struct shape out = {.rank = 0};

	for (int32_t i = 0; i < s->rank; i++)
		if (s->dim[i] != 1)
			out.dim[out.rank++] = s->dim[i];
	return out;
}

/* HAVE in the shape of WANT, whose open dimensions take what HAVE has. */
static bool reshape(struct shape *out, const struct shape *have,
		    const struct shape *want)
{
	struct shape h = squeeze(have), w = squeeze(want);
	int32_t k = 0;

	*out = *have;
	if (same(have, want))
		return true;
	/* An open dimension may be a 1 that HAVE leaves out, if that is the
	 * only way: the first ones are, as batch axes come first. */
	for (int32_t i = 0; w.rank > h.rank && i < w.rank;) {
		if (w.dim[i] >= 0) {
			i++;
			continue;
		}
		for (int32_t j = i + 1; j < w.rank; j++)
			w.dim[j - 1] = w.dim[j];
		w.rank--;
	}
	if (!same(&h, &w))
		return false;
	*out = (struct shape){.rank = want->rank};
	for (int32_t i = 0; i < want->rank; i++) {
		int32_t open = 0;

		out->dim[i] = want->dim[i];
		if (want->dim[i] == 1)
			continue;
		/* How many of WANT's dimensions from here on are not 1? */
		for (int32_t j = i; j < want->rank; j++)
			open += want->dim[j] != 1;
		if (want->dim[i] < 0 && open > h.rank - k)
			out->dim[i] = 1;
		else
			out->dim[i] = h.dim[k++];
	}
	return true;
}

bool fit_shape(struct shape *out, enum sample_fit fit,
	       const struct shape *sample, const struct value *v)
{
	const struct shape *want = &v->type.shape;
	struct shape row = {.rank = want->rank - 1};

	if (want->rank == RANK_UNKNOWN) {
		*out = *sample;
		return true;
	}
	if (fit == FIT_WHOLE)
		return reshape(out, sample, want);
	if (want->rank == 0)
		return false;
	for (int32_t i = 0; i < row.rank; i++)
		row.dim[i] = want->dim[i + 1];
	return reshape(out, sample, &row);
}

bool fit_fail(const struct shape *sample, const struct value *v, struct err *e)
{
	struct str have = {0}, want = {0};

	str_add(&have, "");
	shape_print(&have, sample, NULL);
	type_print(&want, &v->type, &v->graph->model->symbols);
	err_set(e, ERR_SHAPE,
		"input '%s': a sample of shape %s does not fit %s", v->name,
		have.text, want.text);
	str_release(&have);
	str_release(&want);
	return false;
}

bool fit_choose(enum sample_fit *fit, enum sample_fit first,
		const struct shape *sample, const struct value *v,
		struct err *e)
{
	const struct shape *want = &v->type.shape;
	enum sample_fit other;
	struct shape unused;

	if (want->rank > 0 && want->dim[0] > 1)
		first = FIT_WHOLE;
	other = first == FIT_ROW ? FIT_WHOLE : FIT_ROW;
	*fit = fit_shape(&unused, first, sample, v) ? first : other;
	return fit_shape(&unused, *fit, sample, v) || fit_fail(sample, v, e);
}
