/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ewise.c -- loop nests over broadcast operands.
 *
 * Neighbouring axes along which every operand behaves the same are joined, so
 * that rows are long.  Axes are counted from the right, where shapes meet.
 */
#include "ops/ewise.h"

#include "base/parallel.h"
#include "graph/element.h"

struct nest {
	int rank;
	size_t size[MAX_RANK]; /* innermost first */
	int axis[MAX_RANK];    /* some axis of each joined group */
};

struct ewise_job {
	struct job job;
	const struct ewise *w;
	const struct call *c;
	struct nest nest;
	size_t inner, per_outer; /* row length, blocks per row */
	bool ints;
};

union row {
	double f[EWISE_ROW];
	int64_t i[EWISE_ROW];
};

static uint32_t operands(const struct ewise *w, const struct call *c)
{
	return w->count ? w->count : c->nin;
}

static const struct tensor *operand(const struct ewise *w, const struct call *c,
				    uint32_t k)
{
	return call_in(c, w->count ? w->operand[k] : k);
}

/* Operand K has more than one element along AXIS. */
static bool varies(const struct ewise *w, const struct call *c, uint32_t k,
		   int axis)
{
	const struct shape *s = &operand(w, c, k)->shape;

	if (w->aligned && k + 1 == operands(w, c))
		s = w->aligned;
	return axis < s->rank && s->dim[s->rank - 1 - axis] != 1;
}

static bool same_pattern(const struct ewise *w, const struct call *c, int a,
			 int b)
{
	for (uint32_t k = 0; k < operands(w, c); k++)
		if (varies(w, c, k, a) != varies(w, c, k, b))
			return false;
	return true;
}

static void nest_make(struct nest *x, const struct ewise *w,
		      const struct call *c)
{
	const struct shape *y = &call_out(c, 0)->shape;

	x->rank = 0;
	for (int axis = 0; axis < y->rank; axis++) {
		size_t size = (size_t)y->dim[y->rank - 1 - axis];

		if (size == 1)
			continue;
		if (x->rank && same_pattern(w, c, x->axis[x->rank - 1], axis)) {
			x->size[x->rank - 1] *= size;
			continue;
		}
		x->size[x->rank] = size;
		x->axis[x->rank++] = axis;
	}
}

/* Where operand K's row starts for OUTER, the index over all but the innermost
 * axis; *RUNS if it moves along the row. */
static size_t row_start(const struct ewise_job *j, uint32_t k, size_t outer,
			bool *runs)
{
	size_t stride = 1, at = 0;

	*runs = j->nest.rank && varies(j->w, j->c, k, j->nest.axis[0]);
	if (*runs)
		stride = j->inner;
	for (int d = 1; d < j->nest.rank; d++) {
		size_t size = j->nest.size[d], i = outer % size;

		outer /= size;
		if (!varies(j->w, j->c, k, j->nest.axis[d]))
			continue;
		at += i * stride;
		stride *= size;
	}
	return at;
}

static void load_row(const struct ewise_job *j, uint32_t k, size_t outer,
		     size_t first, size_t n, union row *x)
{
	const struct tensor *t = operand(j->w, j->c, k);
	bool runs;
	size_t at = row_start(j, k, outer, &runs), count = runs ? n : 1;

	at += runs ? first : 0;
	if (j->ints)
		element_load_ints(t->dtype, t->data, at, count, x->i);
	else
		element_load(t->dtype, t->data, at, count, x->f);
	for (size_t i = count; i < n; i++) {
		if (j->ints)
			x->i[i] = x->i[0];
		else
			x->f[i] = x->f[0];
	}
	if (!j->ints && j->w->enter)
		j->w->enter(j->w, k, x->f, n);
}

static void compute_row(const struct ewise_job *j, size_t outer, size_t first,
			size_t n)
{
	const struct ewise *w = j->w;
	struct tensor *t = call_out(j->c, 0);
	size_t at = outer * j->inner + first;
	union row x, y;

	load_row(j, 0, outer, first, n, &y);
	for (uint32_t k = 1; k < operands(w, j->c); k++) {
		load_row(j, k, outer, first, n, &x);
		if (j->ints)
			w->fold_ints(w, y.i, x.i, n);
		else
			w->fold(w, y.f, x.f, n);
	}
	if (j->ints) {
		if (w->finish_ints)
			w->finish_ints(w, y.i, n);
		element_store_ints(t->dtype, tensor_mut(t), at, n, y.i);
	} else {
		if (w->finish)
			w->finish(w, y.f, n);
		element_store(t->dtype, tensor_mut(t), at, n, y.f);
	}
}

static void compute(struct job *job, size_t begin, size_t end)
{
	const struct ewise_job *j = (const struct ewise_job *)job;

	for (size_t b = begin; b < end; b++) {
		size_t first = b % j->per_outer * EWISE_ROW;
		size_t n = j->inner - first;

		compute_row(j, b / j->per_outer, first,
			    n < EWISE_ROW ? n : EWISE_ROW);
	}
}

void ewise_run(struct ewise *w, const struct call *c)
{
	struct ewise_job j = {.job.run = compute, .w = w, .c = c};
	size_t total = tensor_count(call_out(c, 0));

	if (!total)
		return;
	w->type = operand(w, c, 0)->dtype;
	j.ints = !dtype_is_float(call_out(c, 0)->dtype) && !w->enter;
	for (uint32_t k = 0; k < operands(w, c); k++)
		j.ints = j.ints && !dtype_is_float(operand(w, c, k)->dtype);
	nest_make(&j.nest, w, c);
	j.inner = j.nest.rank ? j.nest.size[0] : 1;
	j.per_outer = (j.inner - 1) / EWISE_ROW + 1;
	parallel_for(&j.job, total / j.inner * j.per_outer,
		     j.inner < EWISE_ROW ? 1 + 8 * EWISE_ROW / j.inner : 8);
}
