/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qgemm.c -- com.microsoft's QGemm.
 *
 *     Y = requantize(alpha * a_scale * b_scale * (op(A - a_zero) *
 *                    op(B - b_zero) + C))
 *
 * with C in 32-bit units of a_scale * b_scale; without y_scale the result is
 * float.  B may have a scale and zero point for each column of op(B).
 */
#include "ops/op.h"

#include <inttypes.h>

#include "graph/element.h"
#include "ops/requant.h"
#include "ops/scales.h"
#include "ops/product_u8.h"

static int64_t side(const struct infer *c, uint32_t i, const char *turn,
		    int axis)
{
	const struct shape *s = infer_shape(c, i);

	return s->rank == 2 ? s->dim[attr_int(c->node, turn) ? !axis : axis]
			    : DIM_UNKNOWN;
}

static bool check(const struct infer *c, int64_t columns, struct err *e)
{
	for (uint32_t i = 0; i < 4; i += 3)
		if (infer_shape(c, i)->rank >= 0 &&
		    infer_shape(c, i)->rank != 2)
			return err_set(e, ERR_SHAPE, "%s has rank %d, want 2",
				       i ? "B" : "A", infer_shape(c, i)->rank);
	return requant_check(infer_shape(c, 1), "a_scale", 1, e) &&
	       requant_check(infer_shape(c, 2), "a_zero_point", 1, e) &&
	       requant_check(infer_shape(c, 4), "b_scale", columns, e) &&
	       requant_check(infer_shape(c, 5), "b_zero_point", columns, e);
}

static bool infer_qgemm(struct infer *c, struct err *e)
{
	int64_t inner = side(c, 0, "transA", 1);
	int64_t want = side(c, 3, "transB", 0);
	int64_t columns = side(c, 3, "transB", 1);
	struct shape y = SHAPE(side(c, 0, "transA", 0), columns), sum;

	if (!check(c, columns, e))
		return false;
	if (inner >= 0 && want >= 0 && inner != want)
		return err_set(e, ERR_SHAPE,
			       "A has inner dim %" PRId64 ", B has %" PRId64,
			       inner, want);
	if (infer_has(c, 6) && infer_shape(c, 6)->rank >= 0 &&
	    (!shape_broadcast(&sum, &y, infer_shape(c, 6), e) || sum.rank != 2))
		return err_context(e, "C");
	infer_set(c, 0, infer_has(c, 8) ? infer_dtype(c, 8) : DTYPE_F32, &y);
	return true;
}

/* Element I, J of op(T) without its zero point. */
static int64_t operand(const struct call *c, uint32_t at, bool turned, size_t i,
		       size_t j, size_t line)
{
	const struct tensor *t = call_in(c, at), *zero = call_in(c, at + 2);
	size_t cols = (size_t)t->shape.dim[1];

	return tensor_int(t, turned ? j * cols + i : i * cols + j) -
	       (int64_t)per_line(zero, line, 0);
}

/* Index into C of element (I, J) of the result. */
static size_t bias_at(const struct shape *s, size_t i, size_t j)
{
	size_t cols = s->rank ? (size_t)s->dim[s->rank - 1] : 1;

	return (s->rank == 2 && s->dim[0] != 1 ? i * cols : 0) +
	       (cols != 1 ? j : 0);
}

static int32_t sum_at(const struct call *c, size_t i, size_t j)
{
	bool ta = attr_int(c->node, "transA") != 0;
	bool tb = attr_int(c->node, "transB") != 0;
	size_t k = (size_t)call_in(c, 0)->shape.dim[ta ? 0 : 1];
	const struct tensor *bias = call_in(c, 6);
	int64_t sum = bias ? tensor_int(bias, bias_at(&bias->shape, i, j)) : 0;

	for (size_t p = 0; p < k; p++)
		sum += operand(c, 0, ta, i, p, 0) * operand(c, 3, tb, p, j, j);
	return (int32_t)(uint32_t)(uint64_t)sum;
}

static bool run_qgemm(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	size_t rows = (size_t)y->shape.dim[0], cols = (size_t)y->shape.dim[1];
	double a = attr_float(c->node, "alpha") * call_scalar(c, 1, 1);
	bool codes = call_in(c, 7) != NULL;

	for (uint32_t i = 1; i <= 7; i += 3)
		if (call_in(c, i) && !scales_check_values(call_in(c, i), e))
			return err_context(e, "operand %u", i);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++) {
			double b = per_line(call_in(c, 4), j, 1);
			double x = sum_at(c, i, j);

			if (codes)
				x = requant((int32_t)x,
					    requant_multiplier(
						    a, b, call_scalar(c, 7, 1)),
					    call_scalar(c, 8, 0));
			else
				x = (float)x * (float)((float)a * (float)b);
			element_set_double(y->dtype, tensor_mut(y),
					   i * cols + j, x);
		}
	return true;
}

static const struct kernel kernels[] = {
	{"qgemm-ref", "reference", .run = run_qgemm},
	PRODUCT_U8_KERNELS,
	{.name = NULL},
};

#define CODES (TYPE_BIT(I8) | TYPE_BIT(U8))

static const struct param in[] = {
	{"A", "TA", CODES, 0},
	{"a_scale", NULL, TYPE_BIT(F32), 0},
	{"a_zero_point", "TA", CODES, 0},
	{"B", "TB", CODES, 0},
	{"b_scale", NULL, TYPE_BIT(F32), 0},
	{"b_zero_point", "TB", CODES, 0},
	{"C", NULL, TYPE_BIT(I32), PARAM_OPTIONAL},
	{"y_scale", NULL, TYPE_BIT(F32), PARAM_OPTIONAL},
	{"y_zero_point", "TYZ", CODES, PARAM_OPTIONAL},
	{NULL},
};

static const struct param out[] = {
	{"Y", NULL, CODES | TYPE_BIT(F32), 0},
	{NULL},
};

static const struct attr_spec attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1"},
	{"transA", ATTR_INT, false, "0"},
	{"transB", ATTR_INT, false, "0"},
	{NULL},
};

const struct op op_rows_qgemm[] = {
	{"com.microsoft", "QGemm", 1, 0, in, out, attrs, infer_qgemm, kernels},
	{.type = NULL},
};
