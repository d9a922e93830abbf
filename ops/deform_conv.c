/* SPDX-License-Identifier: Apache-2.0 */
/* ops/deform_conv.c -- DeformConv: a convolution whose taps are moved by
 * offsets, and read between the points of its operand.
 *
 *     X       [N, C, d1 ... dr]
 *     W       [oC, C / group, k1 ... kr]     K taps
 *     offset  [N, offset_group * K * r, o1 ... or]
 *     mask    [N, offset_group * K, o1 ... or]     a factor for each tap
 *     Y       [N, oC, o1 ... or]
 *
 * Outside of X is 0.
 */
#include <inttypes.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/op.h"
#include "ops/sampler.h"
#include "ops/window.h"

/* ---- shapes ------------------------------------------------------------- */

static bool want_dim(const char *what, int64_t found, int64_t want,
		     struct err *e)
{
	if (found < 0 || want < 0 || found == want)
		return true;
	return err_set(e, ERR_SHAPE, "%s is %" PRId64 ", want %" PRId64, what,
		       found, want);
}

static bool check_groups(const struct node *n, const struct shape *x,
			 const struct shape *w, struct err *e)
{
	int64_t group = attr_int(n, "group"),
		shifts = attr_int(n, "offset_group");
	int64_t all;

	if (group < 1 || shifts < 1)
		return err_set(e, ERR_FORMAT,
			       "group is %" PRId64 ", offset_group %" PRId64
			       ", want 1 or more",
			       group, shifts);
	if (w->dim[0] >= 0 && w->dim[0] % group)
		return err_set(e, ERR_SHAPE,
			       "W has %" PRId64
			       " outputs, want a multiple of %" PRId64,
			       w->dim[0], group);
	if (x->dim[1] < 0)
		return true;
	if (x->dim[1] % shifts || x->dim[1] % group)
		return err_set(e, ERR_SHAPE,
			       "X has %" PRId64
			       " channels, want a multiple of group %" PRId64
			       " and offset_group %" PRId64,
			       x->dim[1], group, shifts);
	if (w->dim[1] >= 0 &&
	    (MUL_OVERFLOWS(w->dim[1], group, &all) || all != x->dim[1]))
		return err_set(e, ERR_SHAPE,
			       "X has %" PRId64 " channels, W takes %" PRId64
			       " in each of %" PRId64 " groups",
			       x->dim[1], w->dim[1], group);
	return true;
}

/* Offsets or masks: FACTOR numbers for each tap. */
static bool check_taps(const struct window *w, const struct node *n,
		       const struct shape *s, int64_t batch, int64_t factor,
		       const char *what, struct err *e)
{
	int64_t count = attr_int(n, "offset_group");

	if (s->rank < 0)
		return true;
	if (s->rank != w->rank + 2)
		return err_set(e, ERR_SHAPE, "%s has rank %d, want %d", what,
			       s->rank, w->rank + 2);
	for (int32_t i = 0; i < w->rank; i++)
		if (!want_dim(what, s->dim[i + 2], w->out[i], e))
			return err_context(e, "spatial axis %d", i);
	if (!want_dim(what, s->dim[0], batch, e))
		return err_context(e, "the batch");
	for (int32_t i = 0; i < w->rank; i++) {
		if (w->kernel[i] < 0)
			return true;
		if (MUL_OVERFLOWS(count, w->kernel[i], &count))
			return err_set(e, ERR_LIMIT, "too many taps");
	}
	if (MUL_OVERFLOWS(count, factor, &count))
		return err_set(e, ERR_LIMIT, "too many taps");
	if (!want_dim(what, s->dim[1], count, e))
		return err_context(e, "the channels");
	return true;
}

static bool check_call(const struct infer *c, struct window *w, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *k = infer_shape(c, 1);
	const struct shape *b = infer_shape(c, 3);

	if (k->rank != x->rank)
		return err_set(e, ERR_SHAPE, "W has rank %d, X %d", k->rank,
			       x->rank);
	if (!check_groups(c->node, x, k, e) ||
	    !window_make(w, c->node, x, k->dim + 2, &c->model->symbols, e) ||
	    !check_taps(w, c->node, infer_shape(c, 2), x->dim[0], w->rank,
			"offset", e))
		return false;
	if (infer_has(c, 3) && b->rank >= 0) {
		if (b->rank != 1)
			return err_set(e, ERR_SHAPE, "B has rank %d, want 1",
				       b->rank);
		if (!want_dim("B", b->dim[0], k->dim[0], e))
			return false;
	}
	return !infer_has(c, 4) || check_taps(w, c->node, infer_shape(c, 4),
					      x->dim[0], 1, "mask", e);
}

static bool infer_deform(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *k = infer_shape(c, 1);
	struct shape y = {.rank = RANK_UNKNOWN};
	struct window w;

	if (x->rank >= 0 && x->rank < 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3 or more",
			       x->rank);
	if (x->rank >= 0 && k->rank >= 0) {
		if (!check_call(c, &w, e))
			return false;
		y.rank = x->rank;
		y.dim[0] = x->dim[0];
		y.dim[1] = k->dim[0];
		for (int32_t i = 0; i < w.rank; i++)
			y.dim[i + 2] = w.out[i];
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* ---- execution ---------------------------------------------------------- */

/* One item is one position of the result in one batch: what all its taps
 * read is the column that every output's weights meet. */
struct deform {
	struct job job;
	struct window w;
	struct sampler s;
	const double *x, *k, *offset, *bias, *mask;
	double *columns; /* one for each thread */
	struct tensor *y;
	size_t channels, outputs, group, shifts;
	size_t taps, points, positions;
};

/* The point that tap T of the window at POSITION would read unmoved. */
static void tap_place(const struct window *w, size_t t, size_t position,
		      double *x)
{
	for (int32_t i = w->rank - 1; i >= 0; i--) {
		size_t k = t % (size_t)w->kernel[i];
		size_t p = position % (size_t)w->out[i];

		x[i] = (double)((int64_t)p * w->stride[i] - w->before[i] +
				(int64_t)k * w->dilation[i]);
		t /= (size_t)w->kernel[i];
		position /= (size_t)w->out[i];
	}
}

/* What tap T reads in every channel of offset group SHIFT. */
static void read_tap(const struct deform *j, size_t batch, size_t position,
		     size_t shift, size_t t, double *column)
{
	size_t r = (size_t)j->s.rank, each = j->channels / j->shifts;
	size_t which = (batch * j->shifts + shift) * j->taps + t;
	double factor = 1, x[MAX_RANK];
	struct sample_taps tap[MAX_RANK];

	tap_place(&j->w, t, position, x);
	for (size_t i = 0; i < r; i++)
		x[i] += j->offset[(which * r + i) * j->positions + position];
	if (j->mask)
		factor = j->mask[which * j->positions + position];
	sampler_find(&j->s, x, tap);
	for (size_t c = shift * each; c < (shift + 1) * each; c++)
		column[c * j->taps + t] =
			factor * sampler_sum(&j->s, tap,
					     j->x + (batch * j->channels + c) *
							     j->points);
}

static void compute(const struct deform *j, size_t batch, size_t position,
		    double *column)
{
	size_t each = j->channels / j->group * j->taps;

	for (size_t g = 0; g < j->shifts; g++)
		for (size_t t = 0; t < j->taps; t++)
			read_tap(j, batch, position, g, t, column);
	for (size_t o = 0; o < j->outputs; o++) {
		size_t g = o / (j->outputs / j->group);
		double sum = 0;

		for (size_t i = 0; i < each; i++)
			sum += j->k[o * each + i] * column[g * each + i];
		element_set_double(j->y->dtype, tensor_mut(j->y),
				   (batch * j->outputs + o) * j->positions +
					   position,
				   sum + (j->bias ? j->bias[o] : 0));
	}
}

static void deform_run(struct job *self, size_t begin, size_t end)
{
	const struct deform *j = (const struct deform *)self;
	double *column = j->columns +
			 (size_t)parallel_index() * j->channels * j->taps;

	for (size_t i = begin; i < end; i++)
		compute(j, i / j->positions, i % j->positions, column);
}

/* Elements of the columns of all threads: channels times taps each.  The
 * channels are no more than W has elements. */
static size_t column_elements(const struct call *c)
{
	const struct shape *x = &c->in[0]->type.shape;
	const struct shape *k = &c->in[1]->type.shape;

	if (!count_in(c, 1) || x->rank < 3 || x->dim[1] < 0)
		return 0;
	return (size_t)parallel_threads() * (size_t)x->dim[1] *
	       shape_span(k, 2, k->rank);
}

static size_t scratch(const struct call *c)
{
	size_t bytes = doubles_of(column_elements(c));

	for (uint32_t i = 0; i < c->nin; i++)
		bytes += doubles_of(count_in(c, i));
	return bytes;
}

static bool run_deform(const struct call *c, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	const struct shape *k = &call_in(c, 1)->shape;
	struct deform j = {.job = {deform_run}, .y = call_out(c, 0)};
	struct doubles d = {0};

	if (!window_make(&j.w, c->node, x, k->dim + 2, NULL, e))
		return false;
	if (!j.y || tensor_count(j.y) == 0)
		return true;
	j.s = (struct sampler){.mode = SAMPLE_LINEAR, .rank = x->rank - 2};
	for (int32_t i = 0; i < j.s.rank; i++)
		j.s.dim[i] = x->dim[i + 2];
	j.columns = doubles_take(&d, c, column_elements(c));
	j.x = doubles_load(&d, c, 0);
	j.k = doubles_load(&d, c, 1);
	j.offset = doubles_load(&d, c, 2);
	j.bias = doubles_load(&d, c, 3);
	j.mask = doubles_load(&d, c, 4);
	j.channels = (size_t)x->dim[1];
	j.outputs = (size_t)k->dim[0];
	j.group = (size_t)attr_int(c->node, "group");
	j.shifts = (size_t)attr_int(c->node, "offset_group");
	j.taps = shape_span(k, 2, k->rank);
	j.points = window_inputs(&j.w);
	j.positions = window_outputs(&j.w);
	parallel_for(&j.job, (size_t)x->dim[0] * j.positions, 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "deform-conv",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_deform},
					{0}};

#define DEFORM_CONV(opset, set)                                               \
	{                                                                     \
		.domain = "", .type = "DeformConv", .since = opset,           \
		.in = PARAMS(IN("X", "T", set), IN("W", "T", set),            \
			     IN("offset", "T", set), OPTIONAL("B", "T", set), \
			     OPTIONAL("mask", "T", set)),                     \
		.out = PARAMS(IN("Y", "T", set)),                             \
		.attrs = ATTRS(ATTR("dilations", INTS, NULL),                 \
			       ATTR("group", INT, "1"),                       \
			       ATTR("kernel_shape", INTS, NULL),              \
			       ATTR("offset_group", INT, "1"),                \
			       ATTR("pads", INTS, NULL),                      \
			       ATTR("strides", INTS, NULL)),                  \
		.infer = infer_deform, .kernels = kernels,                    \
	}

const struct op op_rows_deform_conv[] = {
	DEFORM_CONV(19, TYPES_IEEE), DEFORM_CONV(22, TYPES_FLOAT), {0}};
