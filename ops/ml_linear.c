/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_linear.c -- LinearClassifier and LinearRegressor.
 *
 *     score[k] = sum_j coefficients[k, j] x[j] + intercepts[k]
 *
 * One score of two classes is the second one's: positive decides for it.
 */
#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "ops/ml_attr.h"
#include "ops/ml_scores.h"

struct linear {
	struct job job;
	struct ml_labels labels; /* of a classifier */
	enum ml_post post;
	const struct attr *coefficients, *intercepts; /* NULL: none */
	size_t targets, columns; /* of scores, of the result */
	size_t cols;		 /* features */
	const struct tensor *x;
	struct tensor *y, *z; /* labels, scores; NULL: not wanted */
	void *scratch;
	bool classifies;
};

/* X has COLS features, as far as that is known. */
static bool check_columns(const struct linear *m, int64_t cols, struct err *e)
{
	size_t count = m->coefficients ? m->coefficients->count : 0;

	if (cols < 0)
		return true;
	if (!m->targets ||
	    (cols ? count / m->targets : count) != (size_t)cols ||
	    count % m->targets)
		return err_set(e, ERR_SHAPE,
			       "%zu coefficients for %zu scores of %" PRId64
			       " features",
			       count, m->targets, cols);
	return true;
}

/* Without intercepts there are as many scores as classes, or one. */
static bool classifier_of(const struct node *n, int64_t cols, struct linear *m,
			  struct err *e)
{
	*m = (struct linear){.classifies = true};
	if (!ml_labels_of(n, "classlabels_ints", "classlabels_strings",
			  &m->labels, e) ||
	    !ml_post_of(n, &m->post, e))
		return false;
	m->coefficients = ml_list(n, "coefficients", ATTR_FLOATS);
	m->intercepts = ml_list(n, "intercepts", ATTR_FLOATS);
	m->targets = m->intercepts ? m->intercepts->count : m->labels.count;
	if (!m->intercepts && m->coefficients && m->coefficients->count == cols)
		m->targets = 1;
	if (m->targets > 1 && m->labels.count < m->targets)
		return err_set(e, ERR_FORMAT, "%zu labels for %zu classes",
			       m->labels.count, m->targets);
	m->columns = m->targets == 1 && m->labels.count == 2 ? 2 : m->targets;
	return check_columns(m, cols, e);
}

static bool regressor_of(const struct node *n, int64_t cols, struct linear *m,
			 struct err *e)
{
	int64_t targets = attr_int(n, "targets");

	*m = (struct linear){0};
	if (targets < 1)
		return err_set(e, ERR_FORMAT, "targets is %" PRId64, targets);
	if (!ml_post_of(n, &m->post, e))
		return false;
	m->coefficients = ml_list(n, "coefficients", ATTR_FLOATS);
	m->intercepts = ml_list(n, "intercepts", ATTR_FLOATS);
	m->targets = m->columns = (size_t)targets;
	if (m->intercepts && m->intercepts->count != m->targets)
		return err_set(e, ERR_FORMAT, "%u intercepts for %zu targets",
			       m->intercepts->count, m->targets);
	return check_columns(m, cols, e);
}

static bool infer_classifier(struct infer *c, struct err *e)
{
	int64_t rows, cols, columns;
	struct shape y = {.rank = 1};
	struct linear m;

	if (!ml_matrix(infer_shape(c, 0), &rows, &cols, e) ||
	    !classifier_of(c->node, cols, &m, e))
		return false;
	y.dim[0] = rows;
	infer_set(c, 0, ml_labels_dtype(&m.labels), &y);
	columns = (int64_t)m.columns;
	/* One score or several, when there are no intercepts to count. */
	if (!m.intercepts && cols < 0 && m.labels.count != 2)
		columns = DIM_UNKNOWN;
	ml_set_matrix(c, 1, DTYPE_F32, rows, columns);
	return true;
}

static bool infer_regressor(struct infer *c, struct err *e)
{
	int64_t rows, cols;
	struct linear m;

	if (!ml_matrix(infer_shape(c, 0), &rows, &cols, e) ||
	    !regressor_of(c->node, cols, &m, e))
		return false;
	ml_set_matrix(c, 0, DTYPE_F32, rows, (int64_t)m.columns);
	return true;
}

/* ---- execution ---------------------------------------------------------- */

static float score(const struct linear *m, size_t k, const double *row)
{
	const float *w = m->coefficients
				 ? m->coefficients->u.floats + k * m->cols
				 : NULL;
	double sum = 0;

	for (size_t j = 0; j < m->cols; j++)
		sum += w[j] * row[j];
	return (float)(sum + (m->intercepts ? m->intercepts->u.floats[k] : 0));
}

static void decide(const struct linear *m, size_t r, const float *s)
{
	size_t best = 0;

	if (m->targets == 1) {
		ml_label_binary(&m->labels, m->y, r, s[0] > 0);
		return;
	}
	for (size_t k = 1; k < m->targets; k++)
		if (s[k] > s[best])
			best = k;
	ml_label_set(&m->labels, m->y, r, best);
}

static void linear_run(struct job *self, size_t begin, size_t end)
{
	const struct linear *m = (const struct linear *)self;
	double *row = ml_row_memory(m->scratch, m->cols, m->columns);
	float *z = (float *)(row + m->cols);

	for (size_t r = begin; r < end; r++) {
		ml_load_row(m->x, r, m->cols, row);
		if (m->classifies)
			ml_round_row(row, m->cols);
		for (size_t k = 0; k < m->targets; k++)
			z[k] = score(m, k, row);
		if (m->y)
			decide(m, r, z);
		if (m->columns > m->targets) {
			z[1] = z[0];
			ml_post_complete(m->post, z);
		} else {
			ml_post_apply(m->post, z, m->columns);
		}
		if (m->z)
			memcpy(tensor_f32_mut(m->z) + r * m->columns, z,
			       m->columns * sizeof(float));
	}
}

static void run(const struct call *c, struct linear *m, int64_t rows,
		int64_t cols)
{
	m->job.run = linear_run;
	m->cols = (size_t)cols;
	m->x = call_in(c, 0);
	m->scratch = c->scratch;
	if (rows > 0)
		parallel_for(&m->job, (size_t)rows,
			     16384 / (m->cols * m->targets + 1) + 1);
}

static size_t scratch_classifier(const struct call *c)
{
	int64_t rows, cols;
	struct linear m;
	struct err e;

	return ml_matrix(&call_in(c, 0)->shape, &rows, &cols, &e) &&
			       classifier_of(c->node, cols, &m, &e)
		       ? ml_row_scratch(c, m.columns)
		       : 0;
}

static bool run_classifier(const struct call *c, struct err *e)
{
	int64_t rows, cols;
	struct linear m;

	if (!ml_matrix(&call_in(c, 0)->shape, &rows, &cols, e) ||
	    !classifier_of(c->node, cols, &m, e))
		return false;
	m.y = call_out(c, 0);
	m.z = call_out(c, 1);
	run(c, &m, rows, cols);
	return true;
}

static size_t scratch_regressor(const struct call *c)
{
	return ml_row_scratch(c, (size_t)attr_int(c->node, "targets"));
}

static bool run_regressor(const struct call *c, struct err *e)
{
	int64_t rows, cols;
	struct linear m;

	if (!ml_matrix(&call_in(c, 0)->shape, &rows, &cols, e) ||
	    !regressor_of(c->node, cols, &m, e))
		return false;
	m.z = call_out(c, 0);
	run(c, &m, rows, cols);
	return true;
}

static const struct kernel classifier[] = {{.name = "linear-classifier",
					    .engine = "reference",
					    .scratch = scratch_classifier,
					    .run = run_classifier},
					   {0}};
static const struct kernel regressor[] = {{.name = "linear-regressor",
					   .engine = "reference",
					   .scratch = scratch_regressor,
					   .run = run_regressor},
					  {0}};

const struct op op_rows_ml_linear[] = {
	{.domain = "ai.onnx.ml",
	 .type = "LinearClassifier",
	 .since = 1,
	 .in = PARAMS(IN("X", "T1", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", "T2", ML_LABELS), IN("Z", NULL, TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("classlabels_ints", INTS, NULL),
			ATTR("classlabels_strings", STRINGS, NULL),
			ATTR_REQUIRED("coefficients", FLOATS),
			ATTR("intercepts", FLOATS, NULL),
			ATTR("multi_class", INT, "0"),
			ATTR("post_transform", STRING, "NONE")),
	 .infer = infer_classifier,
	 .kernels = classifier},
	{.domain = "ai.onnx.ml",
	 .type = "LinearRegressor",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", NULL, TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("coefficients", FLOATS, NULL),
			ATTR("intercepts", FLOATS, NULL),
			ATTR("post_transform", STRING, "NONE"),
			ATTR("targets", INT, "1")),
	 .infer = infer_regressor,
	 .kernels = regressor},
	{0}};
