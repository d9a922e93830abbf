/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_qproduct.c -- convolutions and matrix products of codes.
 *
 * Biases become 32-bit integers of scale x_scale * w_scale, which is what the
 * sums of products have.
 */
#include <math.h>
#include <string.h>

#include "exec/lower.h"
#include "exec/lower_quant.h"
#include "ops/op.h"

/* Value I of bias B: a float constant, or the codes C of one. */
static double bias_value(const struct tensor *b, const struct codes *c,
			 size_t i)
{
	size_t scales;

	if (!c)
		return tensor_double(b, i);
	scales = tensor_count(c->scale->konst);
	return (tensor_double(c->code->konst, i) -
		tensor_double(c->zero->konst,
			      tensor_count(c->zero->konst) > 1 ? i : 0)) *
	       tensor_double(c->scale->konst, scales > 1 ? i : 0);
}

/*
 * *OUT is B (not NULL) as int32 with COUNT elements in units of X's times W's
 * scale; *FOUND is false if B is not constant, has another size, or does not
 * fit.
 */
static bool make_bias(struct graph *g, struct value *b, const struct codes *x,
		      const struct codes *w, size_t count, struct value **out,
		      bool *found, struct err *e)
{
	struct shape s = SHAPE((int64_t)count);
	bool per_line = !codes_have_one_scale(w), has_codes;
	struct codes c;
	void *data;

	if (!codes_of(&c, b, true, &has_codes, e))
		return false;
	*found = has_codes ? tensor_count(c.code->konst) == count
			   : lower_is_const_f32(b, count);
	if (!*found)
		return true;
	if (!lower_const(g, DTYPE_I32, &s, out, &data, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		double unit = tensor_double(x->scale->konst, 0) *
			      tensor_double(w->scale->konst, per_line ? i : 0);
		double code = nearbyint(
			bias_value(b->konst, has_codes ? &c : NULL, i) / unit);

		if (!(fabs(code) <= INT32_MAX)) {
			*found = false;
			return true;
		}
		((int32_t *)data)[i] = (int32_t)code;
	}
	return true;
}

/* Codes of operands 0 and 1 of N, constant codes on the right, whose scales
 * are one or lie along AXIS. */
static bool product_codes(const struct node *n, int64_t axis, struct codes *x,
			  struct codes *w, bool *found, struct err *e)
{
	if (!codes_of(x, node_in(n, 0), false, found, e))
		return false;
	if (!*found || !codes_have_one_scale(x)) {
		*found = false;
		return true;
	}
	if (!codes_of(w, node_in(n, 1), false, found, e))
		return false;
	*found = *found && (codes_have_one_scale(w) ||
			    (w->axis == axis && w->code->konst));
	return true;
}

bool lower_qconv(struct node *n, struct node **again, struct err *e)
{
	static const char *const attrs[] = {
		"auto_pad", "dilations", "group", "kernel_shape",
		"pads",	    "strides",	 NULL};
	struct quantizer q;
	struct codes x, w;
	struct value *bias = NULL;
	bool found;

	if (!lower_is_f32(n, "Conv"))
		return true;
	if (!product_codes(n, 0, &x, &w, &found, e))
		return false;
	if (!found || !w.code->konst)
		return true;
	if (!quantizer_after(&q, n, &found, e))
		return false;
	if (!found)
		return true;
	if (node_in(n, 2) &&
	    !make_bias(n->graph, node_in(n, 2), &x, &w,
		       (size_t)w.code->type.shape.dim[0], &bias, &found, e))
		return false;
	if (!found)
		return true;
	*again = lower_to_codes(n, &q, "", "QLinearConv",
				(struct value *[]){x.code, x.scale, x.zero,
						   w.code, w.scale, w.zero,
						   q.y.scale, q.y.zero, bias},
				bias ? 9 : 8, attrs);
	return true;
}

bool lower_qgemm(struct node *n, struct node **again, struct err *e)
{
	static const char *const attrs[] = {"transB", NULL};
	struct quantizer q;
	struct codes x, w;
	struct value *bias = NULL;
	bool found, turned;

	if (!lower_is_f32(n, "Gemm") || n->op->since < 7 ||
	    node_int(n, "transA", 0) || node_float(n, "alpha", 1) != 1 ||
	    node_float(n, "beta", 1) != 1)
		return true;
	turned = node_int(n, "transB", 0) != 0;
	if (!product_codes(n, turned ? 0 : 1, &x, &w, &found, e))
		return false;
	if (!found || !w.code->konst)
		return true;
	if (!quantizer_after(&q, n, &found, e))
		return false;
	if (!found)
		return true;
	if (node_in(n, 2) &&
	    !make_bias(n->graph, node_in(n, 2), &x, &w,
		       (size_t)n->out[0]->type.shape.dim[1], &bias, &found, e))
		return false;
	if (!found)
		return true;
	*again = lower_to_codes(n, &q, "com.microsoft", "QGemm",
				(struct value *[]){x.code, x.scale, x.zero,
						   w.code, w.scale, w.zero,
						   bias, q.y.scale, q.y.zero},
				9, attrs);
	return true;
}

bool lower_qmatmul(struct node *n, struct node **again, struct err *e)
{
	static const char *const none[] = {NULL};
	const struct value *b = node_in(n, 1);
	struct quantizer q;
	struct codes x, w;
	bool found;

	if (!lower_is_f32(n, "MatMul") || b->type.shape.rank < 1)
		return true;
	if (!product_codes(n, b->type.shape.rank - 1, &x, &w, &found, e))
		return false;
	/* Several scales are one row, which only a matrix has. */
	if (!found || (!codes_have_one_scale(&w) && b->type.shape.rank != 2))
		return true;
	if (!quantizer_after(&q, n, &found, e))
		return false;
	if (!found)
		return true;
	*again = lower_to_codes(n, &q, "", "QLinearMatMul",
				(struct value *[]){x.code, x.scale, x.zero,
						   w.code, w.scale, w.zero,
						   q.y.scale, q.y.zero},
				8, none);
	return true;
}

/* ---- results that stay float -------------------------------------------- */

/* Operand I of N as a constant row of COUNT floats, in *OUT; else *FOUND is
 * false. */
static bool float_row(struct node *n, uint32_t i, size_t count,
		      struct value **out, bool *found, struct err *e)
{
	struct value *b = node_in(n, i);
	struct shape row = SHAPE((int64_t)count);
	bool has_codes;
	struct codes c;
	void *data;

	if (!codes_of(&c, b, true, &has_codes, e))
		return false;
	*found = has_codes
			 ? tensor_count(c.code->konst) == count
			 : lower_is_const_f32(b, count) &&
				   b->type.shape.rank > 0 &&
				   b->type.shape.dim[b->type.shape.rank - 1] ==
					   (int64_t)count;
	if (!*found)
		return true;
	if (!lower_const(n->graph, DTYPE_F32, &row, out, &data, e))
		return false;
	for (size_t k = 0; k < count; k++)
		((float *)data)[k] = (float)bias_value(
			b->konst, has_codes ? &c : NULL, k);
	return true;
}

/* The matrix of codes W, transposed. */
static bool turn_codes(struct graph *g, struct codes *w, struct err *e)
{
	const struct tensor *t = w->code->konst;
	size_t rows = (size_t)t->shape.dim[0], cols = (size_t)t->shape.dim[1];
	struct shape s = SHAPE((int64_t)cols, (int64_t)rows);
	const uint8_t *from = t->data;
	void *data;

	if (!lower_const(g, t->dtype, &s, &w->code, &data, e))
		return false;
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			((uint8_t *)data)[j * rows + i] = from[i * cols + j];
	return true;
}

/* MatMulIntegerToFloat of X and W takes the place of N. */
static struct node *float_product(struct node *n, const struct codes *x,
				  const struct codes *w, struct value *bias)
{
	struct value *in[] = {x->code, w->code, x->scale, w->scale,
			      x->zero, w->zero, bias};
	struct node_spec spec = {.domain = "",
				 .type = "Identity",
				 .in = in,
				 .nin = COUNT_OF(in) - !bias,
				 .nout = 1};
	struct node *made = node_new(n->graph, &spec);

	node_insert_before(made, n);
	lower_retype(made, "com.microsoft", "MatMulIntegerToFloat");
	made->out[0]->type = n->out[0]->type;
	made->sources = lower_sources(n, "integer");
	value_replace(n->out[0], made->out[0]);
	node_remove_dead(n);
	return made;
}

/* The row that the only reader of N adds, which then goes. */
static bool absorb_row(struct node *n, struct err *e)
{
	struct node *add = lower_only_reader(n);
	const struct shape *s = &n->out[0]->type.shape;
	struct value *row;
	bool found;

	if (!add || !lower_is_f32(add, "Add") || add->op->since < 7 ||
	    s->rank < 1 || !shape_equal(s, &add->out[0]->type.shape))
		return true;
	if (!float_row(add, node_in(add, 0) == n->out[0] ? 1 : 0,
		       (size_t)s->dim[s->rank - 1], &row, &found, e))
		return false;
	if (!found)
		return true;
	lower_set_operand(n, 6, row);
	lower_absorb(n, add, "integer");
	return true;
}

/* Gemm without factors, or MatMul. */
static bool is_plain_product(const struct node *n)
{
	if (lower_is_f32(n, "MatMul"))
		return true;
	return lower_is_f32(n, "Gemm") && n->op->since >= 7 &&
	       !node_int(n, "transA", 0) && node_float(n, "alpha", 1) == 1 &&
	       node_float(n, "beta", 1) == 1;
}

bool lower_qfloat(struct node *n, struct node **again, struct err *e)
{
	bool turned = node_int(n, "transB", 0) != 0, found = true;
	struct value *bias = NULL;
	struct codes x, w;

	if (!is_plain_product(n) || node_in(n, 1)->type.shape.rank != 2)
		return true;
	if (!product_codes(n, turned ? 0 : 1, &x, &w, &found, e))
		return false;
	if (!found || !w.code->konst)
		return true;
	if (node_in(n, 2) &&
	    !float_row(n, 2, (size_t)n->out[0]->type.shape.dim[1], &bias,
		       &found, e))
		return false;
	if (!found)
		return true;
	if (turned && !turn_codes(n->graph, &w, e))
		return false;
	*again = float_product(n, &x, &w, bias);
	return bias || absorb_row(*again, e);
}
