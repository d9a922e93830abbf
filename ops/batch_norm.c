/* SPDX-License-Identifier: Apache-2.0 */
/* ops/batch_norm.c -- BatchNormalization.
 *
 *     Y = scale * (X - mean) / sqrt(var + epsilon) + B
 *
 * for each channel (axis 1), or with spatial = 0, for each position of one
 * sample.  Mean and variance are operands, or in training those of the batch
 * (variance divided by the count); then running = momentum * operand +
 * (1 - momentum) * batch.  Training is asked for by training_mode since opset
 * 14; before, by results beyond the first (until 6 unless is_test is set).
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/normalize_f32.h"

enum { ROW = 256 };

static bool is_training(const struct node *n)
{
	if (n->op->since >= 14)
		return attr_int(n, "training_mode") != 0;
	return n->nout > 1 && !node_int(n, "is_test", 0);
}

/* X as [images, channels, inner], one set of parameters per channel. */
struct layout {
	size_t images, channels, inner;
};

static struct layout layout_of(const struct node *n, const struct shape *x)
{
	struct layout v = {1, 1, 1};
	bool spatial = node_int(n, "spatial", 1) != 0;

	if (x->rank > 0)
		v.images = (size_t)x->dim[0];
	for (int32_t i = 1; i < x->rank; i++)
		if (i == 1 || !spatial)
			v.channels *= (size_t)x->dim[i];
		else
			v.inner *= (size_t)x->dim[i];
	return v;
}

static bool infer_batch_norm(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *s;
	bool training = is_training(c->node);
	bool spatial = node_int(c->node, "spatial", 1) != 0;
	int64_t channels = x->rank > 1 ? x->dim[1] : x->rank == 1 ? 1 : -1;

	if (x->rank == 0)
		return err_set(e, ERR_SHAPE, "X is a scalar");
	for (uint32_t i = 1; i < 5 && spatial; i++) {
		s = infer_shape(c, i);
		if (s->rank >= 0 && s->rank != 1)
			return err_set(e, ERR_SHAPE,
				       "operand %u has rank %d, want 1", i,
				       s->rank);
		if (s->rank == 1 && s->dim[0] >= 0 && channels >= 0 &&
		    s->dim[0] != channels)
			return err_set(e, ERR_SHAPE,
				       "operand %u has %" PRId64
				       " elements, want %" PRId64,
				       i, s->dim[0], channels);
	}
	infer_set(c, 0, infer_dtype(c, 0), x);
	if (c->node->op->since >= 14 && !training && c->node->nout > 1)
		return err_set(e, ERR_FORMAT,
			       "has %u results, want 1 outside training",
			       c->node->nout);
	for (uint32_t i = 1; i < c->node->nout; i++)
		infer_set(c, i, infer_dtype(c, i % 2 ? 3 : 4),
			  infer_shape(c, i % 2 ? 3 : 4));
	return true;
}

static bool check_counts(const struct call *c, size_t channels, struct err *e)
{
	for (uint32_t i = 1; i < 5; i++)
		if (count_in(c, i) != channels)
			return err_set(e, ERR_SHAPE,
				       "operand %u has %zu elements, want %zu",
				       i, count_in(c, i), channels);
	return true;
}

/* Mean and variance of one channel of the batch. */
static void moments(const struct tensor *x, const struct layout *v,
		    size_t channel, double *mean, double *var)
{
	size_t n = v->images * v->inner, at;
	double sum = 0, square = 0, d;

	for (size_t i = 0; i < n; i++) {
		at = (i / v->inner * v->channels + channel) * v->inner;
		sum += tensor_double(x, at + i % v->inner);
	}
	*mean = sum / (double)n;
	for (size_t i = 0; i < n; i++) {
		at = (i / v->inner * v->channels + channel) * v->inner;
		d = tensor_double(x, at + i % v->inner) - *mean;
		square += d * d;
	}
	*var = square / (double)n;
}

static void scale_channel(const struct call *c, const struct layout *v,
			  size_t channel, double mean, double var)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	double scale = tensor_double(call_in(c, 1), channel);
	double shift = tensor_double(call_in(c, 2), channel);
	double row[ROW];
	size_t n, at;

	scale /= sqrt(var + attr_float(c->node, "epsilon"));
	for (size_t image = 0; image < v->images; image++) {
		at = (image * v->channels + channel) * v->inner;
		for (size_t i = 0; i < v->inner; i += n) {
			n = v->inner - i < ROW ? v->inner - i : ROW;
			element_load(x->dtype, x->data, at + i, n, row);
			for (size_t k = 0; k < n; k++)
				row[k] = (row[k] - mean) * scale + shift;
			element_store(y->dtype, tensor_mut(y), at + i, n, row);
		}
	}
}

static void put(const struct call *c, uint32_t i, size_t channel, double x)
{
	struct tensor *t = call_out(c, i);

	if (t)
		element_set_double(t->dtype, tensor_mut(t), channel, x);
}

static bool run_batch_norm(const struct call *c, struct err *e)
{
	struct layout v = layout_of(c->node, &call_in(c, 0)->shape);
	bool training = is_training(c->node);
	double keep = node_float(c->node, "momentum", 0.9F);
	double mean, var, batch_mean, batch_var;

	if (!check_counts(c, v.channels, e))
		return false;
	for (size_t i = 0; i < v.channels; i++) {
		mean = tensor_double(call_in(c, 3), i);
		var = tensor_double(call_in(c, 4), i);
		if (training) {
			moments(call_in(c, 0), &v, i, &batch_mean, &batch_var);
			put(c, 1, i, keep * mean + (1 - keep) * batch_mean);
			put(c, 2, i, keep * var + (1 - keep) * batch_var);
			put(c, 3, i, batch_mean);
			put(c, 4, i, batch_var);
			mean = batch_mean;
			var = batch_var;
		}
		scale_channel(c, &v, i, mean, var);
	}
	return true;
}

static const struct kernel batch_norm_kernels[] = {
	{"batch-norm-ref", "reference", .run = run_batch_norm},
	BATCH_NORM_F32_KERNEL,
	{.name = NULL},
};

static const struct param batch_normalization_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},   {"scale", "T", TYPES_IEEE, 0},
	{"B", "T", TYPES_IEEE, 0},   {"mean", "T", TYPES_IEEE, 0},
	{"var", "T", TYPES_IEEE, 0}, {NULL},
};

static const struct param batch_normalization_1_out[] = {
	{"Y", "T", TYPES_IEEE, 0},
	{"mean", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"var", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"saved_mean", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"saved_var", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec batch_normalization_1_attrs[] = {
	{"consumed_inputs", ATTR_INTS, true, NULL},
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{"is_test", ATTR_INT, false, "0"},
	{"momentum", ATTR_FLOAT, false, "0.9"},
	{"spatial", ATTR_INT, false, "1"},
	{NULL},
};

static const struct attr_spec batch_normalization_6_attrs[] = {
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{"is_test", ATTR_INT, false, "0"},
	{"momentum", ATTR_FLOAT, false, "0.9"},
	{"spatial", ATTR_INT, false, "1"},
	{NULL},
};

static const struct attr_spec batch_normalization_7_attrs[] = {
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{"momentum", ATTR_FLOAT, false, "0.9"},
	{"spatial", ATTR_INT, false, "1"},
	{NULL},
};

static const struct attr_spec batch_normalization_9_attrs[] = {
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{"momentum", ATTR_FLOAT, false, "0.9"},
	{NULL},
};

static const struct param batch_normalization_14_in[] = {
	{"X", "T", TYPES_FLOAT, 0},	    {"scale", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, 0},	    {"input_mean", "U", TYPES_FLOAT, 0},
	{"input_var", "U", TYPES_FLOAT, 0}, {NULL},
};

static const struct param batch_normalization_14_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{"running_mean", "U", TYPES_FLOAT, PARAM_OPTIONAL},
	{"running_var", "U", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec batch_normalization_14_attrs[] = {
	{"epsilon", ATTR_FLOAT, false, "1e-05"},
	{"momentum", ATTR_FLOAT, false, "0.9"},
	{"training_mode", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param batch_normalization_15_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{"scale", "T1", TYPES_FLOAT, 0},
	{"B", "T1", TYPES_FLOAT, 0},
	{"input_mean", "T2", TYPES_FLOAT, 0},
	{"input_var", "T2", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param batch_normalization_15_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{"running_mean", "T2", TYPES_FLOAT, PARAM_OPTIONAL},
	{"running_var", "T2", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

const struct op op_rows_batch_norm[] = {
	{"", "BatchNormalization", 1, 0, batch_normalization_1_in,
	 batch_normalization_1_out, batch_normalization_1_attrs,
	 infer_batch_norm, batch_norm_kernels},
	{"", "BatchNormalization", 6, 0, batch_normalization_1_in,
	 batch_normalization_1_out, batch_normalization_6_attrs,
	 infer_batch_norm, batch_norm_kernels},
	{"", "BatchNormalization", 7, 0, batch_normalization_1_in,
	 batch_normalization_1_out, batch_normalization_7_attrs,
	 infer_batch_norm, batch_norm_kernels},
	{"", "BatchNormalization", 9, 0, batch_normalization_1_in,
	 batch_normalization_1_out, batch_normalization_9_attrs,
	 infer_batch_norm, batch_norm_kernels},
	{"", "BatchNormalization", 14, 0, batch_normalization_14_in,
	 batch_normalization_14_out, batch_normalization_14_attrs,
	 infer_batch_norm, batch_norm_kernels},
	{"", "BatchNormalization", 15, 0, batch_normalization_15_in,
	 batch_normalization_15_out, batch_normalization_14_attrs,
	 infer_batch_norm, batch_norm_kernels},
	{.type = NULL},
};
