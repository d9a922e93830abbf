/* SPDX-License-Identifier: Apache-2.0 */
/* ops/loss.c -- NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.
 *
 * With y the input [N, C, D...], or log softmax along C of the scores, and t
 * the target [N, D...]:
 *
 *     l[n, d...] = -y[n, t[n, d...], d...] * weight[t[n, d...]]
 *
 * or 0 where t is ignore_index.  "sum" adds all of l up; "mean" divides that
 * by the sum of the weights, which are 0 where t is ignored, else 1 if there
 * are none.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

enum reduction { REDUCE_NONE, REDUCE_SUM, REDUCE_MEAN };

/* X [n, classes, inner]; targets are counted over [n, inner]. */
struct loss {
	struct job job;
	const struct tensor *x, *target, *weight;
	struct tensor *log_prob; /* NULL: not wanted */
	bool softmax, ignores;
	int64_t ignored;
	size_t classes, inner;
};

static bool parse_reduction(const struct node *n, enum reduction *r,
			    struct err *e)
{
	const char *s = attr_string(n, "reduction");

	if (!strcmp(s, "none"))
		*r = REDUCE_NONE;
	else if (!strcmp(s, "sum"))
		*r = REDUCE_SUM;
	else if (!strcmp(s, "mean"))
		*r = REDUCE_MEAN;
	else
		return err_set(e, ERR_FORMAT,
			       "reduction is '%s', want none, sum or mean", s);
	return true;
}

static bool check_dim(const char *what, int64_t found, int64_t want,
		      struct err *e)
{
	if (found < 0 || want < 0 || found == want)
		return true;
	return err_set(e, ERR_SHAPE, "%s is %" PRId64 ", want %" PRId64, what,
		       found, want);
}

/* T: the input's shape without its classes. */
static bool match_target(const struct shape *x, struct shape *t, struct err *e)
{
	if (x->rank >= 0 && x->rank < 2)
		return err_set(e, ERR_SHAPE,
			       "the input has rank %d, want 2 "
			       "or more",
			       x->rank);
	if (x->rank < 0)
		return true;
	if (t->rank < 0) {
		t->rank = x->rank - 1;
		for (int32_t i = 0; i < t->rank; i++)
			t->dim[i] = x->dim[i + (i > 0)];
	}
	if (t->rank != x->rank - 1)
		return err_set(e, ERR_SHAPE, "the target has rank %d, want %d",
			       t->rank, x->rank - 1);
	for (int32_t i = 0; i < t->rank; i++) {
		int64_t want = x->dim[i + (i > 0)];

		if (!check_dim("a dimension of the target", t->dim[i], want, e))
			return false;
		if (t->dim[i] < 0)
			t->dim[i] = want;
	}
	return true;
}

static bool infer_loss(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *w = infer_shape(c, 2);
	struct shape t = *infer_shape(c, 1);
	enum reduction r;

	if (!parse_reduction(c->node, &r, e) || !match_target(x, &t, e))
		return false;
	if (infer_has(c, 2) && w->rank >= 0) {
		if (w->rank != 1)
			return err_set(e, ERR_SHAPE,
				       "the weights have rank %d, want 1",
				       w->rank);
		if (x->rank >= 2 && !check_dim("the number of weights",
					       w->dim[0], x->dim[1], e))
			return false;
	}
	if (r != REDUCE_NONE)
		t = (struct shape){.rank = 0};
	infer_set(c, 0, infer_dtype(c, 0), &t);
	if (c->node->nout > 1)
		infer_set(c, 1, infer_dtype(c, 0), x);
	return true;
}

/* ---- log softmax --------------------------------------------------------- */

/* log of the sum of exp along the classes of one target, from X at AT. */
static double log_sum(const struct loss *l, size_t at)
{
	double max = -INFINITY, sum = 0;

	for (size_t k = 0; k < l->classes; k++)
		max = fmax(max, tensor_double(l->x, at + k * l->inner));
	if (!isfinite(max))
		max = 0;
	for (size_t k = 0; k < l->classes; k++)
		sum += exp(tensor_double(l->x, at + k * l->inner) - max);
	return log(sum) + max;
}

static size_t class_zero(const struct loss *l, size_t i)
{
	return i / l->inner * l->classes * l->inner + i % l->inner;
}

static void put_log_prob(struct job *job, size_t begin, size_t end)
{
	const struct loss *l = (const struct loss *)job;
	struct tensor *y = l->log_prob;

	for (size_t i = begin; i < end; i++) {
		size_t at = class_zero(l, i);
		double s = log_sum(l, at);

		for (size_t k = 0; k < l->classes; k++, at += l->inner)
			element_set_double(y->dtype, tensor_mut(y), at,
					   tensor_double(l->x, at) - s);
	}
}

/* ---- losses -------------------------------------------------------------- */

/* The loss and the weight of target I. */
static bool one_loss(const struct loss *l, size_t i, double *loss,
		     double *weight, struct err *e)
{
	int64_t t = tensor_int(l->target, i);
	size_t at = class_zero(l, i);

	*loss = *weight = 0;
	if (l->ignores && t == l->ignored)
		return true;
	if (t < 0 || (uint64_t)t >= l->classes)
		return err_set(e, ERR_SHAPE,
			       "target %zu is %" PRId64
			       ", want a class below %zu",
			       i, t, l->classes);
	*weight = l->weight ? tensor_double(l->weight, (size_t)t) : 1;
	*loss = tensor_double(l->x, at + (size_t)t * l->inner);
	if (l->softmax)
		*loss -= log_sum(l, at);
	*loss *= -*weight;
	return true;
}

static bool run_loss(const struct call *c, struct err *e)
{
	struct loss l = {.job.run = put_log_prob,
			 .x = call_in(c, 0),
			 .target = call_in(c, 1),
			 .weight = call_in(c, 2),
			 .softmax = c->node->type[0] == 'S',
			 .ignores = attr_given(c->node, "ignore_index"),
			 .ignored = attr_int(c->node, "ignore_index")};
	struct tensor *y = call_out(c, 0);
	size_t count = tensor_count(l.target);
	double sum = 0, weights = 0;
	enum reduction r;

	if (!parse_reduction(c->node, &r, e))
		return false;
	l.classes = (size_t)l.x->shape.dim[1];
	l.inner = shape_span(&l.x->shape, 2, l.x->shape.rank);
	for (size_t i = 0; i < count; i++) {
		double loss, weight;

		if (!one_loss(&l, i, &loss, &weight, e))
			return false;
		sum += loss;
		weights += weight;
		if (y && r == REDUCE_NONE)
			element_set_double(y->dtype, tensor_mut(y), i, loss);
	}
	if (y && r != REDUCE_NONE)
		element_set_double(y->dtype, tensor_mut(y), 0,
				   r == REDUCE_MEAN ? sum / weights : sum);
	l.log_prob = c->nout > 1 ? call_out(c, 1) : NULL;
	if (l.log_prob)
		parallel_for(&l.job, count, 256);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "loss", .engine = "reference", .run = run_loss}, {0}};

#define LOSS(name, opset, set, x, t, w, results)                              \
	{                                                                     \
		.domain = "", .type = name, .since = opset,                   \
		.in = PARAMS(IN(x, "T", set), IN(t, "Tind", TYPES_INDEX),     \
			     OPTIONAL(w, "T", set)),                          \
		.out = results,                                               \
		.attrs = ATTRS(ATTR("reduction", STRING, "mean"),             \
			       {"ignore_index", ATTR_INT, .fallback = NULL}), \
		.infer = infer_loss, .kernels = kernels,                      \
	}
#define NLL(opset, set)                                                  \
	LOSS("NegativeLogLikelihoodLoss", opset, set, "input", "target", \
	     "weight", PARAMS(IN("loss", "T", set)))
#define SCE(opset, set)                                                 \
	LOSS("SoftmaxCrossEntropyLoss", opset, set, "scores", "labels", \
	     "weights",                                                 \
	     PARAMS(IN("output", "T", set), OPTIONAL("log_prob", "T", set)))

const struct op op_rows_loss[] = {NLL(12, TYPES_IEEE),	NLL(13, TYPES_IEEE),
				  NLL(22, TYPES_FLOAT), SCE(12, TYPES_IEEE),
				  SCE(13, TYPES_FLOAT), {0}};
