/* SPDX-License-Identifier: Apache-2.0 */
/* ops/resize_run.c -- the kernel of Resize and Upsample.
 *
 * Weights and positions are tabulated per axis.  A row of the result (its
 * last axis) is the sum over the taps of the outer axes, each an operand row
 * with one weight, of the sum over the taps of the last axis: in double, in
 * this order.  Results round toward zero where they are integers.  Nearest
 * has one tap and only moves elements.
 */
#include "ops/resize_run.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/resize.h"

/* Rows are dealt to this many lanes, each with buffers of its own. */
enum { LANES = 16 };

/* One axis: TAPS weights and positions for each of OUT results. */
struct table {
	uint32_t taps;
	int64_t out;
	double *weight;
	size_t *position;
	bool *inside;
};

struct resize_job {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	enum resize_mode mode;
	double extrapolation;
	struct table table[MAX_RANK];
	ptrdiff_t stride[MAX_RANK];
	double *buffer; /* per lane: an operand row, a result row */
	size_t in_width, out_width, rows;
};

static size_t aligned(size_t bytes)
{
	return (bytes + 15) / 16 * 16;
}

/* ---- planning ----------------------------------------------------------- */

static const struct tensor *list_of(const struct call *c, uint32_t i)
{
	const struct tensor *t = i ? call_in(c, i) : NULL;

	return t && tensor_count(t) > 0 ? t : NULL;
}

static bool axes_of(const struct call *c, struct resize *r,
		    struct resize_axis *axis, struct err *e)
{
	return resize_decode(c->node, r, e) &&
	       resize_axes(c->node, r, &call_in(c, 0)->shape,
			   list_of(c, r->scales), list_of(c, r->sizes),
			   list_of(c, r->roi), axis, e);
}

/* Bytes of the table of one axis. */
static size_t table_bytes(const struct resize *r, const struct resize_axis *a)
{
	size_t out = (size_t)a->out, taps = out ? resize_taps(r, a) : 0;

	return aligned(out * taps * sizeof(double)) +
	       aligned(out * taps * sizeof(size_t)) +
	       aligned(out * sizeof(bool));
}

static size_t row_bytes(const struct shape *x, const struct shape *y)
{
	size_t n = x->rank > 0 ? (size_t)x->dim[x->rank - 1] +
					 (size_t)y->dim[y->rank - 1]
			       : 2;

	return aligned(n * sizeof(double));
}

/* Scales may be known only when the kernel runs: then bounded by what the
 * shapes allow, two taps (four for cubic) stretched by in / out. */
static size_t bound_bytes(const struct resize *r, int64_t in, int64_t out)
{
	struct resize_axis a = {.in = in, .out = out, .scale = 1};

	if (in > 0 && out > 0)
		a.scale = (double)out / (double)(in + 1) / 2;
	return table_bytes(r, &a);
}

size_t resize_scratch(const struct call *c)
{
	const struct shape *x = &call_in(c, 0)->shape;
	const struct shape *y = &c->out[0]->tensor.shape;
	size_t bytes = LANES * row_bytes(x, y);
	struct err ignored = {.code = ERR_NONE};
	struct resize r;

	if (!resize_decode(c->node, &r, &ignored))
		return 0;
	for (int32_t i = 0; i < x->rank; i++)
		bytes += bound_bytes(&r, x->dim[i], y->dim[i]);
	return bytes;
}

static char *fill_table(struct table *t, const struct resize *r,
			const struct resize_axis *a, char *at)
{
	size_t out = (size_t)a->out;

	t->out = a->out;
	t->taps = resize_taps(r, a);
	t->weight = (double *)(void *)at;
	at += aligned(out * t->taps * sizeof(double));
	t->position = (size_t *)(void *)at;
	at += aligned(out * t->taps * sizeof(size_t));
	t->inside = (bool *)at;
	at += aligned(out * sizeof(bool));
	for (size_t i = 0; i < out; i++)
		t->inside[i] = resize_tap(r, a, (int64_t)i,
					  t->weight + i * t->taps,
					  t->position + i * t->taps);
	return at;
}

/* ---- rows --------------------------------------------------------------- */

/* Position of result row ROW along the outer axes. */
static bool split_row(const struct resize_job *j, size_t row, size_t *index)
{
	bool inside = true;

	for (int32_t k = j->x->shape.rank - 2; k >= 0; k--) {
		const struct table *t = &j->table[k];

		index[k] = row % (size_t)t->out;
		row /= (size_t)t->out;
		inside = inside && t->inside[index[k]];
	}
	return inside;
}

static void nearest_row(const struct resize_job *j, size_t row,
			const size_t *index)
{
	int32_t last = j->x->shape.rank - 1;
	size_t from = 0;

	for (int32_t k = 0; k < last; k++)
		from += j->table[k].position[index[k]] * (size_t)j->stride[k];
	kern_move_map(tensor_bits(j->x), j->x->data, from,
		      j->table[last].position, tensor_mut(j->y),
		      row * j->out_width, j->out_width);
}

/* SUM += weight * (operand row at FROM, interpolated along the last axis). */
static void add_row(const struct resize_job *j, size_t from, double weight,
		    double *in, double *sum)
{
	const struct table *t = &j->table[j->x->shape.rank - 1];

	element_load(j->x->dtype, j->x->data, from, j->in_width, in);
	for (size_t i = 0; i < j->out_width; i++) {
		const double *w = t->weight + i * t->taps;
		const size_t *p = t->position + i * t->taps;
		double x = 0;

		for (uint32_t k = 0; k < t->taps; k++)
			if (w[k] != 0)
				x += w[k] * in[p[k]];
		sum[i] += weight * x;
	}
}

static void linear_row(const struct resize_job *j, const size_t *index,
		       double *in, double *sum)
{
	int32_t last = j->x->shape.rank - 1, k;
	uint32_t tap[MAX_RANK] = {0};

	memset(sum, 0, j->out_width * sizeof(*sum));
	do {
		double weight = 1;
		size_t from = 0;

		for (k = 0; k < last; k++) {
			const struct table *t = &j->table[k];
			size_t at = index[k] * t->taps + tap[k];

			weight *= t->weight[at];
			from += t->position[at] * (size_t)j->stride[k];
		}
		if (weight != 0)
			add_row(j, from, weight, in, sum);
		for (k = last - 1; k >= 0; k--) {
			if (++tap[k] < j->table[k].taps)
				break;
			tap[k] = 0;
		}
	} while (k >= 0);
}

/* Extrapolation where any axis is outside; integers lose their fraction. */
static void store_row(const struct resize_job *j, size_t row, bool inside,
		      double *sum)
{
	const bool *cols = j->table[j->x->shape.rank - 1].inside;
	bool truncate = !dtype_is_float(j->y->dtype);

	for (size_t i = 0; i < j->out_width; i++) {
		if (!inside || !cols[i])
			sum[i] = j->extrapolation;
		if (truncate)
			sum[i] = trunc(sum[i]);
	}
	element_store(j->y->dtype, tensor_mut(j->y), row * j->out_width,
		      j->out_width, sum);
}

static void extrapolate_nearest(const struct resize_job *j, size_t row,
				bool inside)
{
	const bool *cols = j->table[j->x->shape.rank - 1].inside;

	if (j->y->dtype == DTYPE_STRING ||
	    dtype_info[j->y->dtype].class == CLASS_COMPLEX)
		return;
	for (size_t i = 0; i < j->out_width; i++)
		if (!inside || !cols[i])
			element_set_double(j->y->dtype, tensor_mut(j->y),
					   row * j->out_width + i,
					   j->extrapolation);
}

static void run_lanes(struct job *self, size_t begin, size_t end)
{
	const struct resize_job *j = (const struct resize_job *)self;
	size_t index[MAX_RANK], width = j->in_width + j->out_width;

	for (size_t lane = begin; lane < end; lane++) {
		double *in = j->buffer + lane * aligned(width * 8) / 8;
		double *sum = in + j->in_width;

		for (size_t row = lane; row < j->rows; row += LANES) {
			bool inside = split_row(j, row, index);

			if (j->mode == RESIZE_NEAREST) {
				nearest_row(j, row, index);
				extrapolate_nearest(j, row, inside);
				continue;
			}
			linear_row(j, index, in, sum);
			store_row(j, row, inside, sum);
		}
	}
}

bool resize_run(const struct call *c, struct err *e)
{
	struct resize_job j = {.job = {run_lanes}};
	struct resize_axis axis[MAX_RANK];
	char *at = c->scratch;
	struct resize r;

	j.x = call_in(c, 0);
	j.y = call_out(c, 0);
	if (!j.y || tensor_count(j.y) == 0)
		return true;
	if (j.x->shape.rank == 0)
		return call_copy(c, e);
	if (!axes_of(c, &r, axis, e))
		return false;
	j.mode = r.mode;
	j.extrapolation = r.extrapolation;
	j.in_width = (size_t)j.x->shape.dim[j.x->shape.rank - 1];
	j.out_width = (size_t)j.y->shape.dim[j.y->shape.rank - 1];
	j.rows = tensor_count(j.y) / j.out_width;
	j.buffer = (double *)(void *)at;
	at += LANES * row_bytes(&j.x->shape, &j.y->shape);
	for (int32_t i = 0; i < j.x->shape.rank; i++)
		at = fill_table(&j.table[i], &r, &axis[i], at);
	shape_strides(&j.x->shape, j.stride);
	parallel_for(&j.job, LANES, 1);
	return true;
}
