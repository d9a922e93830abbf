/* SPDX-License-Identifier: Apache-2.0 */
/* ops/resize_f32.c -- fast kernel for Resize of planes of floats.
 *
 * A row of the operand is interpolated along the last axis once, when the
 * first row of the result wants it, and stays in a ring of as many rows as an
 * output row has taps; rows of the result are weighed sums of those.
 */
#include "ops/resize_run.h"

#include <string.h>

#include "base/parallel.h"
#include "ops/axes.h"
#include "ops/resize.h"

enum { LANES = 16, NO_ROW = -1 }; /* rings; an empty place in one */

/* One axis: TAPS weights and positions for each result. */
struct taps {
	size_t count, out;
	float *weight;
	uint32_t *position;
};

struct planes {
	struct job job;
	const float *x;
	float *y;
	size_t h, w, rows; /* of the operand; rows of all results */
	struct taps down, along;
	float *ring;	/* [LANES, down.count, along.out] */
	int64_t *holds; /* [LANES, down.count]: which row, or NO_ROW */
};

/* ---- planning ------------------------------------------------------------ */

static const struct tensor *list_of(const struct call *c, uint32_t i)
{
	const struct tensor *t = i ? call_in(c, i) : NULL;

	return t && tensor_count(t) > 0 ? t : NULL;
}

/* The lists are constants, as far as there are any. */
static bool lists_are_known(const struct call *c, const struct resize *r)
{
	const uint32_t which[] = {r->scales, r->sizes, r->roi};

	for (size_t i = 0; i < 3; i++)
		if (list_of(c, which[i]) && !list_of(c, which[i])->data)
			return false;
	return true;
}

static bool axes_of(const struct call *c, struct resize *r,
		    struct resize_axis *axis)
{
	struct err ignored = {.code = ERR_NONE};

	return resize_decode(c->node, r, &ignored) && lists_are_known(c, r) &&
	       resize_axes(c->node, r, &call_in(c, 0)->shape,
			   list_of(c, r->scales), list_of(c, r->sizes),
			   list_of(c, r->roi), axis, &ignored);
}

bool resize_f32_accepts(const struct call *c)
{
	const struct shape *x = &call_in(c, 0)->shape;
	struct resize_axis axis[MAX_RANK];
	struct resize r;

	if (call_in(c, 0)->dtype != DTYPE_F32 || x->rank < 2 ||
	    !shape_is_known(x) || x->dim[x->rank - 1] > UINT32_MAX ||
	    x->dim[x->rank - 2] > UINT32_MAX || !axes_of(c, &r, axis) ||
	    r.mode == RESIZE_NEAREST || r.coord == COORD_TF_CROP)
		return false;
	for (int32_t i = 0; i < x->rank - 2; i++)
		if (axis[i].in != axis[i].out || axis[i].scale != 1)
			return false;
	return true;
}

static size_t aligned(size_t bytes)
{
	return (bytes + 15) / 16 * 16;
}

/* A piece of scratch memory at *AT, or with a NULL base its size alone. */
static void *take(char *base, size_t *at, size_t bytes)
{
	void *p = base ? base + *at : NULL;

	*at += aligned(bytes);
	return p;
}

/* Fill S but for X and Y; the bytes that it takes from BASE. */
static size_t lay_out(const struct call *c, const struct resize *r,
		      const struct resize_axis *axis, char *base,
		      struct planes *s)
{
	int32_t rank = call_in(c, 0)->shape.rank;
	struct taps *t[2] = {&s->down, &s->along};
	size_t at = 0;

	for (int32_t i = 0; i < 2; i++) {
		const struct resize_axis *a = &axis[rank - 2 + i];
		size_t n;

		t[i]->out = (size_t)a->out;
		t[i]->count = resize_taps(r, a);
		n = t[i]->out * t[i]->count;
		t[i]->weight = take(base, &at, n * sizeof(float));
		t[i]->position = take(base, &at, n * sizeof(uint32_t));
	}
	s->h = (size_t)axis[rank - 2].in;
	s->w = (size_t)axis[rank - 1].in;
	s->holds = take(base, &at, LANES * s->down.count * sizeof(int64_t));
	s->ring = take(base, &at,
		       LANES * s->down.count * s->along.out * sizeof(float));
	/* One output's taps as resize_tap() gives them. */
	take(base, &at, (s->down.count + s->along.count) * 16);
	return at;
}

size_t resize_f32_scratch(const struct call *c)
{
	struct resize_axis axis[MAX_RANK];
	struct planes s;
	struct resize r;

	return axes_of(c, &r, axis) ? lay_out(c, &r, axis, NULL, &s) : 0;
}

/* A tap of no weight looks where one with some does: what lies elsewhere, a
 * NaN, is none of its business. */
static void fill(const struct resize *r, const struct resize_axis *a,
		 double *weight, size_t *position, struct taps *t)
{
	for (size_t i = 0; i < t->out; i++) {
		size_t some = 0;

		resize_tap(r, a, (int64_t)i, weight, position);
		for (size_t k = 0; k < t->count; k++)
			some = weight[k] != 0 ? k : some;
		for (size_t k = 0; k < t->count; k++) {
			size_t at = i * t->count + k;

			t->weight[at] = (float)weight[k];
			t->position[at] =
				(uint32_t)position[weight[k] != 0 ? k : some];
		}
	}
}

/* ---- rows ---------------------------------------------------------------- */

static void along_row(const struct taps *t, const float *x, float *y)
{
	const uint32_t *p = t->position;
	const float *w = t->weight;

	if (t->count == 2) {
		for (size_t i = 0; i < t->out; i++, w += 2, p += 2)
			y[i] = w[0] * x[p[0]] + w[1] * x[p[1]];
		return;
	}
	for (size_t i = 0; i < t->out; i++, w += t->count, p += t->count) {
		y[i] = 0;
		for (size_t k = 0; k < t->count; k++)
			y[i] += w[k] * x[p[k]];
	}
}

/* Y (+)= W X; the first row of a sum sets it. */
static void weigh_row(float w, const float *x, bool first, float *y, size_t n)
{
	if (first)
		for (size_t i = 0; i < n; i++)
			y[i] = w * x[i];
	else
		for (size_t i = 0; i < n; i++)
			y[i] += w * x[i];
}

/* Row ROW of all results, with the ring of LANE. */
static void result_row(const struct planes *s, size_t lane, size_t row)
{
	size_t plane = row / s->down.out, n = s->along.out,
	       taps = s->down.count;
	size_t first = row % s->down.out * taps;
	float *y = s->y + row * n;

	for (size_t k = 0; k < taps; k++) {
		size_t at = s->down.position[first + k];
		size_t place = lane * taps + at % taps;
		int64_t wanted = (int64_t)(plane * s->h + at);
		float *ring = s->ring + place * n;

		if (s->holds[place] != wanted) {
			along_row(&s->along, s->x + (size_t)wanted * s->w,
				  ring);
			s->holds[place] = wanted;
		}
		weigh_row(s->down.weight[first + k], ring, k == 0, y, n);
	}
}

static void run_lanes(struct job *self, size_t begin, size_t end)
{
	const struct planes *s = (const struct planes *)self;

	for (size_t lane = begin; lane < end; lane++) {
		size_t row = s->rows * lane / LANES;
		size_t stop = s->rows * (lane + 1) / LANES;

		for (size_t k = 0; k < s->down.count; k++)
			s->holds[lane * s->down.count + k] = NO_ROW;
		for (; row < stop; row++)
			result_row(s, lane, row);
	}
}

bool resize_f32_run(const struct call *c, struct err *e)
{
	int32_t rank = call_in(c, 0)->shape.rank;
	struct resize_axis axis[MAX_RANK];
	struct planes s = {.job.run = run_lanes};
	struct resize r;
	size_t bytes, most;
	double *weight;

	if (!tensor_count(call_out(c, 0)))
		return true;
	if (!axes_of(c, &r, axis))
		return err_set(e, ERR_SHAPE, "scales or sizes changed");
	bytes = lay_out(c, &r, axis, c->scratch, &s);
	most = s.down.count + s.along.count;
	weight = (double *)(void *)((char *)c->scratch + bytes -
				    aligned(most * 16));
	fill(&r, &axis[rank - 2], weight, (size_t *)(void *)(weight + most),
	     &s.down);
	fill(&r, &axis[rank - 1], weight, (size_t *)(void *)(weight + most),
	     &s.along);
	s.x = call_f32(c, 0);
	s.y = tensor_f32_mut(call_out(c, 0));
	s.rows = tensor_count(call_out(c, 0)) / s.along.out;
	parallel_for(&s.job, LANES, 1);
	return true;
}
