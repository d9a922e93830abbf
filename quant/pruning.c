/* SPDX-License-Identifier: Apache-2.0 */
/* quant/pruning.c -- zeros for one layer: see pruning.h. */
#include "quant/pruning.h"

#include <math.h>
#include <string.h>

#include "quant/coding.h"

static const double damp = 0.01; /* of the mean diagonal */

/* The columns FIRST .. LAST - 1 of all rows of a group. */
struct slab {
	const struct layer *layer;
	uint32_t first, last;
	double *whole; /* [rows, columns] of the group */
	double *part;  /* [rows, last - first] */
};

static void slab_move(const struct slab *s, bool back)
{
	size_t n = s->last - s->first;

	for (uint32_t r = 0; r < s->layer->rows; r++) {
		double *a = s->whole + (size_t)r * s->layer->columns + s->first;
		double *b = s->part + r * n;

		memcpy(back ? a : b, back ? b : a, n * sizeof(*a));
	}
}

static bool prune_slab(const struct slab *s, const struct sparsity *how,
		       const double *h, struct budget *budget, struct err *e)
{
	uint32_t n = s->last - s->first;
	struct factor f;
	bool ok;

	slab_move(s, false);
	if (h) {
		if (!factor_init(&f, h, n, damp, COLUMNS_AS_THEY_ARE, budget,
				 e))
			return false;
		ok = solve_sparse(s->part, s->layer->rows, n, &f, how, budget,
				  e);
		factor_release(&f);
	} else {
		ok = solve_sparse(s->part, s->layer->rows, n, NULL, how, budget,
				  e);
	}
	if (ok)
		slab_move(s, true);
	return ok;
}

/* ALL: H of all columns, or NULL. */
static bool prune_panel(struct slab *s, double *w, const struct sparsity *how,
			const struct layer_data *data, const double *all,
			struct budget *budget, struct err *e)
{
	const struct layer *l = s->layer;
	size_t n = s->last - s->first;
	struct buf h = {0}, part = {0};
	bool ok = false;

	if (!buf_array(&part, l->rows * n, sizeof(double), budget, e))
		return false;
	s->part = (double *)(void *)part.data;
	if (data && !all &&
	    (!buf_array(&h, n * n, l->groups * sizeof(double), budget, e) ||
	     !curvature(l, data, s->first, s->last, (double *)(void *)h.data,
			budget, e)))
		goto out;
	if (!all)
		all = (const double *)(const void *)h.data;
	ok = true;
	for (uint32_t g = 0; ok && g < l->groups; g++) {
		s->whole = w + (size_t)g * l->rows * l->columns;
		ok = prune_slab(s, how, all ? all + g * n * n : NULL, budget,
				e);
	}
out:
	buf_free(&part);
	buf_free(&h);
	return ok;
}

bool prune_layer(const struct layer *l, const struct sparsity *s,
		 const struct layer_data *data, const double *h,
		 struct budget *budget, size_t *zeros, struct err *e)
{
	size_t each = (size_t)l->rows * l->columns, count = each * l->groups;
	struct buf buf = {0};
	double *w;
	bool ok = true;

	if (!buf_array(&buf, count, sizeof(*w), budget, e))
		return false;
	w = (double *)(void *)buf.data;
	for (uint32_t g = 0; g < l->groups; g++)
		layer_get_rows(l, g, w + g * each);
	for (uint32_t j = 0; ok && j < l->columns; j += CODING_PANEL) {
		struct slab slab = {.layer = l, .first = j};

		slab.last = l->columns - j < CODING_PANEL ? l->columns
							  : j + CODING_PANEL;
		ok = prune_panel(&slab, w, s, data, h, budget, e);
	}
	*zeros = 0;
	for (size_t i = 0; ok && i < count; i++)
		*zeros += (float)w[i] == 0;
	ok = ok && layer_put(l, w, e);
	buf_free(&buf);
	return ok;
}
