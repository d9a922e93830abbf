/* SPDX-License-Identifier: Apache-2.0 */
/* ops/lrn.c -- LRN and LpNormalization.
 *
 *     LRN   y[c] = x[c] / (bias + alpha / size * sum of x[k]^2)^beta
 *           k = c - floor((size - 1) / 2) ... c + ceil((size - 1) / 2)
 *     Lp    y = x / |x|_p along one axis; a zero line stays zero
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "ops/doubles.h"

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0));
}

static void put(struct tensor *y, size_t i, double x)
{
	element_set_double(y->dtype, tensor_mut(y), i, x);
}

/* Sum of squares of the neighbours of channel CHANNEL. */
static double energy(const double *x, size_t channels, size_t plane,
		     size_t channel, int64_t size)
{
	int64_t from = (int64_t)channel - (size - 1) / 2;
	int64_t to = (int64_t)channel + size / 2;
	double sum = 0, v;

	if (from < 0)
		from = 0;
	if (to > (int64_t)channels - 1)
		to = (int64_t)channels - 1;
	for (int64_t k = from; k <= to; k++) {
		v = x[(size_t)k * plane];
		sum += v * v;
	}
	return sum;
}

static bool run_lrn(const struct call *c, struct err *e)
{
	const struct shape *s = &call_in(c, 0)->shape;
	size_t n = tensor_count(call_in(c, 0)), plane = 1, channels, at;
	double alpha = attr_float(c->node, "alpha"), sum;
	double beta = attr_float(c->node, "beta");
	double bias = attr_float(c->node, "bias");
	int64_t size = attr_int(c->node, "size");
	struct doubles d = {0};
	double *x = doubles_load(&d, c, 0);

	(void)e;
	channels = (size_t)s->dim[1];
	for (int32_t i = 2; i < s->rank; i++)
		plane *= (size_t)s->dim[i];
	for (size_t i = 0; i < n; i++) {
		at = i / (channels * plane) * channels * plane + i % plane;
		sum = energy(x + at, channels, plane, i / plane % channels,
			     size);
		put(call_out(c, 0), i,
		    x[i] / pow(bias + alpha / (double)size * sum, beta));
	}
	return true;
}

static bool infer_lrn(struct infer *c, struct err *e)
{
	int32_t rank = infer_shape(c, 0)->rank;
	int64_t size = attr_int(c->node, "size");

	if (rank >= 0 && rank < 2)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 2 or more",
			       rank);
	if (size < 1 || size > INT32_MAX)
		return err_set(e, ERR_SHAPE,
			       "size is %" PRId64 ", want 1 or more", size);
	return infer_same_as_first(c, e);
}

static bool run_lp(const struct call *c, struct err *e)
{
	const struct shape *s = &call_in(c, 0)->shape;
	size_t n = tensor_count(call_in(c, 0)), inner = 1, extent, at;
	bool square = attr_int(c->node, "p") == 2;
	struct doubles d = {0};
	double *x = doubles_load(&d, c, 0), norm;
	int32_t axis;

	if (!infer_axis(attr_int(c->node, "axis"), s->rank, &axis, e))
		return false;
	extent = (size_t)s->dim[axis];
	for (int32_t i = axis + 1; i < s->rank; i++)
		inner *= (size_t)s->dim[i];
	for (size_t line = 0; n && line < n / extent; line++) {
		at = line / inner * extent * inner + line % inner;
		norm = 0;
		for (size_t i = 0; i < extent; i++) {
			double v = x[at + i * inner];

			norm += square ? v * v : fabs(v);
		}
		norm = square ? sqrt(norm) : norm;
		for (size_t i = 0; i < extent; i++)
			put(call_out(c, 0), at + i * inner,
			    norm != 0 ? x[at + i * inner] / norm : 0);
	}
	return true;
}

static bool infer_lp(struct infer *c, struct err *e)
{
	int32_t rank = infer_shape(c, 0)->rank, axis;
	int64_t p = attr_int(c->node, "p");

	if (p != 1 && p != 2)
		return err_set(e, ERR_FORMAT, "p is %" PRId64 ", want 1 or 2",
			       p);
	if (rank >= 0 && !infer_axis(attr_int(c->node, "axis"), rank, &axis, e))
		return false;
	return infer_same_as_first(c, e);
}

static const struct kernel lrn_kernels[] = {
	{"lrn-ref", "reference", .scratch = scratch, .run = run_lrn},
	{.name = NULL},
};

static const struct kernel lp_kernels[] = {
	{"lp-normalization-ref", "reference", .scratch = scratch,
	 .run = run_lp},
	{.name = NULL},
};

static const struct param lrn_1_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param lrn_1_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec lrn_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "0.0001"},
	{"beta", ATTR_FLOAT, false, "0.75"},
	{"bias", ATTR_FLOAT, false, "1"},
	{"size", ATTR_INT, true, NULL},
	{NULL},
};

static const struct param lp_normalization_1_in[] = {
	{"input", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param lp_normalization_1_out[] = {
	{"output", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec lp_normalization_1_attrs[] = {
	{"axis", ATTR_INT, false, "-1"},
	{"p", ATTR_INT, false, "2"},
	{NULL},
};

const struct op op_rows_lrn[] = {
	{"", "LRN", 1, 0, lrn_1_in, lrn_1_out, lrn_1_attrs, infer_lrn,
	 lrn_kernels},
	{"", "LpNormalization", 1, 0, lp_normalization_1_in,
	 lp_normalization_1_out, lp_normalization_1_attrs, infer_lp,
	 lp_kernels},
	{.type = NULL},
};
