/* SPDX-License-Identifier: Apache-2.0 */
/* ops/matmul_integer.c -- MatMulInteger and QLinearMatMul.
 *
 * Zero points and scales of A belong to the whole tensor, or to its rows
 * ([M], or [..., M, 1]), those of B to its columns.  Sums are exact and wrap
 * at 32 bits; see ops/requant.h for the way back to codes.
 */
#include "ops/op.h"

#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/lines.h"
#include "ops/product.h"
#include "ops/requant.h"
#include "ops/scales.h"
#include "ops/product_u8.h"

static bool infer_integer(struct infer *c, struct err *e)
{
	const struct shape *a = infer_shape(c, 0), *b = infer_shape(c, 1);
	struct shape y;

	if (!product_shape(&y, a, b, e) ||
	    !lines_check(infer_shape(c, 2), a, "a_zero_point", false, e) ||
	    !lines_check(infer_shape(c, 3), b, "b_zero_point", true, e))
		return false;
	infer_set(c, 0, DTYPE_I32, &y);
	return true;
}

static bool infer_qlinear(struct infer *c, struct err *e)
{
	static const char *const names[] = {
		"a",	   "a_scale",	   "a_zero_point", "b",
		"b_scale", "b_zero_point", "y_scale",	   "y_zero_point",
	};
	const struct shape *a = infer_shape(c, 0), *b = infer_shape(c, 3);
	struct shape y;

	if (!product_shape(&y, a, b, e))
		return false;
	for (uint32_t i = 1; i < 8; i++) {
		const struct shape *of = i < 3 ? a : i < 6 ? b : &y;

		if (i != 3 && !lines_check(infer_shape(c, i), of, names[i],
					   i > 3 && i < 6, e))
			return false;
		if ((i == 1 || i == 4 || i == 6) && c->konst[i] &&
		    c->konst[i]->data && !scales_check_values(c->konst[i], e))
			return err_context(e, "%s", names[i]);
	}
	infer_set(c, 0, infer_dtype(c, 7), &y);
	return true;
}

static size_t scratch_integer(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1)) +
	       doubles_of(count_out(c, 0));
}

static bool run_integer(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	struct doubles d = {0};
	size_t n = tensor_count(y);
	struct product p;
	double *a, *b, *out;

	(void)e;
	product_make(&p, &call_in(c, 0)->shape, &call_in(c, 1)->shape);
	a = lines_load(&d, c, 0, 2, p.m, p.k, false);
	b = lines_load(&d, c, 1, 3, p.k, p.n, true);
	out = doubles_take(&d, c, n);
	product_run(&p, a, b, out);
	for (size_t i = 0; i < n; i++)
		element_set_int(DTYPE_I32, tensor_mut(y), i, sum_int32(out[i]));
	return true;
}

static size_t scratch_qlinear(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 3)) +
	       doubles_of(count_out(c, 0));
}

/* Sum I of the result as a code. */
static double code_of(const struct call *c, const struct product *p, size_t i,
		      double sum)
{
	size_t matrix = i / (p->m * p->n), row = i / p->n % p->m;
	size_t a = product_matrix(p, &p->a, matrix);
	size_t b = product_matrix(p, &p->b, matrix);
	float m = requant_multiplier(
		lines_at(call_in(c, 1), a, row, p->m, 1),
		lines_at(call_in(c, 4), b, i % p->n, p->n, 1),
		lines_at(call_in(c, 6), matrix, row, p->m, 1));

	return requant(sum_int32(sum), m,
		       lines_at(call_in(c, 7), matrix, row, p->m, 0));
}

static bool run_qlinear(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	struct doubles d = {0};
	size_t n = tensor_count(y);
	struct product p;
	double *a, *b, *out;

	for (uint32_t i = 1; i < 7; i++)
		if ((i == 1 || i == 4 || i == 6) &&
		    !scales_check_values(call_in(c, i), e))
			return err_context(e, "operand %u", i);
	product_make(&p, &call_in(c, 0)->shape, &call_in(c, 3)->shape);
	a = lines_load(&d, c, 0, 2, p.m, p.k, false);
	b = lines_load(&d, c, 3, 5, p.k, p.n, true);
	out = doubles_take(&d, c, n);
	product_run(&p, a, b, out);
	for (size_t i = 0; i < n; i++)
		out[i] = code_of(c, &p, i, out[i]);
	element_store(y->dtype, tensor_mut(y), 0, n, out);
	return true;
}

static const struct kernel matmul_integer_kernels[] = {
	{"matmul-integer-ref", "reference", .scratch = scratch_integer,
	 .run = run_integer},
	{.name = NULL},
};

static const struct kernel qlinear_matmul_kernels[] = {
	{"qlinear-matmul-ref", "reference", .scratch = scratch_qlinear,
	 .run = run_qlinear},
	PRODUCT_U8_KERNELS,
	{.name = NULL},
};

static const struct param mat_mul_integer_10_in[] = {
	{"A", "T1", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"B", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"a_zero_point", "T1", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{"b_zero_point", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{NULL},
};

static const struct param mat_mul_integer_10_out[] = {
	{"Y", NULL, TYPE_BIT(I32), 0},
	{NULL},
};

static const struct param qlinear_mat_mul_10_in[] = {
	{"a", "T1", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"a_scale", NULL, TYPE_BIT(F32), 0},
	{"a_zero_point", "T1", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"b", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"b_scale", NULL, TYPE_BIT(F32), 0},
	{"b_zero_point", "T2", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"y_scale", NULL, TYPE_BIT(F32), 0},
	{"y_zero_point", "T3", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct param qlinear_mat_mul_10_out[] = {
	{"y", "T3", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct param qlinear_mat_mul_21_in[] = {
	{"a", "T1", TYPES_FLOAT8 | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"a_scale", "TS", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"a_zero_point", "T1", TYPES_FLOAT8 | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"b", "T2", TYPES_FLOAT8 | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"b_scale", "TS", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"b_zero_point", "T2", TYPES_FLOAT8 | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"y_scale", "TS", TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F32), 0},
	{"y_zero_point", "T3", TYPES_FLOAT8 | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct param qlinear_mat_mul_21_out[] = {
	{"y", "T3", TYPES_FLOAT8 | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

const struct op op_rows_matmul_integer[] = {
	{"", "MatMulInteger", 10, 0, mat_mul_integer_10_in,
	 mat_mul_integer_10_out, NULL, infer_integer, matmul_integer_kernels},
	{"", "QLinearMatMul", 10, 0, qlinear_mat_mul_10_in,
	 qlinear_mat_mul_10_out, NULL, infer_qlinear, qlinear_matmul_kernels},
	{"", "QLinearMatMul", 21, 0, qlinear_mat_mul_21_in,
	 qlinear_mat_mul_21_out, NULL, infer_qlinear, qlinear_matmul_kernels},
	{.type = NULL},
};
