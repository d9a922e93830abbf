/* SPDX-License-Identifier: Apache-2.0 */
/* ops/normalize_f32.c -- fast kernels for normalization by planes.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * scale + shift
 *
 * A plane is one channel of one image; mean and variance are its own, those of
 * its group of channels, or given.
 */
#include "ops/normalize_f32.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "kern/norm.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/op.h"

enum { GRAIN = 16384 }; /* elements worth a thread */

static bool all_f32(const struct call *c)
{
	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] && c->in[i]->type.dtype != DTYPE_F32)
			return false;
	return true;
}

/* ---- moments of the data ------------------------------------------------- */

struct groups {
	struct job job;
	const float *x, *scale, *shift;
	float *y;
	size_t plane, lines; /* elements; channels of a group */
	size_t groups;	     /* of an image */
	bool scale_per_group;
	double epsilon;
};

bool plane_norm_f32_accepts(const struct call *c)
{
	return all_f32(c);
}

static void run_groups(struct job *self, size_t begin, size_t end)
{
	const struct groups *s = (const struct groups *)self;
	size_t extent = s->lines * s->plane;

	for (size_t g = begin; g < end; g++) {
		const float *x = s->x + g * extent;
		float *y = s->y + g * extent;
		double mean, variance, inverse;

		kern_moments_f32(x, extent, &mean, &variance);
		inverse = 1 / sqrt(variance + s->epsilon);
		for (size_t k = 0; k < s->lines; k++) {
			size_t group = g % s->groups;
			size_t at = s->scale_per_group ? group
						       : group * s->lines + k;

			kern_plane_affine_f32(x + k * s->plane, mean,
					      (float)(inverse * s->scale[at]),
					      s->shift[at], y + k * s->plane,
					      s->plane);
		}
	}
}

bool plane_norm_f32_run(const struct call *c, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	bool instance = !strcmp(c->node->type, "InstanceNormalization");
	size_t count = tensor_count(call_in(c, 0)), channels, extent;
	struct groups s = {
		.job.run = run_groups,
		.x = call_f32(c, 0),
		.scale = call_f32(c, 1),
		.shift = call_f32(c, 2),
		.y = tensor_f32_mut(call_out(c, 0)),
		.epsilon = attr_float(c->node, "epsilon"),
	};

	(void)e;
	if (!count)
		return true;
	channels = (size_t)x->dim[1];
	s.groups = instance ? channels
			    : (size_t)attr_int(c->node, "num_groups");
	s.lines = channels / s.groups;
	s.plane = shape_span(x, 2, x->rank);
	s.scale_per_group = tensor_count(call_in(c, 1)) != channels;
	extent = s.lines * s.plane;
	parallel_for(&s.job, count / extent, 1 + GRAIN / extent);
	return true;
}

/* ---- moments that are given ---------------------------------------------- */

struct batch {
	struct job job;
	const float *x, *mean, *factor, *shift;
	float *y;
	size_t channels, plane;
};

bool batch_norm_f32_accepts(const struct call *c)
{
	const struct shape *x = &call_in(c, 0)->shape;
	const struct node *n = c->node;
	size_t channels;

	if (!all_f32(c) || x->rank < 1 || !node_int(n, "spatial", 1))
		return false;
	if (n->op->since >= 14 ? attr_int(n, "training_mode") != 0
			       : n->nout > 1)
		return false;
	channels = x->rank > 1 ? (size_t)x->dim[1] : 1;
	for (uint32_t i = 1; i < 5; i++)
		if (tensor_count(call_in(c, i)) != channels)
			return false;
	return true;
}

size_t batch_norm_f32_scratch(const struct call *c)
{
	return count_in(c, 1) * sizeof(float);
}

static void run_planes(struct job *self, size_t begin, size_t end)
{
	const struct batch *s = (const struct batch *)self;

	for (size_t i = begin; i < end; i++) {
		size_t k = i % s->channels;

		kern_plane_affine_f32(s->x + i * s->plane, s->mean[k],
				      s->factor[k], s->shift[k],
				      s->y + i * s->plane, s->plane);
	}
}

static void run_images(struct job *self, size_t begin, size_t end)
{
	const struct batch *s = (const struct batch *)self;

	for (size_t i = begin; i < end; i++)
		kern_row_affine_f32(s->x + i * s->channels, s->mean, s->factor,
				    s->shift, s->y + i * s->channels,
				    s->channels);
}

bool batch_norm_f32_run(const struct call *c, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	size_t count = tensor_count(call_in(c, 0));
	double epsilon = attr_float(c->node, "epsilon");
	float *factor = c->scratch;
	struct batch s = {
		.x = call_f32(c, 0),
		.mean = call_f32(c, 3),
		.factor = factor,
		.shift = call_f32(c, 2),
		.y = tensor_f32_mut(call_out(c, 0)),
		.channels = x->rank > 1 ? (size_t)x->dim[1] : 1,
		.plane = shape_span(x, 2, x->rank),
	};
	bool rows = s.plane == 1;

	(void)e;
	if (!count)
		return true;
	for (size_t k = 0; k < s.channels; k++)
		factor[k] = (float)(call_f32(c, 1)[k] /
				    sqrt(call_f32(c, 4)[k] + epsilon));
	s.job.run = rows ? run_images : run_planes;
	parallel_for(&s.job, count / (rows ? s.channels : s.plane),
		     1 + GRAIN / (rows ? s.channels : s.plane));
	return true;
}
