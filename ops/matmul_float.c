/* SPDX-License-Identifier: Apache-2.0 */
/* ops/matmul_float.c -- com.microsoft's MatMulIntegerToFloat and
 * DynamicQuantizeMatMul.
 *
 *     Y = (A - a_zero) * (B - b_zero) * (a_scale * b_scale) + bias
 *
 * Sums wrap at 32 bits; B may have a scale and zero point for each column.
 * Dynamic: A is float and quantized to uint8 first, as a whole.
 */
#include "ops/op.h"

#include <inttypes.h>

#include "graph/element.h"
#include "ops/dynamic_quantize.h"
#include "ops/lines.h"
#include "ops/product.h"
#include "ops/product_u8.h"
#include "ops/requant.h"

/* Which operands they are; NONE is beyond all. */
enum { NONE = 99 };

struct roles {
	uint32_t a_scale, b_scale, a_zero, b_zero, bias;
};

static const struct roles fixed = {2, 3, 4, 5, 6};
static const struct roles dynamic = {NONE, 2, NONE, 3, 4};

static bool check_bias(const struct infer *c, uint32_t i, const struct shape *y,
		       struct err *e)
{
	const struct shape *s = infer_shape(c, i);
	int64_t n = y->rank > 0 ? y->dim[y->rank - 1] : DIM_UNKNOWN;

	if (!infer_has(c, i) || s->rank < 0)
		return true;
	if (s->rank != 1)
		return err_set(e, ERR_SHAPE, "bias has rank %d, want 1",
			       s->rank);
	if (n >= 0 && s->dim[0] >= 0 && s->dim[0] != n)
		return err_set(e, ERR_SHAPE,
			       "bias has %" PRId64 " elements, want %" PRId64,
			       s->dim[0], n);
	return true;
}

static bool infer_product(struct infer *c, const struct roles *r,
			  enum dtype type, struct err *e)
{
	const struct shape *b = infer_shape(c, 1);
	struct shape y;

	if (!product_shape(&y, infer_shape(c, 0), b, e) ||
	    !lines_check(infer_shape(c, r->b_scale), b, "b_scale", true, e) ||
	    !lines_check(infer_shape(c, r->b_zero), b, "b_zero_point", true,
			 e) ||
	    !check_bias(c, r->bias, &y, e))
		return false;
	infer_set(c, 0, type, &y);
	return true;
}

static bool infer_fixed(struct infer *c, struct err *e)
{
	return requant_check(infer_shape(c, 2), "a_scale", 1, e) &&
	       requant_check(infer_shape(c, 4), "a_zero_point", 1, e) &&
	       infer_product(c, &fixed, infer_dtype(c, 2), e);
}

static bool infer_dynamic(struct infer *c, struct err *e)
{
	return infer_product(c, &dynamic, DTYPE_F32, e);
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1)) +
	       doubles_of(count_out(c, 0));
}

/* A * B for codes A without zero point. */
static void multiply(const struct call *c, const struct roles *r,
		     struct doubles *d, const struct product *p,
		     const double *a, double a_scale)
{
	struct tensor *y = call_out(c, 0);
	const struct tensor *bias = call_in(c, r->bias);
	double *b = lines_load(d, c, 1, r->b_zero, p->k, p->n, true);
	double *sum = doubles_take(d, c, tensor_count(y));

	product_run(p, a, b, sum);
	for (size_t i = 0; i < tensor_count(y); i++) {
		size_t matrix = product_matrix(p, &p->b, i / (p->m * p->n));

		sum[i] = sum_int32(sum[i]) * a_scale *
			 lines_at(call_in(c, r->b_scale), matrix, i % p->n,
				  p->n, 1);
		if (bias)
			sum[i] += tensor_double(bias, i % p->n);
	}
	element_store(y->dtype, tensor_mut(y), 0, tensor_count(y), sum);
}

static bool run_fixed(const struct call *c, struct err *e)
{
	struct doubles d = {0};
	struct product p;
	double *a;

	(void)e;
	product_make(&p, &call_in(c, 0)->shape, &call_in(c, 1)->shape);
	a = lines_load(&d, c, 0, fixed.a_zero, p.m, p.k, false);
	multiply(c, &fixed, &d, &p, a, call_scalar(c, fixed.a_scale, 1));
	return true;
}

static bool run_dynamic(const struct call *c, struct err *e)
{
	const float *x = call_f32(c, 0);
	size_t n = tensor_count(call_in(c, 0));
	struct doubles d = {0};
	struct product p;
	double *a, zero;
	float scale;

	product_make(&p, &call_in(c, 0)->shape, &call_in(c, 1)->shape);
	if (!dynamic_range(x, n, &scale, &zero, e))
		return err_context(e, "A");
	a = doubles_take(&d, c, n);
	for (size_t i = 0; i < n; i++)
		a[i] = dynamic_code(x[i], scale, zero) - zero;
	multiply(c, &dynamic, &d, &p, a, (double)scale);
	return true;
}

static const struct kernel fixed_kernels[] = {{.name = "matmul-to-float-ref",
					       .engine = "reference",
					       .scratch = scratch,
					       .run = run_fixed},
					      PRODUCT_U8_KERNELS,
					      {0}};

static const struct kernel dynamic_kernels[] = {{.name = "matmul-dynamic-ref",
						 .engine = "reference",
						 .scratch = scratch,
						 .run = run_dynamic},
						{0}};

const struct op op_rows_matmul_float[] = {
	{.domain = "com.microsoft",
	 .type = "DynamicQuantizeMatMul",
	 .since = 1,
	 .in = PARAMS(IN("A", "T1", TYPE_BIT(F32)), IN("B", "T2", TYPES_BYTES),
		      IN("b_scale", "T1", TYPE_BIT(F32)),
		      OPTIONAL("b_zero_point", "T2", TYPES_BYTES),
		      OPTIONAL("bias", "T1", TYPE_BIT(F32))),
	 .out = PARAMS(IN("Y", "T1", TYPE_BIT(F32))),
	 .infer = infer_dynamic,
	 .kernels = dynamic_kernels},
	{.domain = "com.microsoft",
	 .type = "MatMulIntegerToFloat",
	 .since = 1,
	 .in = PARAMS(IN("A", "T1", TYPES_BYTES), IN("B", "T2", TYPES_BYTES),
		      IN("a_scale", "T3", TYPES_F16_32),
		      IN("b_scale", "T3", TYPES_F16_32),
		      OPTIONAL("a_zero_point", "T1", TYPES_BYTES),
		      OPTIONAL("b_zero_point", "T2", TYPES_BYTES),
		      OPTIONAL("bias", "T3", TYPES_F16_32)),
	 .out = PARAMS(IN("Y", "T3", TYPES_F16_32)),
	 .infer = infer_fixed,
	 .kernels = fixed_kernels},
	{0}};
