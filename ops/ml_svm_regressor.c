/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_svm_regressor.c -- SVMRegressor: one number per row.
 *
 *     y = sum_v coefficients[v] kernel(x, v) + rho
 *
 * or, with one_class, its sign (0 is negative).  The only score is not
 * transformed, whatever post_transform says.
 */
#include <inttypes.h>

#include "base/parallel.h"
#include "ops/ml_scores.h"
#include "ops/ml_svm.h"

static bool regressor_of(const struct node *n, int64_t cols, struct svm *s,
			 struct err *e)
{
	int64_t count = attr_int(n, "n_supports");
	enum ml_post post;

	if (count < 0 || count > INT32_MAX)
		return err_set(e, ERR_FORMAT, "n_supports is %" PRId64, count);
	if (!ml_post_of(n, &post, e) ||
	    !svm_of(n, (size_t)count, 1, cols, s, e))
		return false;
	if (count && s->ncoefficients != s->count)
		return err_set(e, ERR_FORMAT,
			       "%zu coefficients for %zu support vectors",
			       s->ncoefficients, s->count);
	return true;
}

static bool infer_svm_regressor(struct infer *c, struct err *e)
{
	int64_t rows, cols;
	struct svm s;

	if (!ml_matrix(infer_shape(c, 0), &rows, &cols, e) ||
	    !regressor_of(c->node, cols, &s, e))
		return false;
	ml_set_matrix(c, 0, DTYPE_F32, rows, 1);
	return true;
}

struct svr {
	struct job job;
	struct svm s;
	const struct tensor *x;
	float *y;
	void *scratch;
	bool sign;
};

static void svr_run(struct job *self, size_t begin, size_t end)
{
	const struct svr *j = (const struct svr *)self;
	const struct svm *s = &j->s;
	double *row = ml_row_memory(j->scratch, s->features, 0);

	for (size_t r = begin; r < end; r++) {
		double sum = 0;

		ml_load_row(j->x, r, s->features, row);
		if (!s->count)
			sum = svm_linear(s, row, 0);
		for (size_t v = 0; v < s->count; v++)
			sum += s->coefficients[v] * svm_kernel(s, row, v);
		sum += s->rho[0];
		j->y[r] = j->sign ? sum > 0 ? 1.0f : -1.0f : (float)sum;
	}
}

static size_t scratch_svr(const struct call *c)
{
	return ml_row_scratch(c, 0);
}

static bool run_svr(const struct call *c, struct err *e)
{
	struct svr j = {.job = {svr_run}, .x = call_in(c, 0)};
	int64_t rows, cols;

	if (!ml_matrix(&j.x->shape, &rows, &cols, e) ||
	    !regressor_of(c->node, cols, &j.s, e))
		return false;
	if (!call_out(c, 0) || !rows)
		return true;
	j.y = tensor_f32_mut(call_out(c, 0));
	j.scratch = c->scratch;
	j.sign = attr_int(c->node, "one_class") != 0;
	parallel_for(&j.job, (size_t)rows,
		     16384 / (j.s.features * (j.s.count + 1) + 1) + 1);
	return true;
}

static const struct kernel kernels[] = {{.name = "svm-regressor",
					 .engine = "reference",
					 .scratch = scratch_svr,
					 .run = run_svr},
					{0}};

const struct op op_rows_ml_svm_regressor[] = {
	{.domain = "ai.onnx.ml",
	 .type = "SVMRegressor",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", NULL, TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("coefficients", FLOATS, NULL),
			ATTR("kernel_params", FLOATS, NULL),
			ATTR("kernel_type", STRING, "LINEAR"),
			ATTR("n_supports", INT, "0"),
			ATTR("one_class", INT, "0"),
			ATTR("post_transform", STRING, "NONE"),
			ATTR("rho", FLOATS, NULL),
			ATTR("support_vectors", FLOATS, NULL)),
	 .infer = infer_svm_regressor,
	 .kernels = kernels},
	{0}};
