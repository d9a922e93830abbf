/* SPDX-License-Identifier: Apache-2.0 */
/* validate/accuracy.c -- see accuracy.h. */
#include "validate/accuracy.h"

#include <inttypes.h>
#include <math.h>

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

/* [N, 1..., C] with C > 1, or an error. */
static bool rows_of(const struct tensor *t, size_t *rows, size_t *classes,
		    struct err *e)
{
	const struct shape *s = &t->shape;
	int32_t last = s->rank - 1;

	if (!dtype_is_float(t->dtype) && !dtype_is_integer(t->dtype))
		return err_set(e, ERR_TYPE, "%s elements are no scores",
			       dtype_info[t->dtype].text);
	for (int32_t i = 1; i < last; i++)
		if (s->dim[i] != 1)
			return err_set(e, ERR_SHAPE,
				       "accuracy needs one row of scores for "
				       "each sample, found axis %d of %" PRId64,
				       (int)i, s->dim[i]);
	if (s->rank < 2 || s->dim[last] < 2)
		return err_set(e, ERR_SHAPE,
			       "accuracy needs scores of at least 2 classes "
			       "on the last of at least 2 axes, found rank %d",
			       (int)s->rank);
	*rows = (size_t)s->dim[0];
	*classes = (size_t)s->dim[last];
	return true;
}

static void add_sample(struct accuracy *a, const struct scores *reference,
		       const struct scores *candidate, int64_t label)
{
	bool nan[2] = {has_nan(reference), has_nan(candidate)};
	bool right[2];

	if (a->metric == METRIC_AGREEMENT) {
		right[0] = !nan[0];
		right[1] = !nan[0] && !nan[1] &&
			   best(reference) == best(candidate);
	} else {
		right[0] = !nan[0] && in_top(reference, (size_t)label, a->k);
		right[1] = !nan[1] && in_top(candidate, (size_t)label, a->k);
	}
	a->samples++;
	a->right[0] += right[0];
	a->right[1] += right[1];
	a->lost += right[0] && !right[1];
	a->gained += right[1] && !right[0];
}

bool accuracy_add(struct accuracy *a, const struct tensor *reference,
		  const struct tensor *candidate, const int64_t *label,
		  struct err *e)
{
	size_t rows, classes, other_rows, other_classes;

	if (!rows_of(reference, &rows, &classes, e) ||
	    !rows_of(candidate, &other_rows, &other_classes, e))
		return false;
	if (rows != other_rows || classes != other_classes)
		return err_set(e, ERR_SHAPE,
			       "candidate scores are %zu x %zu, want %zu x %zu",
			       other_rows, other_classes, rows, classes);
	for (size_t i = 0; i < rows; i++) {
		struct scores r = {reference, i * classes, classes};
		struct scores c = {candidate, i * classes, classes};

		if (a->metric == METRIC_TOPK &&
		    (label[i] < 0 || (uint64_t)label[i] >= classes))
			return err_set(e, ERR_FORMAT,
				       "label %" PRId64 " of sample %zu is "
				       "outside the %zu classes",
				       label[i], a->samples, classes);
		add_sample(a, &r, &c, label ? label[i] : 0);
	}
	return true;
}

double accuracy_of(const struct accuracy *a, int side)
{
	return a->samples ? (double)a->right[side] / (double)a->samples : NAN;
}

double accuracy_change(const struct accuracy *a)
{
	return a->samples ? ((double)a->gained - (double)a->lost) /
				    (double)a->samples
			  : NAN;
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
	return (struct interval){change - z * error, change + z * error};
}
