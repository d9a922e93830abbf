/* SPDX-License-Identifier: Apache-2.0 */
/* validate/accuracy.c -- see accuracy.h. */
#include "validate/accuracy.h"

#include <inttypes.h>
#include <math.h>

#include "validate/target.h"

enum { SEED = 1 };

struct scores {
	const struct tensor *t;
	size_t at, classes; /* first element of the row, and its length */
};

static bool better(const struct scores *s, size_t a, size_t b)
{
	double x = tensor_double(s->t, s->at + a);
	double y = tensor_double(s->t, s->at + b);

	return x > y || (x == y && a < b);
}

static bool has_nan(const struct scores *s)
{
	for (size_t i = 0; i < s->classes; i++)
		if (isnan(tensor_double(s->t, s->at + i)))
			return true;
	return false;
}

static size_t best(const struct scores *s)
{
	size_t top = 0;

	for (size_t i = 1; i < s->classes; i++)
		if (better(s, i, top))
			top = i;
	return top;
}

static bool in_top(const struct scores *s, size_t label, int k)
{
	int above = 0;

	for (size_t i = 0; i < s->classes && above < k; i++)
		above += better(s, i, label);
	return above < k;
}

/* One sample: [1..., C] with C > 1, or an error. */
static bool check_row(const struct tensor *t, struct err *e)
{
	const struct shape *s = &t->shape;
	int32_t last = s->rank - 1;

	for (int32_t i = 0; i < last; i++)
		if (s->dim[i] != 1)
			return err_set(e, ERR_SHAPE,
				       "accuracy needs one row of scores for "
				       "each sample, found axis %d of %" PRId64,
				       (int)i + 1, s->dim[i]);
	if (s->rank < 1 || s->dim[last] < 2)
		return err_set(e, ERR_SHAPE,
			       "accuracy needs scores of at least 2 classes "
			       "on the last of at least 2 axes, found rank %d",
			       (int)s->rank + 1);
	return true;
}

static bool judge_topk(const struct accuracy *a, const struct scores *s,
		       const struct tensor *label, bool *right, struct err *e)
{
	int64_t c;

	if (tensor_count(label) != 1)
		return target_fail(s[0].t, label, "one for each row of scores",
				   e);
	if (!target_class(label, 0, s->classes, &c, e))
		return false;
	if (c < 0)
		return err_set(e, ERR_FORMAT, "label %g is no class index",
			       tensor_double(label, 0));
	for (int k = 0; k < 2; k++)
		right[k] = !has_nan(&s[k]) && in_top(&s[k], (size_t)c, a->k);
	return true;
}

static bool add_row(struct accuracy *a, const struct tensor *const side[2],
		    const struct tensor *label, struct err *e)
{
	struct scores s[2];
	bool right[2];

	if (!check_row(side[0], e))
		return false;
	for (int k = 0; k < 2; k++)
		s[k] = (struct scores){side[k], 0, tensor_count(side[k])};
	if (a->metric == METRIC_AGREEMENT) {
		right[0] = !has_nan(&s[0]);
		right[1] = right[0] && !has_nan(&s[1]) &&
			   best(&s[0]) == best(&s[1]);
	} else if (!judge_topk(a, s, label, right, e)) {
		return false;
	}
	for (int k = 0; k < 2; k++)
		a->right[k] += right[k];
	a->lost += right[0] && !right[1];
	a->gained += right[1] && !right[0];
	return true;
}

static bool add_sample(struct accuracy *a, const struct tensor *const side[2],
		       const struct tensor *label, struct err *e)
{
	switch (a->metric) {
	case METRIC_F1:
	case METRIC_F1_MICRO:
		return f1_add(&a->f1, side, label, e);
	case METRIC_MSE:
		return losses_add_squares(&a->losses, side, label, e);
	case METRIC_PERPLEXITY:
		return losses_add_entropy(&a->losses, side, label, e);
	default:
		return add_row(a, side, label, e);
	}
}

/* T without its first axis, which has N samples. */
static bool check_batch(const struct tensor *t, size_t n, struct tensor *first,
			struct err *e)
{
	const struct shape *s = &t->shape;

	if ((!dtype_is_float(t->dtype) && !dtype_is_integer(t->dtype)) ||
	    dtype_info[t->dtype].bits < 8)
		return err_set(e, ERR_TYPE, "%s elements are no scores",
			       dtype_info[t->dtype].text);
	if (s->rank < 1 || s->dim[0] != (int64_t)n)
		return err_set(e, ERR_SHAPE,
			       "accuracy needs %zu samples along the first "
			       "axis, found %" PRId64,
			       n, s->rank < 1 ? 0 : s->dim[0]);
	*first = *t;
	first->shape = shape_make(s->rank - 1, s->dim + 1);
	first->bytes = t->bytes / n;
	return true;
}

static void advance(struct tensor *t)
{
	t->data = (const uint8_t *)t->data + t->bytes;
}

bool accuracy_add(struct accuracy *a, const struct tensor *reference,
		  const struct tensor *candidate, const struct tensor *label,
		  size_t n, struct err *e)
{
	struct tensor r, c;
	const struct tensor *const side[2] = {&r, &c};

	if (!check_batch(reference, n, &r, e) ||
	    !check_batch(candidate, n, &c, e))
		return false;
	if (!shape_equal(&r.shape, &c.shape)) {
		struct str want = {0}, got = {0};

		shape_print(&want, &reference->shape, NULL);
		shape_print(&got, &candidate->shape, NULL);
		err_set(e, ERR_SHAPE, "candidate scores are %s, want %s",
			got.text, want.text);
		str_release(&want);
		str_release(&got);
		return false;
	}
	for (size_t i = 0; i < n; i++, advance(&r), advance(&c)) {
		if (!add_sample(a, side, label ? &label[i] : NULL, e))
			return err_context(e, "sample %zu", a->samples);
		a->samples++;
	}
	return true;
}

void accuracy_init(struct accuracy *a, enum metric metric, int k,
		   double threshold, struct arena *arena)
{
	*a = (struct accuracy){
		.metric = metric,
		.k = k,
		.f1 = {.arena = arena,
		       .micro = metric == METRIC_F1_MICRO,
		       .threshold = threshold},
		.losses = {.arena = arena,
			   .exponential = metric == METRIC_PERPLEXITY},
	};
}

bool accuracy_wants_labels(const struct accuracy *a)
{
	return a->metric != METRIC_NONE && a->metric != METRIC_AGREEMENT;
}

static bool is_f1(const struct accuracy *a)
{
	return a->metric == METRIC_F1 || a->metric == METRIC_F1_MICRO;
}

double accuracy_of(const struct accuracy *a, int side)
{
	if (!a->samples)
		return NAN;
	if (metric_is_loss(a->metric))
		return losses_of(&a->losses, side);
	if (is_f1(a))
		return f1_of(&a->f1, side);
	return (double)a->right[side] / (double)a->samples;
}

double accuracy_change(const struct accuracy *a)
{
	if (!a->samples)
		return NAN;
	if (metric_is_loss(a->metric))
		return losses_rise(&a->losses);
	if (is_f1(a))
		return f1_of(&a->f1, 1) - f1_of(&a->f1, 0);
	return ((double)a->gained - (double)a->lost) / (double)a->samples;
}

double normal_quantile(double confidence)
{
	double lo = 0, hi = 40;

	for (int i = 0; i < 200; i++) {
		double mid = (lo + hi) / 2;

		*(erf(mid / sqrt(2)) < confidence ? &lo : &hi) = mid;
	}
	return (lo + hi) / 2;
}

struct interval accuracy_interval(const struct accuracy *a, double confidence)
{
	double n = (double)a->samples + 2;
	double b = (double)a->gained + 0.5, c = (double)a->lost + 0.5;
	double change = (b - c) / n;
	double error = sqrt(b + c - (b - c) * (b - c) / n) / n;
	double z = normal_quantile(confidence);

	if (!a->samples)
		return (struct interval){NAN, NAN};
	if (metric_is_loss(a->metric))
		return losses_interval(&a->losses, confidence, SEED);
	if (is_f1(a))
		return f1_interval(&a->f1, confidence, SEED);
	return (struct interval){change - z * error, change + z * error};
}
