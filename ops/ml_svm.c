/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_svm.c -- see ml_svm.h. */
#include "ops/ml_svm.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool kind_of(const struct node *n, struct svm *s, struct err *e)
{
	static const char *const names[] = {[SVM_LINEAR] = "LINEAR",
					    [SVM_POLY] = "POLY",
					    [SVM_RBF] = "RBF",
					    [SVM_SIGMOID] = "SIGMOID"};
	const struct attr *p = ml_list(n, "kernel_params", ATTR_FLOATS);
	const char *name = attr_string(n, "kernel_type");
	size_t k = 0;

	while (k < COUNT_OF(names) && strcmp(names[k], name))
		k++;
	if (k == COUNT_OF(names))
		return err_set(e, ERR_FORMAT, "kernel_type '%s' is not known",
			       name);
	s->kind = (enum svm_kind)k;
	if (p && p->count < 3)
		return err_set(e, ERR_FORMAT, "%u kernel_params, want 3",
			       p->count);
	if (p) {
		s->gamma = p->u.floats[0];
		s->coef0 = p->u.floats[1];
		s->degree = p->u.floats[2];
	}
	return true;
}

/* Support vectors of as many features as X has. */
static bool vectors_of(const struct node *n, size_t count, struct svm *s,
		       struct err *e)
{
	const struct attr *v = ml_list(n, "support_vectors", ATTR_FLOATS);
	size_t numbers = v ? v->count : 0;

	if (!numbers || numbers % count)
		return err_set(e, ERR_FORMAT,
			       "support_vectors has %zu numbers for %zu "
			       "vectors",
			       numbers, count);
	s->vectors = v ? v->u.floats : NULL;
	s->count = count;
	s->features = numbers / count;
	return true;
}

bool svm_of(const struct node *n, size_t count, size_t models, int64_t cols,
	    struct svm *s, struct err *e)
{
	const struct attr *w = ml_list(n, "coefficients", ATTR_FLOATS);
	const struct attr *rho = ml_list(n, "rho", ATTR_FLOATS);

	*s = (struct svm){0};
	if (!kind_of(n, s, e))
		return false;
	if (!w || !rho)
		return err_set(e, ERR_FORMAT, "'%s' is missing",
			       w ? "rho" : "coefficients");
	s->coefficients = w->u.floats;
	s->ncoefficients = w->count;
	s->rho = rho->u.floats;
	s->nrho = rho->count;
	if (count) {
		if (!vectors_of(n, count, s, e))
			return false;
	} else {
		s->kind = SVM_LINEAR;
		s->features = w->count / models;
		if (w->count % models)
			return err_set(e, ERR_FORMAT,
				       "%u coefficients for %zu classes",
				       w->count, models);
	}
	if (cols >= 0 && (size_t)cols != s->features)
		return err_set(e, ERR_SHAPE,
			       "'X' has %" PRId64 " features, want %zu", cols,
			       s->features);
	return true;
}

static double dot(const float *w, const double *x, size_t n)
{
	double sum = 0;

	for (size_t j = 0; j < n; j++)
		sum += w[j] * x[j];
	return sum;
}

double svm_linear(const struct svm *s, const double *x, size_t k)
{
	return dot(s->coefficients + k * s->features, x, s->features);
}

double svm_kernel(const struct svm *s, const double *x, size_t v)
{
	const float *at = s->features ? s->vectors + v * s->features : NULL;
	double sum = 0;

	if (s->kind == SVM_RBF) {
		for (size_t j = 0; j < s->features; j++)
			sum += (x[j] - at[j]) * (x[j] - at[j]);
		return exp(-s->gamma * sum);
	}
	sum = dot(at, x, s->features);
	if (s->kind == SVM_LINEAR)
		return sum;
	sum = s->gamma * sum + s->coef0;
	return s->kind == SVM_POLY ? pow(sum, s->degree) : tanh(sum);
}
