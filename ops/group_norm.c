/* SPDX-License-Identifier: Apache-2.0 */
/* ops/group_norm.c -- com.microsoft's GroupNorm and SkipGroupNorm.
 *
 *     s = x + skip + bias
 *     y = gamma * (s - mean) / sqrt(variance + epsilon) + beta
 *
 * over the channels of each of "groups" groups of each image; channels are the
 * last axis, or the second if channels_last is 0.  Activation 1 is SiLU.  Skip
 * may stand for all points of an image: [N, 1, 1, C] or [N, C].
 */
#include "ops/op.h"

#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/curve.h"
#include "ops/doubles.h"
#include "ops/moments.h"

struct group_norm {
	struct job job;
	size_t channels, points, groups;
	bool last;
	double epsilon;
	struct curve curve;
	const double *sum; /* as X lies */
	double *group;	   /* [threads, channels / groups * points] */
	const struct tensor *gamma, *beta;
	struct tensor *y;
};

static int64_t channels_of(const struct infer *c)
{
	const struct shape *x = infer_shape(c, 0);

	return x->rank < 2
		       ? DIM_UNKNOWN
		       : x->dim[attr_int(c->node, "channels_last") ? x->rank - 1
								   : 1];
}

static bool check_list(const struct infer *c, uint32_t i, int64_t want,
		       struct err *e)
{
	const struct shape *s = infer_shape(c, i);

	if (!infer_has(c, i) || s->rank < 0)
		return true;
	if (s->rank == 1 && (s->dim[0] < 0 || want < 0 || s->dim[0] == want))
		return true;
	return err_set(e, ERR_SHAPE,
		       "'%s' is not a list of %" PRId64 " numbers",
		       c->node->op->in[i].name, want);
}

/* Skip is like X, or one point of it. */
static bool check_skip(const struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *s = infer_shape(c, 3);
	bool point;

	if (!shape_is_known(x) || !shape_is_known(s) || shape_equal(x, s))
		return true;
	point = (s->rank == 2 || s->rank == x->rank) &&
		s->dim[0] == x->dim[0] && s->dim[s->rank - 1] == channels_of(c);
	for (int32_t i = 1; i < s->rank - 1; i++)
		point = point && s->dim[i] == 1;
	if (point && attr_int(c->node, "channels_last"))
		return true;
	return err_set(e, ERR_SHAPE, "'skip' does not fit X");
}

static bool infer_group_norm(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	int64_t groups = attr_int(c->node, "groups"), n = channels_of(c);
	int64_t activation = attr_int(c->node, "activation");
	bool skip = c->node->op->in[3].name != NULL;

	if (x->rank >= 0 && x->rank < 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3 or more",
			       x->rank);
	if (groups < 1 || (n >= 0 && n % groups))
		return err_set(e, ERR_SHAPE,
			       "%" PRId64 " channels make no %" PRId64
			       " groups",
			       n, groups);
	if (activation != 0 && activation != 1)
		return err_set(e, ERR_UNSUPPORTED,
			       "activation is %" PRId64
			       ", want 0 (none) or 1 (SiLU)",
			       activation);
	if (!check_list(c, 1, n, e) || !check_list(c, 2, n, e) ||
	    (skip && (!check_list(c, 4, n, e) || !check_skip(c, e))))
		return false;
	for (uint32_t i = 0; i < c->node->nout; i++)
		infer_set(c, i, infer_dtype(c, 0), x);
	return true;
}

/* Where point P of channel K of image N lies. */
static size_t at(const struct group_norm *g, size_t n, size_t k, size_t p)
{
	return g->last ? (n * g->points + p) * g->channels + k
		       : (n * g->channels + k) * g->points + p;
}

/* Items are groups of images. */
static void groups(struct job *job, size_t begin, size_t end)
{
	const struct group_norm *g = (const struct group_norm *)job;
	size_t lines = g->channels / g->groups, extent = lines * g->points;
	double *x = g->group + (size_t)parallel_index() * extent, mean, inv;

	for (size_t i = begin; i < end; i++) {
		size_t n = i / g->groups, first = i % g->groups * lines;

		for (size_t k = 0; k < extent; k++)
			x[k] = g->sum[at(g, n, first + k / g->points,
					 k % g->points)];
		moments_of(x, extent, g->epsilon, true, &mean, &inv);
		for (size_t k = 0; k < extent; k++) {
			size_t channel = first + k / g->points;
			double y = (x[k] - mean) * inv *
					   tensor_double(g->gamma, channel) +
				   tensor_double(g->beta, channel);

			element_set_double(g->y->dtype, tensor_mut(g->y),
					   at(g, n, channel, k % g->points),
					   curve_at(&g->curve, y));
		}
	}
}

/* X plus skip plus bias, and the second result. */
static void add_skip(const struct group_norm *g, const struct call *c,
		     double *sum)
{
	const struct tensor *skip = call_in(c, 3), *bias = call_in(c, 4);
	struct tensor *s = call_out(c, 1);
	size_t n = tensor_count(call_in(c, 0)), image = g->channels * g->points;
	bool point = tensor_count(skip) != n;

	for (size_t i = 0; i < n; i++) {
		size_t k = g->last ? i % g->channels
				   : i / g->points % g->channels;

		sum[i] += tensor_double(
			skip, point ? i / image * g->channels + k : i);
		if (bias)
			sum[i] += tensor_double(bias, k);
	}
	if (s)
		element_store(s->dtype, tensor_mut(s), 0, n, sum);
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) +
	       doubles_of(count_in(c, 0) * (size_t)parallel_threads());
}

static bool run_group_norm(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	const struct shape *s = &x->shape;
	struct group_norm g = {.job.run = groups, .y = call_out(c, 0)};
	struct doubles d = {0};
	double *sum;

	(void)e;
	if (tensor_count(x) == 0)
		return true;
	g.last = attr_int(c->node, "channels_last") != 0;
	g.channels = (size_t)s->dim[g.last ? s->rank - 1 : 1];
	g.points = tensor_count(x) / (size_t)s->dim[0] / g.channels;
	g.groups = (size_t)attr_int(c->node, "groups");
	g.epsilon = attr_float(c->node, "epsilon");
	if (attr_int(c->node, "activation"))
		curve_find(&g.curve, "Swish");
	g.gamma = call_in(c, 1);
	g.beta = call_in(c, 2);
	g.sum = sum = doubles_load(&d, c, 0);
	g.group = doubles_take(&d, c,
			       g.channels / g.groups * g.points *
				       (size_t)parallel_threads());
	if (call_in(c, 3))
		add_skip(&g, c, sum);
	if (g.y)
		parallel_for(&g.job, (size_t)s->dim[0] * g.groups, 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "group-norm-ref",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_group_norm},
					{0}};

#define GROUP_ATTRS                             \
	ATTRS(ATTR_REQUIRED("activation", INT), \
	      ATTR("channels_last", INT, "1"),  \
	      ATTR("epsilon", FLOAT, "1e-05"), ATTR_REQUIRED("groups", INT))

const struct op op_rows_group_norm[] = {
	{.domain = "com.microsoft",
	 .type = "GroupNorm",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPES_F16_32),
		      IN("gamma", "M", TYPES_F16_32),
		      IN("beta", "M", TYPES_F16_32)),
	 .out = PARAMS(IN("Y", "T", TYPES_F16_32)),
	 .attrs = GROUP_ATTRS,
	 .infer = infer_group_norm,
	 .kernels = kernels},
	{.domain = "com.microsoft",
	 .type = "SkipGroupNorm",
	 .since = 1,
	 .in = PARAMS(
		 IN("X", "T", TYPES_F16_32), IN("gamma", "M", TYPES_F16_32),
		 IN("beta", "M", TYPES_F16_32), IN("skip", "T", TYPES_F16_32),
		 OPTIONAL("bias", "T", TYPES_F16_32)),
	 .out = PARAMS(IN("Y", "T", TYPES_F16_32),
		       OPTIONAL("S", "T", TYPES_F16_32)),
	 .attrs = GROUP_ATTRS,
	 .infer = infer_group_norm,
	 .kernels = kernels},
	{0}};
