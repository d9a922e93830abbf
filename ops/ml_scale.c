/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_scale.c -- Binarizer, Imputer, Normalizer and Scaler: each feature on
 * its own, or with its row.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "ops/ml_attr.h"

/* Extent of the last dimension, DIM_UNKNOWN if not known. */
static int64_t last_dim(const struct shape *x)
{
	return x->rank > 0 ? x->dim[x->rank - 1] : DIM_UNKNOWN;
}

/* One number, or one per feature. */
static bool check_numbers(const char *name, uint32_t count,
			  const struct shape *x, struct err *e)
{
	int64_t features = last_dim(x);

	if (count == 1 || (features < 0 && x->rank != 0) || count == features)
		return true;
	if (x->rank == 0)
		return err_set(e, ERR_SHAPE, "%u numbers in '%s' for a scalar",
			       count, name);
	return err_set(e, ERR_SHAPE,
		       "%u numbers in '%s', want 1 or one for each of %" PRId64
		       " features",
		       count, name, features);
}

/* ---- Binarizer ---------------------------------------------------------- */

/* NaN is not greater. */
static bool run_binarizer(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	double threshold = attr_float(c->node, "threshold");
	size_t n = tensor_count(x);

	(void)e;
	for (size_t i = 0; y && i < n; i++)
		element_set_double(y->dtype, tensor_mut(y), i,
				   tensor_double(x, i) > threshold);
	return true;
}

static const struct kernel binarizer[] = {
	{.name = "binarizer", .engine = "reference", .run = run_binarizer},
	{0}};

/* ---- Imputer ------------------------------------------------------------ */

/* The values to put for elements of type T. */
static bool imputed_of(const struct node *n, enum dtype t,
		       const struct shape *x, const struct attr **values,
		       struct err *e)
{
	bool whole = dtype_is_integer(t);
	const char *name = whole ? "imputed_value_int64s"
				 : "imputed_value_floats";

	*values = ml_list(n, name, whole ? ATTR_INTS : ATTR_FLOATS);
	if (t == DTYPE_NONE)
		return true;
	if (!*values)
		return err_set(e, ERR_FORMAT, "'%s' is missing", name);
	for (uint32_t i = 0; t == DTYPE_I32 && i < (*values)->count; i++)
		if ((*values)->u.ints[i] != (int32_t)(*values)->u.ints[i])
			return err_set(e, ERR_FORMAT,
				       "%s: %" PRId64 " does not fit int32",
				       name, (*values)->u.ints[i]);
	return check_numbers(name, (*values)->count, x, e);
}

static bool infer_imputer(struct infer *c, struct err *e)
{
	const struct attr *values;

	return imputed_of(c->node, infer_dtype(c, 0), infer_shape(c, 0),
			  &values, e) &&
	       infer_same_as_first(c, e);
}

static void impute_ints(const struct tensor *x, struct tensor *y,
			const struct attr *v, int64_t replaced)
{
	size_t n = tensor_count(x);

	for (size_t i = 0; i < n; i++) {
		int64_t a = tensor_int(x, i);

		if (a == replaced)
			a = v->u.ints[i % v->count];
		element_set_int(y->dtype, tensor_mut(y), i, a);
	}
}

/* NaN can be replaced too. */
static void impute_floats(const struct tensor *x, struct tensor *y,
			  const struct attr *v, double replaced)
{
	size_t n = tensor_count(x);

	for (size_t i = 0; i < n; i++) {
		double a = tensor_double(x, i);

		if (a == replaced || (isnan(a) && isnan(replaced)))
			a = v->u.floats[i % v->count];
		element_set_double(y->dtype, tensor_mut(y), i, a);
	}
}

static bool run_imputer(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	const struct attr *v;

	if (!imputed_of(c->node, x->dtype, &x->shape, &v, e))
		return false;
	if (!y)
		return true;
	if (v->kind == ATTR_INTS)
		impute_ints(x, y, v, attr_int(c->node, "replaced_value_int64"));
	else
		impute_floats(x, y, v,
			      attr_float(c->node, "replaced_value_float"));
	return true;
}

static const struct kernel imputer[] = {
	{.name = "imputer", .engine = "reference", .run = run_imputer}, {0}};

/* ---- Normalizer: rows divided by their norm, unless that is 0 ----------- */

enum norm { NORM_MAX, NORM_L1, NORM_L2 };

static bool norm_of(const struct node *n, enum norm *norm, struct err *e)
{
	static const char *const names[] = {
		[NORM_MAX] = "MAX", [NORM_L1] = "L1", [NORM_L2] = "L2"};
	const char *name = attr_string(n, "norm");

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!strcmp(name, names[i])) {
			*norm = (enum norm)i;
			return true;
		}
	return err_set(e, ERR_FORMAT, "norm '%s', want MAX, L1 or L2", name);
}

static bool infer_normalizer(struct infer *c, struct err *e)
{
	int64_t rows, cols;
	enum norm norm;

	if (!norm_of(c->node, &norm, e) ||
	    !ml_matrix(infer_shape(c, 0), &rows, &cols, e))
		return false;
	infer_set(c, 0, DTYPE_F32, infer_shape(c, 0));
	return true;
}

/* MAX is the greatest element, not the greatest magnitude; L1 sums magnitudes:
 * what ONNX Runtime does, where the standard's formulas are loose. */
static double norm_row(enum norm norm, const double *x, size_t n)
{
	double sum = norm == NORM_MAX ? -FLT_MAX : 0;

	for (size_t i = 0; i < n; i++)
		if (norm == NORM_MAX)
			sum = sum < x[i] ? x[i] : sum;
		else
			sum += norm == NORM_L1 ? fabs(x[i]) : x[i] * x[i];
	return norm == NORM_L2 ? sqrt(sum) : sum;
}

static size_t scratch_normalizer(const struct call *c)
{
	return ml_row_scratch(c, 0);
}

static bool run_normalizer(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	double *row = c->scratch;
	int64_t rows, cols;
	enum norm norm;
	float *y;

	if (!norm_of(c->node, &norm, e) ||
	    !ml_matrix(&x->shape, &rows, &cols, e))
		return false;
	if (!call_out(c, 0) || !tensor_count(x))
		return true;
	y = tensor_f32_mut(call_out(c, 0));
	for (size_t r = 0; r < (size_t)rows; r++) {
		size_t n = (size_t)cols;
		double by;

		ml_load_row(x, r, n, row);
		by = norm_row(norm, row, n);
		for (size_t i = 0; i < n; i++)
			*y++ = (float)(by != 0 ? row[i] / by : row[i]);
	}
	return true;
}

static const struct kernel normalizer[] = {{.name = "normalizer",
					    .engine = "reference",
					    .scratch = scratch_normalizer,
					    .run = run_normalizer},
					   {0}};

/* ---- Scaler: (x - offset) * scale --------------------------------------- */

static bool scaler_of(const struct node *n, const struct shape *x,
		      const struct attr **offset, const struct attr **scale,
		      struct err *e)
{
	*offset = ml_list(n, "offset", ATTR_FLOATS);
	*scale = ml_list(n, "scale", ATTR_FLOATS);
	if (*offset && *scale && (*offset)->count != (*scale)->count)
		return err_set(e, ERR_FORMAT, "%u offsets for %u scales",
			       (*offset)->count, (*scale)->count);
	return (!*offset || check_numbers("offset", (*offset)->count, x, e)) &&
	       (!*scale || check_numbers("scale", (*scale)->count, x, e));
}

static bool infer_scaler(struct infer *c, struct err *e)
{
	const struct attr *offset, *scale;

	if (!scaler_of(c->node, infer_shape(c, 0), &offset, &scale, e))
		return false;
	infer_set(c, 0, DTYPE_F32, infer_shape(c, 0));
	return true;
}

static bool run_scaler(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	const struct attr *offset, *scale;
	size_t n = tensor_count(x);

	if (!scaler_of(c->node, &x->shape, &offset, &scale, e))
		return false;
	for (size_t i = 0; y && i < n; i++) {
		double a = tensor_double(x, i);

		if (offset)
			a -= offset->u.floats[i % offset->count];
		if (scale)
			a *= scale->u.floats[i % scale->count];
		tensor_f32_mut(y)[i] = (float)a;
	}
	return true;
}

static const struct kernel scaler[] = {
	{.name = "scaler", .engine = "reference", .run = run_scaler}, {0}};

const struct op op_rows_ml_scale[] = {
	{.domain = "ai.onnx.ml",
	 .type = "Binarizer",
	 .since = 1,
	 .traits = OP_ELEMENTWISE,
	 .in = PARAMS(IN("X", "T", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", "T", ML_NUMBERS)),
	 .attrs = ATTRS(ATTR("threshold", FLOAT, "0")),
	 .infer = infer_same_as_first,
	 .kernels = binarizer},
	{.domain = "ai.onnx.ml",
	 .type = "Imputer",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", "T", ML_NUMBERS)),
	 .attrs = ATTRS(ATTR("imputed_value_floats", FLOATS, NULL),
			ATTR("imputed_value_int64s", INTS, NULL),
			ATTR("replaced_value_float", FLOAT, "0"),
			ATTR("replaced_value_int64", INT, "0")),
	 .infer = infer_imputer,
	 .kernels = imputer},
	{.domain = "ai.onnx.ml",
	 .type = "Normalizer",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", NULL, TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("norm", STRING, "MAX")),
	 .infer = infer_normalizer,
	 .kernels = normalizer},
	{.domain = "ai.onnx.ml",
	 .type = "Scaler",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", ML_NUMBERS)),
	 .out = PARAMS(IN("Y", NULL, TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("offset", FLOATS, NULL),
			ATTR("scale", FLOATS, NULL)),
	 .infer = infer_scaler,
	 .kernels = scaler},
	{0}};
