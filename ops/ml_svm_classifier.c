/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_svm_classifier.c -- SVMClassifier: votes of one-against-one models.
 *
 * Support vectors are sorted by class; row k of the coefficients belongs to
 * the k-th other class of each.  The score of classes i < j,
 *
 *     s = sum_{v in i} a[j - 1, v] K(x, v) + sum_{v in j} a[i, v] K(x, v) + rho
 *
 * votes for i if it is positive; the label is the first class with the most
 * votes.  With prob_a and prob_b the scores become probabilities of the pairs
 * (Platt) and these one probability per class.  Without support vectors there
 * is one weight vector per class.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "ops/ml_pairs.h"
#include "ops/ml_scores.h"
#include "ops/ml_svm.h"

struct svc {
	struct job job;
	struct svm s;
	struct ml_labels labels;
	enum ml_post post;
	const float *a, *b; /* of the probabilities; NULL: none */
	const int64_t *members;
	size_t classes, pairs, columns;
	bool positive; /* no coefficient is negative */
	const struct tensor *x;
	struct tensor *y, *z;
	void *scratch;
};

/* The number of support vectors of all classes. */
static bool count_vectors(const struct node *n, struct svc *m, size_t *count,
			  struct err *e)
{
	const struct attr *v = ml_list(n, "vectors_per_class", ATTR_INTS);

	*count = 0;
	for (uint32_t i = 0; v && i < v->count; i++) {
		if (v->u.ints[i] < 0 || v->u.ints[i] > INT32_MAX)
			return err_set(e, ERR_FORMAT,
				       "class %u has %" PRId64 " vectors", i,
				       v->u.ints[i]);
		*count += (size_t)v->u.ints[i];
	}
	if (*count && v->count != m->classes)
		return err_set(e, ERR_FORMAT,
			       "vectors_per_class of %u classes, want %zu",
			       v->count, m->classes);
	m->members = v ? v->u.ints : NULL;
	return true;
}

static bool probabilities_of(const struct node *n, struct svc *m, struct err *e)
{
	const struct attr *a = ml_list(n, "prob_a", ATTR_FLOATS);
	const struct attr *b = ml_list(n, "prob_b", ATTR_FLOATS);

	if (!a != !b || (a && a->count != b->count))
		return err_set(e, ERR_FORMAT,
			       "prob_a and prob_b have %u and %u numbers",
			       a ? a->count : 0, b ? b->count : 0);
	if (!a || !m->s.count)
		return true;
	if (a->count < m->pairs)
		return err_set(e, ERR_FORMAT, "prob_a has %u numbers, want %zu",
			       a->count, m->pairs);
	m->a = a->u.floats;
	m->b = b->u.floats;
	return true;
}

static bool svc_of(const struct node *n, int64_t cols, struct svc *m,
		   struct err *e)
{
	size_t count;

	*m = (struct svc){.positive = true};
	if (!ml_post_of(n, &m->post, e) ||
	    !ml_labels_of(n, "classlabels_ints", "classlabels_strings",
			  &m->labels, e))
		return false;
	m->classes = m->labels.count;
	if (m->classes > UINT16_MAX)
		return err_set(e, ERR_LIMIT, "%zu classes, limit 65535",
			       m->classes);
	m->pairs = m->classes * (m->classes - 1) / 2;
	if (!count_vectors(n, m, &count, e) ||
	    !svm_of(n, count, m->classes, cols, &m->s, e))
		return false;
	if (count && (m->s.ncoefficients / count < m->classes - 1 ||
		      m->s.nrho < m->pairs))
		return err_set(e, ERR_FORMAT,
			       "%zu coefficients and %zu rho for %zu classes "
			       "and %zu support vectors",
			       m->s.ncoefficients, m->s.nrho, m->classes,
			       count);
	for (size_t i = 0; i < m->s.ncoefficients; i++)
		if (!(m->s.coefficients[i] >= 0))
			m->positive = false;
	if (!probabilities_of(n, m, e))
		return false;
	m->columns = !count || m->a    ? m->classes
		     : m->classes <= 2 ? 2
				       : m->pairs;
	return true;
}

static bool infer_svc(struct infer *c, struct err *e)
{
	struct shape y = {.rank = 1};
	int64_t rows, cols;
	struct svc m;

	if (!ml_matrix(infer_shape(c, 0), &rows, &cols, e) ||
	    !svc_of(c->node, cols, &m, e))
		return false;
	y.dim[0] = rows;
	infer_set(c, 0, ml_labels_dtype(&m.labels), &y);
	ml_set_matrix(c, 1, DTYPE_F32, rows, (int64_t)m.columns);
	return true;
}

/* ---- execution ---------------------------------------------------------- */

/* What one row needs: kernel values, scores of pairs, results, votes. */
struct svc_row {
	double *x, *kernel, *pair;
	float *z;
	uint32_t *votes;
	float *matrix; /* 3 of classes x classes, for probabilities */
};

/* Without support vectors nothing bounds the number of pairs. */
static size_t pair_doubles(const struct svc *m)
{
	return m->s.count ? m->pairs : 0;
}

static size_t row_doubles(const struct svc *m)
{
	return m->s.count + pair_doubles(m) + m->columns + m->classes +
	       (m->a ? ml_pairs_floats(m->classes) : 0);
}

static struct svc_row row_memory(const struct svc *m)
{
	struct svc_row r;

	r.x = ml_row_memory(m->scratch, m->s.features, row_doubles(m));
	r.kernel = r.x + m->s.features;
	r.pair = r.kernel + m->s.count;
	r.z = (float *)(r.pair + pair_doubles(m));
	r.votes = (uint32_t *)(r.pair + pair_doubles(m) + m->columns);
	r.matrix = (float *)(r.pair + pair_doubles(m) + m->columns +
			     m->classes);
	return r;
}

/* The part of a score that the N support vectors from V on give. */
static double half(const struct svc *m, const struct svc_row *r, size_t row,
		   size_t v, int64_t n)
{
	const float *a = m->s.coefficients + row * m->s.count + v;
	double sum = 0;

	for (int64_t k = 0; k < n; k++)
		sum += a[k] * r->kernel[v + (size_t)k];
	return sum;
}

/* Scores and votes of every pair; the class that wins. */
static size_t vote(const struct svc *m, const struct svc_row *r)
{
	size_t pair = 0, start_i = 0, best = 0;

	for (size_t v = 0; v < m->s.count; v++)
		r->kernel[v] = svm_kernel(&m->s, r->x, v);
	memset(r->votes, 0, m->classes * sizeof(*r->votes));
	for (size_t i = 0; i + 1 < m->classes; i++) {
		size_t start_j = start_i + (size_t)m->members[i];

		for (size_t j = i + 1; j < m->classes; j++) {
			double s = half(m, r, j - 1, start_i, m->members[i]) +
				   half(m, r, i, start_j, m->members[j]) +
				   m->s.rho[pair];

			r->pair[pair++] = s;
			r->votes[s > 0 ? i : j]++;
			start_j += (size_t)m->members[j];
		}
		start_i += (size_t)m->members[i];
	}
	for (size_t i = 1; i < m->classes; i++)
		if (r->votes[i] > r->votes[best])
			best = i;
	return best;
}

/* Scores of one weight vector per class; the class of the greatest, but of two
 * classes the second as soon as that is large. */
static size_t weigh(const struct svc *m, const struct svc_row *r)
{
	size_t best = 0;

	for (size_t k = 0; k < m->classes; k++)
		r->z[k] = (float)(svm_linear(&m->s, r->x, k) + m->s.rho[0]);
	for (size_t k = 1; k < m->classes; k++)
		if (r->z[k] > r->z[best])
			best = k;
	if (m->classes == 2 &&
	    (m->positive ? r->z[best] >= 0.5 : r->z[best] > 0))
		return 1;
	return best;
}

/* Results from the scores of the pairs. */
static void finish_pairs(const struct svc *m, const struct svc_row *r)
{
	if (m->a) {
		for (size_t k = 0; k < m->pairs; k++)
			r->pair[k] = 1 -
				     ml_logistic((float)r->pair[k] * m->a[k] +
						 m->b[k]);
		ml_pairs_join(r->pair, m->classes, r->matrix, r->z);
		ml_post_apply(m->post, r->z, m->classes);
		return;
	}
	if (m->classes > 2) {
		for (size_t k = 0; k < m->pairs; k++)
			r->z[k] = (float)r->pair[k];
		ml_post_apply(m->post, r->z, m->pairs);
		return;
	}
	/* One score for two classes, or none. */
	r->z[1] = m->pairs ? (float)r->pair[0] : 0;
	if (m->post == ML_NONE)
		r->z[0] = -r->z[1];
	else
		ml_post_complete(m->post, r->z);
}

static void svc_run(struct job *self, size_t begin, size_t end)
{
	const struct svc *m = (const struct svc *)self;
	struct svc_row r = row_memory(m);

	for (size_t k = begin; k < end; k++) {
		size_t best;

		ml_load_row(m->x, k, m->s.features, r.x);
		ml_round_row(r.x, m->s.features);
		if (m->s.count) {
			best = vote(m, &r);
			finish_pairs(m, &r);
		} else {
			best = weigh(m, &r);
			ml_post_apply(m->post, r.z, m->classes);
		}
		if (m->y)
			ml_label_set(&m->labels, m->y, k, best);
		if (m->z)
			memcpy(tensor_f32_mut(m->z) + k * m->columns, r.z,
			       m->columns * sizeof(float));
	}
}

static size_t scratch_svc(const struct call *c)
{
	struct svc m;
	struct err e;

	return svc_of(c->node, DIM_UNKNOWN, &m, &e)
		       ? ml_row_scratch(c, row_doubles(&m))
		       : 0;
}

static bool run_svc(const struct call *c, struct err *e)
{
	int64_t rows, cols;
	struct svc m;

	if (!ml_matrix(&call_in(c, 0)->shape, &rows, &cols, e) ||
	    !svc_of(c->node, cols, &m, e))
		return false;
	m.job.run = svc_run;
	m.x = call_in(c, 0);
	m.y = call_out(c, 0);
	m.z = call_out(c, 1);
	m.scratch = c->scratch;
	if (rows)
		parallel_for(&m.job, (size_t)rows,
			     16384 / (m.s.features * (m.s.count + 1) + 1) + 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "svm-classifier",
					 .engine = "reference",
					 .scratch = scratch_svc,
					 .run = run_svc},
					{0}};

const struct op op_rows_ml_svm_classifier[] = {
	{.domain = "ai.onnx.ml",
	 .type = "SVMClassifier",
	 .since = 1,
	 .in = PARAMS(IN("X", "T1", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", "T2", ML_LABELS), IN("Z", NULL, TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("classlabels_ints", INTS, NULL),
			ATTR("classlabels_strings", STRINGS, NULL),
			ATTR("coefficients", FLOATS, NULL),
			ATTR("kernel_params", FLOATS, NULL),
			ATTR("kernel_type", STRING, "LINEAR"),
			ATTR("post_transform", STRING, "NONE"),
			ATTR("prob_a", FLOATS, NULL),
			ATTR("prob_b", FLOATS, NULL), ATTR("rho", FLOATS, NULL),
			ATTR("support_vectors", FLOATS, NULL),
			ATTR("vectors_per_class", INTS, NULL)),
	 .infer = infer_svc,
	 .kernels = kernels},
	{0}};
