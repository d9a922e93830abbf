/* SPDX-License-Identifier: Apache-2.0 */
/* ops/grid_sample.c -- GridSample: values of images at the places of a grid.
 *
 *     X      [N, C, d1 ... dr]
 *     grid   [N, D1 ... Dr, r]     places, the coordinate along dr first
 *     Y      [N, C, D1 ... Dr]
 *
 * Coordinates -1 and 1 are the middles of the first and last point of an axis
 * (align_corners) or their outer edges; NaN counts as -1.  Integers round
 * toward zero; the nearest mode only moves elements.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/op.h"
#include "ops/sampler.h"

static bool decode(const struct node *n, struct sampler *s, struct err *e)
{
	static const char *const modes[2][3] = {
		{"nearest", "bilinear", "bicubic"},
		{"nearest", "linear", "cubic"}};
	static const char *const paddings[] = {"zeros", "border", "reflection"};
	const char *const *names = modes[n->op->since >= 20];
	const char *mode = attr_string(n, "mode");
	const char *padding = attr_string(n, "padding_mode");
	unsigned m = 0, p = 0;

	while (m < 3 && strcmp(mode, names[m]))
		m++;
	while (p < 3 && strcmp(padding, paddings[p]))
		p++;
	if (m == 3)
		return err_set(e, ERR_FORMAT,
			       "mode is '%s', want '%s', '%s' or '%s'", mode,
			       names[0], names[1], names[2]);
	if (p == 3)
		return err_set(e, ERR_FORMAT, "padding_mode is '%s'", padding);
	s->mode = (enum sample_mode)m;
	s->padding = (enum sample_padding)p;
	s->align = attr_int(n, "align_corners");
	return true;
}

static bool check_ranks(const struct node *n, const struct shape *x,
			const struct shape *grid, struct err *e)
{
	if (x->rank >= 0 &&
	    (x->rank < 3 || (n->op->since < 20 && x->rank != 4)))
		return err_set(e, ERR_SHAPE, "X has rank %d, want %s", x->rank,
			       n->op->since < 20 ? "4" : "3 or more");
	if (x->rank >= 0 && grid->rank >= 0 && x->rank != grid->rank)
		return err_set(e, ERR_SHAPE, "grid has rank %d, X %d",
			       grid->rank, x->rank);
	if (grid->rank >= 0 && grid->rank < 3)
		return err_set(e, ERR_SHAPE, "grid has rank %d, want 3 or more",
			       grid->rank);
	return true;
}

static bool check_dims(const struct shape *x, const struct shape *grid,
		       struct err *e)
{
	int64_t r = grid->dim[grid->rank - 1];

	if (r >= 0 && r != grid->rank - 2)
		return err_set(e, ERR_SHAPE,
			       "places of grid have %" PRId64
			       " coordinates, want %d",
			       r, grid->rank - 2);
	if (x->rank >= 0 && x->dim[0] >= 0 && grid->dim[0] >= 0 &&
	    x->dim[0] != grid->dim[0])
		return err_set(e, ERR_SHAPE,
			       "grid has %" PRId64 " batches, X %" PRId64,
			       grid->dim[0], x->dim[0]);
	return true;
}

static bool infer_grid_sample(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *grid = infer_shape(c, 1);
	struct shape y = *x;
	struct sampler s;

	if (!decode(c->node, &s, e) || !check_ranks(c->node, x, grid, e))
		return false;
	if (s.mode != SAMPLE_NEAREST && infer_dtype(c, 0) != DTYPE_NONE &&
	    dtype_info[infer_dtype(c, 0)].class >= CLASS_STRING)
		return err_set(e, ERR_TYPE, "cannot interpolate %s",
			       dtype_info[infer_dtype(c, 0)].text);
	if (grid->rank >= 0) {
		if (!check_dims(x, grid, e))
			return false;
		y.rank = grid->rank;
		if (x->rank < 0)
			y.dim[1] = DIM_UNKNOWN;
		if (x->rank < 0 || x->dim[0] < 0)
			y.dim[0] = grid->dim[0];
		for (int32_t i = 2; i < y.rank; i++)
			y.dim[i] = grid->dim[i - 1];
	} else {
		for (int32_t i = 2; i < y.rank; i++)
			y.dim[i] = DIM_UNKNOWN;
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* One item is one place of one batch. */
struct sample_job {
	struct job job;
	struct sampler s;
	const struct tensor *t;
	const double *x, *grid; /* x: unless elements only move */
	struct tensor *y;
	size_t channels, points, places; /* of one batch */
};

static void move_element(const struct sample_job *j, size_t from, size_t to,
			 const struct sample_taps *tap)
{
	static const struct text empty = {"", 0};
	size_t bytes = dtype_bytes(j->t->dtype, 1);
	char *y = (char *)tensor_mut(j->y) + to * bytes;
	const char *x = j->t->data;

	for (int32_t i = 0; i < j->s.rank; i++) {
		if (tap[i].count) {
			from += tap[i].at[0];
			continue;
		}
		memset(y, 0, bytes);
		if (j->t->dtype == DTYPE_STRING)
			memcpy(y, &empty, bytes);
		return;
	}
	memcpy(y, x + from * bytes, bytes);
}

static void sample_place(const struct sample_job *j, size_t k)
{
	struct sample_taps tap[MAX_RANK];
	size_t batch = k / j->places, r = (size_t)j->s.rank;
	bool whole = !dtype_is_float(j->t->dtype);
	double x[MAX_RANK], y;

	for (size_t i = 0; i < r; i++) {
		double at = j->grid[k * r + (r - 1 - i)];
		double extent = (double)j->s.dim[i];

		at = isnan(at) ? 0 : at + 1;
		x[i] = j->s.align ? at * (extent - 1) / 2
				  : (at * extent - 1) / 2;
	}
	sampler_find(&j->s, x, tap);
	for (size_t i = 0; i < j->channels; i++) {
		size_t plane = (batch * j->channels + i);
		size_t to = plane * j->places + k % j->places;

		if (!j->x) {
			move_element(j, plane * j->points, to, tap);
			continue;
		}
		y = sampler_sum(&j->s, tap, j->x + plane * j->points);
		element_set_double(j->y->dtype, tensor_mut(j->y), to,
				   whole ? trunc(y) : y);
	}
}

static void sample_run(struct job *self, size_t begin, size_t end)
{
	for (size_t k = begin; k < end; k++)
		sample_place((const struct sample_job *)self, k);
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1));
}

static bool run_grid_sample(const struct call *c, struct err *e)
{
	struct sample_job j = {.job = {sample_run}, .t = call_in(c, 0)};
	const struct shape *x = &j.t->shape;
	struct doubles d = {0};

	j.y = call_out(c, 0);
	if (!decode(c->node, &j.s, e))
		return false;
	if (!j.y || tensor_count(j.y) == 0)
		return true;
	if (tensor_count(j.t) == 0)
		return err_set(e, ERR_SHAPE, "images of X have no elements");
	j.grid = doubles_load(&d, c, 1);
	if (j.s.mode != SAMPLE_NEAREST)
		j.x = doubles_load(&d, c, 0);
	j.s.rank = x->rank - 2;
	for (int32_t i = 0; i < j.s.rank; i++)
		j.s.dim[i] = x->dim[i + 2];
	j.channels = (size_t)x->dim[1];
	j.points = shape_span(x, 2, x->rank);
	j.places = shape_span(&j.y->shape, 2, x->rank);
	parallel_for(&j.job, (size_t)x->dim[0] * j.places,
		     1024 / j.channels + 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "grid-sample",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_grid_sample},
					{0}};

#define GRID_SAMPLE(opset, set, grid_set, linear)                             \
	{                                                                     \
		.domain = "", .type = "GridSample", .since = opset,           \
		.in = PARAMS(IN("X", "T1", set), IN("grid", "T2", grid_set)), \
		.out = PARAMS(IN("Y", "T1", set)),                            \
		.attrs = ATTRS(ATTR("align_corners", INT, "0"),               \
			       ATTR("mode", STRING, linear),                  \
			       ATTR("padding_mode", STRING, "zeros")),        \
		.infer = infer_grid_sample, .kernels = kernels,               \
	}

const struct op op_rows_grid_sample[] = {
	GRID_SAMPLE(16, TYPES_ALL_1, TYPES_IEEE, "bilinear"),
	GRID_SAMPLE(20, TYPES_ALL_1, TYPES_IEEE, "linear"),
	GRID_SAMPLE(22, TYPES_ALL_13, TYPES_FLOAT, "linear"),
	{0}};
