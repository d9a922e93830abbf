/* SPDX-License-Identifier: Apache-2.0 */
/* ops/normalize.c -- InstanceNormalization, GroupNormalization,
 * MeanVarianceNormalization.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * scale + shift
 *
 * over each plane, each group of channels, or along "axes".  MeanVariance has
 * no scale and shift and divides by the deviation + 1e-9.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/normalize_f32.h"

/* X = [groups, extent]; a group has LINES channels. */
struct normalize {
	struct job job;
	const struct tensor *x, *scale, *shift;
	struct tensor *y;
	size_t extent, lines, channels;
	bool scale_per_group; /* GroupNormalization-18 */
	double epsilon;
};

static void moments(const struct tensor *x, size_t at, size_t n, double *mean,
		    double *var)
{
	double sum = 0, d;

	for (size_t i = 0; i < n; i++)
		sum += tensor_double(x, at + i);
	*mean = sum / (double)n;
	sum = 0;
	for (size_t i = 0; i < n; i++) {
		d = tensor_double(x, at + i) - *mean;
		sum += d * d;
	}
	*var = sum / (double)n;
}

static void compute(struct job *job, size_t begin, size_t end)
{
	const struct normalize *v = (const struct normalize *)job;
	size_t plane = v->extent / v->lines, at, channel;
	double mean, var, inverse, y;

	for (size_t g = begin; g < end; g++) {
		moments(v->x, g * v->extent, v->extent, &mean, &var);
		inverse = 1 / sqrt(var + v->epsilon);
		for (size_t i = 0; i < v->extent; i++) {
			at = g * v->extent + i;
			channel = at / plane % v->channels;
			if (v->scale_per_group)
				channel /= v->lines;
			y = (tensor_double(v->x, at) - mean) * inverse;
			y = y * tensor_double(v->scale, channel) +
			    tensor_double(v->shift, channel);
			element_set_double(v->y->dtype, tensor_mut(v->y), at,
					   y);
		}
	}
}

static bool run_groups(const struct call *c, int64_t groups)
{
	const struct shape *x = &call_in(c, 0)->shape;
	struct normalize v = {
		.job.run = compute,
		.x = call_in(c, 0),
		.scale = call_in(c, 1),
		.shift = call_in(c, 2),
		.y = call_out(c, 0),
		.channels = (size_t)x->dim[1],
		.epsilon = attr_float(c->node, "epsilon"),
	};
	size_t total = tensor_count(v.x);

	if (!total)
		return true;
	v.lines = v.channels / (size_t)groups;
	v.extent = total / ((size_t)x->dim[0] * (size_t)groups);
	v.scale_per_group = tensor_count(v.scale) != v.channels;
	parallel_for(&v.job, total / v.extent, 1);
	return true;
}

static bool run_instance(const struct call *c, struct err *e)
{
	(void)e;
	return run_groups(c, call_in(c, 0)->shape.dim[1]);
}

static bool run_group(const struct call *c, struct err *e)
{
	(void)e;
	return run_groups(c, attr_int(c->node, "num_groups"));
}

static bool check_channels(const struct infer *c, int64_t want, struct err *e)
{
	for (uint32_t i = 1; i < 3; i++) {
		const struct shape *s = infer_shape(c, i);

		if (s->rank < 0 || want < 0)
			continue;
		if (s->rank != 1 || (s->dim[0] >= 0 && s->dim[0] != want))
			return err_set(e, ERR_SHAPE,
				       "operand %u is not a list of %" PRId64
				       " numbers",
				       i, want);
	}
	return true;
}

static bool infer_instance(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);

	if (x->rank >= 0 && x->rank < 3)
		return err_set(e, ERR_SHAPE,
			       "input has rank %d, want 3 or more", x->rank);
	return (x->rank < 0 || check_channels(c, x->dim[1], e)) &&
	       infer_same_as_first(c, e);
}

static bool infer_group(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	int64_t groups = attr_int(c->node, "num_groups");

	if (x->rank >= 0 && x->rank < 2)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 2 or more",
			       x->rank);
	if (groups < 1 ||
	    (x->rank >= 0 && x->dim[1] >= 0 && x->dim[1] % groups))
		return err_set(e, ERR_SHAPE,
			       "num_groups is %" PRId64 ", want a divisor of "
			       "the number of channels",
			       groups);
	if (x->rank >= 0 &&
	    !check_channels(c, c->node->op->since < 21 ? groups : x->dim[1], e))
		return false;
	return infer_same_as_first(c, e);
}

/* ---- MeanVarianceNormalization ------------------------------------------ */

static bool mark_axes(const struct node *n, int32_t rank, bool *along,
		      struct err *e)
{
	static const int64_t usual[] = {0, 2, 3};
	const int64_t *axes;
	uint32_t count = attr_ints(n, "axes", &axes);
	int32_t axis;

	for (int32_t i = 0; i < rank; i++)
		along[i] = false;
	if (!axes) {
		axes = usual;
		count = COUNT_OF(usual);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!infer_axis(axes[i], rank, &axis, e))
			return false;
		along[axis] = true;
	}
	return true;
}

/* Which mean element I contributes to. */
static size_t mean_of(const struct shape *x, const bool *along, size_t i)
{
	size_t at = 0, stride = 1;

	for (int32_t d = x->rank - 1; d >= 0; d--) {
		size_t size = (size_t)x->dim[d];

		if (!along[d]) {
			at += i % size * stride;
			stride *= size;
		}
		i /= size;
	}
	return at;
}

static size_t scratch_mean_variance(const struct call *c)
{
	return 2 * doubles_of(count_in(c, 0)); /* no axes: all are means */
}

static bool run_mean_variance(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	size_t n = tensor_count(x), share = 1;
	struct doubles d = {0};
	double *mean = doubles_take(&d, c, n), *var = doubles_take(&d, c, n);
	bool along[MAX_RANK];

	if (!mark_axes(c->node, x->shape.rank, along, e))
		return false;
	for (int32_t i = 0; i < x->shape.rank; i++)
		share *= along[i] ? (size_t)x->shape.dim[i] : 1;
	for (size_t i = 0; i < n; i++)
		mean[i] = var[i] = 0;
	for (size_t i = 0; i < n; i++)
		mean[mean_of(&x->shape, along, i)] += tensor_double(x, i) /
						      (double)share;
	for (size_t i = 0; i < n; i++) {
		size_t k = mean_of(&x->shape, along, i);
		double z = tensor_double(x, i) - mean[k];

		var[k] += z * z / (double)share;
	}
	for (size_t i = 0; i < n; i++) {
		size_t k = mean_of(&x->shape, along, i);

		element_set_double(y->dtype, tensor_mut(y), i,
				   (tensor_double(x, i) - mean[k]) /
					   (sqrt(var[k]) + 1e-9));
	}
	return true;
}

static bool infer_mean_variance(struct infer *c, struct err *e)
{
	int32_t rank = infer_shape(c, 0)->rank;
	bool along[MAX_RANK];

	return (rank < 0 || mark_axes(c->node, rank, along, e)) &&
	       infer_same_as_first(c, e);
}

static const struct kernel instance_kernels[] = {
	{"instance-norm-ref", "reference", .run = run_instance},
	PLANE_NORM_F32_KERNEL,
	{.name = NULL},
};

static const struct kernel group_kernels[] = {
	{"group-norm-ref", "reference", .run = run_group},
	PLANE_NORM_F32_KERNEL,
	{.name = NULL},
};

static const struct kernel mean_variance_kernels[] = {
	{"mean-variance-ref", "reference", .scratch = scratch_mean_variance,
	 .run = run_mean_variance},
	{.name = NULL},
};

static const struct param group_normalization_18_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{"scale", "T", TYPES_FLOAT, 0},
	{"bias", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param group_normalization_18_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec group_normalization_18_attrs[] = {
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{"num_groups", ATTR_INT, true, NULL},
	{NULL},
};

static const struct attr_spec group_normalization_21_attrs[] = {
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{"num_groups", ATTR_INT, true, NULL},
	{"stash_type", ATTR_INT, false, "1"},
	{NULL},
};

static const struct param instance_normalization_1_in[] = {
	{"input", "T", TYPES_IEEE, 0},
	{"scale", "T", TYPES_IEEE, 0},
	{"B", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param instance_normalization_1_out[] = {
	{"output", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec instance_normalization_1_attrs[] = {
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{NULL},
};

static const struct param instance_normalization_6_in[] = {
	{"input", "T", TYPES_FLOAT, 0},
	{"scale", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param instance_normalization_6_out[] = {
	{"output", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec instance_normalization_6_attrs[] = {
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{NULL},
};

static const struct param mean_variance_normalization_9_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec mean_variance_normalization_9_attrs[] = {
	{"axes", ATTR_INTS, false, NULL},
	{NULL},
};

const struct op op_rows_normalize[] = {
	{"", "GroupNormalization", 18, 0, group_normalization_18_in,
	 group_normalization_18_out, group_normalization_18_attrs, infer_group,
	 group_kernels},
	{"", "GroupNormalization", 21, 0, group_normalization_18_in,
	 group_normalization_18_out, group_normalization_21_attrs, infer_group,
	 group_kernels},
	{"", "InstanceNormalization", 1, 0, instance_normalization_1_in,
	 instance_normalization_1_out, instance_normalization_1_attrs,
	 infer_instance, instance_kernels},
	{"", "InstanceNormalization", 6, 0, instance_normalization_6_in,
	 instance_normalization_6_out, instance_normalization_6_attrs,
	 infer_instance, instance_kernels},
	{"", "MeanVarianceNormalization", 9, 0,
	 mean_variance_normalization_9_in, group_normalization_18_out,
	 mean_variance_normalization_9_attrs, infer_mean_variance,
	 mean_variance_kernels},
	{.type = NULL},
};
