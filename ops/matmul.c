/* SPDX-License-Identifier: Apache-2.0 */
/* ops/matmul.c -- MatMul, and com.microsoft's FusedMatMul, TransposeMatMul and
 * FusedMatMulActivation.
 *
 * FusedMatMul is alpha * op(A) * op(B).  transX swaps the last two axes;
 * transBatchX (which TransposeMatMul lacks) says that the first axis of X
 * stands for the last but one.
 */
#include "ops/op.h"

#include "graph/element.h"
#include "ops/curve_of.h"
#include "ops/doubles.h"
#include "ops/product.h"
#include "ops/product_f32.h"

static bool infer_matmul(struct infer *c, struct err *e)
{
	struct shape y;

	if (!product_shape(&y, infer_shape(c, 0), infer_shape(c, 1), e))
		return false;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1)) +
	       doubles_of(count_out(c, 0));
}

static bool run_matmul(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	struct doubles d = {0};
	struct product p;
	size_t n = tensor_count(y);

	(void)e;
	product_make(&p, &call_in(c, 0)->shape, &call_in(c, 1)->shape);
	if (dtype_is_float(y->dtype)) {
		double *a = doubles_load(&d, c, 0), *b = doubles_load(&d, c, 1);
		double *out = doubles_take(&d, c, n);

		product_run(&p, a, b, out);
		element_store(y->dtype, tensor_mut(y), 0, n, out);
	} else {
		int64_t *a = ints_load(&d, c, 0), *b = ints_load(&d, c, 1);
		int64_t *out = (int64_t *)doubles_take(&d, c, n);

		product_run_ints(&p, a, b, out);
		element_store_ints(y->dtype, tensor_mut(y), 0, n, out);
	}
	return true;
}

/* ---- FusedMatMul -------------------------------------------------------- */

/* Axis I of op(X) is axis AXIS[I] of X. */
static void fused_axes(const struct node *n, bool right, int32_t rank,
		       int32_t *axis)
{
	bool swap = attr_int(n, right ? "transB" : "transA") != 0;
	bool batch = node_int(n, right ? "transBatchB" : "transBatchA", 0);

	for (int32_t i = 0; i < rank; i++)
		axis[i] = i;
	if (rank < 2)
		return;
	if (batch) {
		for (int32_t i = 0; i < rank - 2; i++)
			axis[i] = i + 1;
		axis[rank - 2] = 0;
	}
	if (swap) {
		int32_t last = axis[rank - 1];

		axis[rank - 1] = axis[rank - 2];
		axis[rank - 2] = last;
	}
}

static struct shape fused_shape(const struct node *n, bool right,
				const struct shape *s)
{
	int32_t axis[MAX_RANK];
	struct shape r = *s;

	if (s->rank < 0)
		return r;
	fused_axes(n, right, s->rank, axis);
	for (int32_t i = 0; i < s->rank; i++)
		r.dim[i] = s->dim[axis[i]];
	return r;
}

static double *fused_load(struct doubles *d, const struct call *c,
			  uint32_t operand)
{
	const struct tensor *t = call_in(c, operand);
	const struct shape *s = &t->shape;
	struct shape r = fused_shape(c->node, operand == 1, s);
	size_t n = tensor_count(t), stride[MAX_RANK], at, rest;
	int32_t axis[MAX_RANK];
	double *x = doubles_take(d, c, n);

	fused_axes(c->node, operand == 1, s->rank, axis);
	stride[s->rank - 1] = 1;
	for (int32_t i = s->rank - 1; i > 0; i--)
		stride[i - 1] = stride[i] * (size_t)s->dim[i];
	for (size_t i = 0; i < n; i++) {
		at = 0;
		rest = i;
		for (int32_t k = r.rank - 1; k >= 0; k--) {
			at += rest % (size_t)r.dim[k] * stride[axis[k]];
			rest /= (size_t)r.dim[k];
		}
		x[i] = element_double(t->dtype, t->data, at);
	}
	return x;
}

static bool infer_fused(struct infer *c, struct err *e)
{
	struct shape a = fused_shape(c->node, false, infer_shape(c, 0));
	struct shape b = fused_shape(c->node, true, infer_shape(c, 1)), y;
	struct curve curve;

	if (!curve_of_node(&curve, c->node, e) || !product_shape(&y, &a, &b, e))
		return false;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool run_fused(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	struct shape a = fused_shape(c->node, false, &call_in(c, 0)->shape);
	struct shape b = fused_shape(c->node, true, &call_in(c, 1)->shape);
	double alpha = attr_float(c->node, "alpha");
	struct doubles d = {0};
	struct product p;
	size_t n = tensor_count(y);
	double *left = fused_load(&d, c, 0), *right = fused_load(&d, c, 1);
	double *out = doubles_take(&d, c, n);
	struct curve curve;

	if (!curve_of_node(&curve, c->node, e))
		return false;
	product_make(&p, &a, &b);
	product_run(&p, left, right, out);
	for (size_t i = 0; i < n; i++)
		out[i] *= alpha;
	curve_map(&curve, out, n);
	element_store(y->dtype, tensor_mut(y), 0, n, out);
	return true;
}

static const struct kernel matmul_kernels[] = {
	{"matmul-ref", "reference", .scratch = scratch, .run = run_matmul},
	MATMUL_F32_KERNEL,
	{.name = NULL},
};

static const struct kernel fused_kernels[] = {
	{"fused-matmul-ref", "reference", .scratch = scratch, .run = run_fused},
	MATMUL_F32_KERNEL,
	{.name = NULL},
};

static const struct param mat_mul_1_in[] = {
	{"A", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{"B", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{NULL},
};

static const struct param mat_mul_1_out[] = {
	{"Y", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{NULL},
};

static const struct param fused_mat_mul_1_in[] = {
	{"A", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param fused_mat_mul_1_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec fused_mat_mul_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1"},
	{"transA", ATTR_INT, false, "0"},
	{"transB", ATTR_INT, false, "0"},
	{"transBatchA", ATTR_INT, false, "0"},
	{"transBatchB", ATTR_INT, false, "0"},
	{NULL},
};

static const struct kernel activation_kernels[] = {
	{"fused-matmul-ref", "reference", .scratch = scratch, .run = run_fused},
	{.name = NULL},
};

static const struct attr_spec fused_mat_mul_activation_1_attrs[] = {
	{"activation", ATTR_STRING, true, NULL},
	{"activation_alpha", ATTR_FLOAT, false, NULL},
	{"activation_axis", ATTR_INT, false, NULL},
	{"activation_beta", ATTR_FLOAT, false, NULL},
	{"activation_gamma", ATTR_FLOAT, false, NULL},
	{"alpha", ATTR_FLOAT, false, "1"},
	{"transA", ATTR_INT, false, "0"},
	{"transB", ATTR_INT, false, "0"},
	{"transBatchA", ATTR_INT, false, "0"},
	{"transBatchB", ATTR_INT, false, "0"},
	{NULL},
};

static const struct attr_spec transpose_mat_mul_1_attrs[] = {
	{"alpha", ATTR_FLOAT, false, "1"},
	{"transA", ATTR_INT, false, "0"},
	{"transB", ATTR_INT, false, "0"},
	{NULL},
};

const struct op op_rows_matmul[] = {
	{"", "MatMul", 1, 0, mat_mul_1_in, mat_mul_1_out, NULL, infer_matmul,
	 matmul_kernels},
	{"com.microsoft", "FusedMatMul", 1, 0, fused_mat_mul_1_in,
	 fused_mat_mul_1_out, fused_mat_mul_1_attrs, infer_fused,
	 fused_kernels},
	{"com.microsoft", "FusedMatMulActivation", 1, 0, fused_mat_mul_1_in,
	 fused_mat_mul_1_out, fused_mat_mul_activation_1_attrs, infer_fused,
	 activation_kernels},
	{"com.microsoft", "TransposeMatMul", 1, 0, fused_mat_mul_1_in,
	 fused_mat_mul_1_out, transpose_mat_mul_1_attrs, infer_fused,
	 fused_kernels},
	{.type = NULL},
};
