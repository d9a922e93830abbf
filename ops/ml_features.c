/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_features.c -- FeatureVectorizer: operands side by side, as floats.
 *
 * An operand counts as a matrix [rows, everything else], a vector as one row.
 * "inputdimensions" says how many columns each gets: longer rows are cut,
 * shorter ones end with zeros.
 */
#include <inttypes.h>
#include <string.h>

#include "ops/axes.h"
#include "ops/ml_attr.h"

/* Rows and columns of an operand; DIM_UNKNOWN where not known. */
static bool operand_matrix(const struct shape *x, uint32_t i, int64_t *rows,
			   int64_t *cols, struct err *e)
{
	struct shape rest = {.rank = x->rank - 1};
	size_t n;

	*rows = *cols = DIM_UNKNOWN;
	if (x->rank < 0)
		return true;
	if (x->rank == 0)
		return err_set(e, ERR_SHAPE, "operand %u is a scalar", i);
	*rows = x->rank == 1 ? 1 : x->dim[0];
	*cols = x->dim[0];
	if (x->rank == 1)
		return true;
	for (int32_t k = 1; k < x->rank; k++)
		rest.dim[k - 1] = x->dim[k];
	if (shape_is_known(&rest)) {
		if (!shape_count(&rest, &n, e))
			return false;
		*cols = (int64_t)n;
	} else {
		*cols = DIM_UNKNOWN;
	}
	return true;
}

/* How many columns the result has for operand I. */
static int64_t given_columns(const struct node *n, uint32_t i, int64_t cols)
{
	const struct attr *a = ml_list(n, "inputdimensions", ATTR_INTS);

	return a ? a->u.ints[i] : cols;
}

static bool check_dimensions(const struct node *n, struct err *e)
{
	const struct attr *a = ml_list(n, "inputdimensions", ATTR_INTS);

	if (a && a->count != n->nin)
		return err_set(e, ERR_FORMAT,
			       "%u inputdimensions for %u operands", a->count,
			       n->nin);
	for (uint32_t i = 0; a && i < a->count; i++)
		if (a->u.ints[i] < 0 || a->u.ints[i] > INT32_MAX)
			return err_set(e, ERR_FORMAT,
				       "inputdimensions[%u] is %" PRId64, i,
				       a->u.ints[i]);
	return true;
}

static bool infer_features(struct infer *c, struct err *e)
{
	int64_t total = 0, all_rows = DIM_UNKNOWN;

	if (!check_dimensions(c->node, e))
		return false;
	for (uint32_t i = 0; i < c->node->nin; i++) {
		int64_t rows, cols;

		if (!operand_matrix(infer_shape(c, i), i, &rows, &cols, e))
			return false;
		if (rows >= 0 && all_rows >= 0 && rows != all_rows)
			return err_set(e, ERR_SHAPE,
				       "operand %u has %" PRId64
				       " rows, want %" PRId64,
				       i, rows, all_rows);
		if (all_rows < 0 && (rows >= 0 || all_rows == DIM_UNKNOWN))
			all_rows = rows;
		cols = given_columns(c->node, i, cols);
		if (cols < 0 || total < 0)
			total = DIM_UNKNOWN;
		else if (ADD_OVERFLOWS(total, cols, &total))
			return err_set(e, ERR_LIMIT, "too many columns");
	}
	ml_set_matrix(c, 0, DTYPE_F32, all_rows, total);
	return true;
}

static void copy_row(const struct tensor *x, size_t at, size_t n, float *y)
{
	for (size_t k = 0; k < n; k++)
		y[k] = (float)tensor_double(x, at + k);
}

static bool run_features(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	size_t width, at = 0;

	if (!y || !tensor_count(y))
		return true;
	width = (size_t)y->shape.dim[1];
	memset(tensor_mut(y), 0, y->bytes);
	for (uint32_t i = 0; i < c->nin; i++) {
		const struct tensor *x = call_in(c, i);
		int64_t rows, cols, given;

		if (!operand_matrix(&x->shape, i, &rows, &cols, e))
			return false;
		given = given_columns(c->node, i, cols);
		for (size_t r = 0; r < (size_t)rows; r++)
			copy_row(x, r * (size_t)cols,
				 (size_t)(cols < given ? cols : given),
				 tensor_f32_mut(y) + r * width + at);
		at += (size_t)given;
	}
	return true;
}

static const struct kernel kernels[] = {{.name = "feature-vectorizer",
					 .engine = "reference",
					 .run = run_features},
					{0}};

const struct op op_rows_ml_features[] = {
	{.domain = "ai.onnx.ml",
	 .type = "FeatureVectorizer",
	 .since = 1,
	 .in = PARAMS(MANY("X", "T1", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", NULL, TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("inputdimensions", INTS, NULL)),
	 .infer = infer_features,
	 .kernels = kernels},
	{0}};
