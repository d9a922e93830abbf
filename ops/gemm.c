/* SPDX-License-Identifier: Apache-2.0 */
/* ops/gemm.c -- Gemm, and com.microsoft's FusedGemm.
 *
 *     Y = activation(alpha * op(A) * op(B) + beta * C)
 *
 * A and B have rank 2; C broadcasts to Y (until opset 6 only if the attribute
 * "broadcast" says so).  Integers wrap in the product.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

#include "graph/element.h"
#include "ops/curve_of.h"
#include "ops/doubles.h"
#include "ops/product.h"
#include "ops/product_f32.h"

/* S, transposed if attribute NAME says so. */
static struct shape turned(const struct node *n, const char *name,
			   const struct shape *s)
{
	return attr_int(n, name) && s->rank == 2 ? SHAPE(s->dim[1], s->dim[0])
						 : *s;
}

static bool check_rank(const struct infer *c, uint32_t i, struct err *e)
{
	int32_t rank = infer_shape(c, i)->rank;

	if (rank < 0 || rank == 2)
		return true;
	return err_set(e, ERR_SHAPE, "%s has rank %d, want 2", i ? "B" : "A",
		       rank);
}

static bool check_bias(const struct infer *c, const struct shape *y,
		       struct err *e)
{
	const struct shape *bias = infer_shape(c, 2);
	struct shape sum;

	if (!infer_has(c, 2) || bias->rank < 0 || y->rank < 0)
		return true;
	if (bias->rank > 2)
		return err_set(e, ERR_SHAPE, "C has rank %d, want at most 2",
			       bias->rank);
	if (!shape_broadcast(&sum, y, bias, e))
		return err_context(e, "C");
	for (int32_t i = 0; i < 2; i++)
		if (y->dim[i] >= 0 && sum.dim[i] >= 0 &&
		    sum.dim[i] != y->dim[i])
			return err_set(e, ERR_SHAPE,
				       "C has dim %" PRId64 " at axis %d of "
				       "the result, want 1 or %" PRId64,
				       sum.dim[i], i, y->dim[i]);
	return true;
}

static bool infer_gemm(struct infer *c, struct err *e)
{
	struct shape a, b, y;
	struct curve curve;

	if (!curve_of_node(&curve, c->node, e))
		return false;
	if (!check_rank(c, 0, e) || !check_rank(c, 1, e))
		return false;
	a = turned(c->node, "transA", infer_shape(c, 0));
	b = turned(c->node, "transB", infer_shape(c, 1));
	if (!product_shape(&y, &a, &b, e) || !check_bias(c, &y, e))
		return false;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1)) +
	       doubles_of(count_out(c, 0));
}

/* Where element (I, J) of T lies if T is stored transposed or not. */
static size_t place(const struct shape *s, bool transposed, size_t i, size_t j)
{
	return transposed ? j * (size_t)s->dim[1] + i
			  : i * (size_t)s->dim[1] + j;
}

static double *load(struct doubles *d, const struct call *c, uint32_t operand,
		    const struct shape *s, bool transposed)
{
	const struct tensor *t = call_in(c, operand);
	size_t rows = (size_t)s->dim[0], cols = (size_t)s->dim[1];
	double *x = doubles_take(d, c, rows * cols);

	if (!transposed) {
		element_load(t->dtype, t->data, 0, rows * cols, x);
		return x;
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			x[i * cols + j] = element_double(
				t->dtype, t->data,
				place(&t->shape, true, i, j));
	return x;
}

static int64_t *load_ints(struct doubles *d, const struct call *c,
			  uint32_t operand, const struct shape *s,
			  bool transposed)
{
	const struct tensor *t = call_in(c, operand);
	size_t rows = (size_t)s->dim[0], cols = (size_t)s->dim[1];
	int64_t *x = (int64_t *)doubles_take(d, c, rows * cols);

	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			x[i * cols + j] = element_int(
				t->dtype, t->data,
				place(&t->shape, transposed, i, j));
	return x;
}

/* Index into C of element (I, J) of the result. */
static size_t bias_at(const struct shape *s, size_t i, size_t j)
{
	size_t cols = s->rank ? (size_t)s->dim[s->rank - 1] : 1;

	return (s->rank == 2 && s->dim[0] != 1 ? i * cols : 0) +
	       (cols != 1 ? j : 0);
}

struct epilogue {
	double alpha, beta;
	struct curve curve;
};

static void store(const struct call *c, size_t i, size_t j, size_t cols,
		  double x, const struct epilogue *end)
{
	const struct tensor *bias = call_in(c, 2);
	struct tensor *y = call_out(c, 0);

	x *= end->alpha;
	if (bias)
		x += end->beta *
		     tensor_double(bias, bias_at(&bias->shape, i, j));
	x = curve_at(&end->curve, x);
	element_set_double(y->dtype, tensor_mut(y), i * cols + j,
			   dtype_is_float(y->dtype) ? x : trunc(x));
}

/* Exact and modulo 2^64 as long as alpha and beta are 1. */
static void store_int(const struct call *c, size_t i, size_t j, size_t cols,
		      int64_t x, const struct epilogue *end)
{
	const struct tensor *bias = call_in(c, 2);
	struct tensor *y = call_out(c, 0);
	int64_t b = 0;

	if (end->alpha != 1 || end->beta != 1 || end->curve.f) {
		store(c, i, j, cols, (double)x, end);
		return;
	}
	if (bias)
		b = tensor_int(bias, bias_at(&bias->shape, i, j));
	element_set_int(y->dtype, tensor_mut(y), i * cols + j,
			(int64_t)((uint64_t)x + (uint64_t)b));
}

static bool run_gemm(const struct call *c, struct err *e)
{
	const struct node *n = c->node;
	bool ta = attr_int(n, "transA") != 0, tb = attr_int(n, "transB") != 0;
	struct shape a = turned(n, "transA", &call_in(c, 0)->shape);
	struct shape b = turned(n, "transB", &call_in(c, 1)->shape);
	struct epilogue end = {.alpha = attr_float(n, "alpha"),
			       .beta = attr_float(n, "beta")};
	struct doubles d = {0};
	struct product p;
	double *y;
	int64_t *iy;

	if (!curve_of_node(&end.curve, n, e))
		return false;
	product_make(&p, &a, &b);
	if (dtype_is_float(call_out(c, 0)->dtype)) {
		double *left = load(&d, c, 0, &a, ta);
		double *right = load(&d, c, 1, &b, tb);

		y = doubles_take(&d, c, p.m * p.n);
		product_run(&p, left, right, y);
		for (size_t i = 0; i < p.m * p.n; i++)
			store(c, i / p.n, i % p.n, p.n, y[i], &end);
	} else {
		int64_t *left = load_ints(&d, c, 0, &a, ta);
		int64_t *right = load_ints(&d, c, 1, &b, tb);

		iy = (int64_t *)doubles_take(&d, c, p.m * p.n);
		product_run_ints(&p, left, right, iy);
		for (size_t i = 0; i < p.m * p.n; i++)
			store_int(c, i / p.n, i % p.n, p.n, iy[i], &end);
	}
	return true;
}

static const struct kernel gemm_kernels[] = {
	{"gemm-ref", "reference", .scratch = scratch, .run = run_gemm},
	GEMM_F32_KERNEL,
	{.name = NULL},
};

static const struct param gemm_1_in[] = {
	{"A", "T", TYPES_IEEE, 0},
	{"B", "T", TYPES_IEEE, 0},
	{"C", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param gemm_1_out[] = {
	{"Y", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec gemm_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1"},   {"beta", ATTR_FLOAT, false, "1"},
	{"broadcast", ATTR_INT, false, "0"}, {"transA", ATTR_INT, false, "0"},
	{"transB", ATTR_INT, false, "0"},    {NULL},
};

static const struct param gemm_7_in[] = {
	{"A", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{"B", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{"C", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{NULL},
};

static const struct param gemm_7_out[] = {
	{"Y", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{NULL},
};

static const struct attr_spec gemm_7_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1"},
	{"beta", ATTR_FLOAT, false, "1"},
	{"transA", ATTR_INT, false, "0"},
	{"transB", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param gemm_11_in[] = {
	{"A", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{"B", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{"C", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct param gemm_11_out[] = {
	{"Y", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{NULL},
};

static const struct param fused_gemm_1_in[] = {
	{"A", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{"B", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{"C", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec fused_gemm_1_attrs[] = {
	{"activation", ATTR_STRING, false, NULL},
	{"activation_alpha", ATTR_FLOAT, false, NULL},
	{"activation_beta", ATTR_FLOAT, false, NULL},
	{"activation_gamma", ATTR_FLOAT, false, NULL},
	{"alpha", ATTR_FLOAT, false, "1"},
	{"beta", ATTR_FLOAT, false, "1"},
	{"transA", ATTR_INT, false, "0"},
	{"transB", ATTR_INT, false, "0"},
	{NULL},
};

const struct op op_rows_gemm[] = {
	{"", "Gemm", 1, 0, gemm_1_in, gemm_1_out, gemm_1_attrs, infer_gemm,
	 gemm_kernels},
	{"", "Gemm", 7, 0, gemm_7_in, gemm_7_out, gemm_7_attrs, infer_gemm,
	 gemm_kernels},
	{"", "Gemm", 11, 0, gemm_11_in, gemm_11_out, gemm_7_attrs, infer_gemm,
	 gemm_kernels},
	{"com.microsoft", "FusedGemm", 1, 0, fused_gemm_1_in, gemm_7_out,
	 fused_gemm_1_attrs, infer_gemm, gemm_kernels},
	{.type = NULL},
};
