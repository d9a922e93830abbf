/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_qelement.c -- sums, means and moves of codes. */
#include <string.h>

#include "exec/lower.h"
#include "exec/lower_quant.h"
#include "ops/op.h"

static const char *const no_attrs[] = {NULL};

/* Codes of operand I of N with one scale. */
static bool one_scale(const struct node *n, uint32_t i, struct codes *c,
		      bool *found, struct err *e)
{
	if (!codes_of(c, node_in(n, i), false, found, e))
		return false;
	*found = *found && codes_have_one_scale(c);
	return true;
}

/* Codes of operand 0 and of the quantizer behind N, of the same type. */
static bool in_and_out(const struct node *n, struct codes *x,
		       struct quantizer *q, bool *found, struct err *e)
{
	if (!one_scale(n, 0, x, found, e))
		return false;
	if (*found && !quantizer_after(q, n, found, e))
		return false;
	*found = *found && x->code->type.dtype == q->y.code->type.dtype;
	return true;
}

bool lower_qbinary(struct node *n, struct node **again, struct err *e)
{
	bool adds = lower_is_f32(n, "Add"), found;
	struct quantizer q;
	struct codes a, b;

	if ((!adds && !lower_is_f32(n, "Mul")) || n->op->since < 7)
		return true;
	if (!in_and_out(n, &a, &q, &found, e))
		return false;
	if (!found)
		return true;
	if (!one_scale(n, 1, &b, &found, e))
		return false;
	if (!found || a.code->type.dtype != b.code->type.dtype)
		return true;
	*again = lower_to_codes(
		n, &q, "com.microsoft", adds ? "QLinearAdd" : "QLinearMul",
		(struct value *[]){a.code, a.scale, a.zero, b.code, b.scale,
				   b.zero, q.y.scale, q.y.zero},
		8, no_attrs);
	return true;
}

/* Operators of one operand, and what they are on codes. */
static const struct {
	const char *type, *codes;
	const char *attrs[8];
} unary[] = {
	{"GlobalAveragePool", "QLinearGlobalAveragePool", {NULL}},
	{"AveragePool",
	 "QLinearAveragePool",
	 {"auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads",
	  "strides", NULL}},
	{"Softmax", "QLinearSoftmax", {"axis", NULL}},
};

bool lower_qunary(struct node *n, struct node **again, struct err *e)
{
	struct quantizer q;
	struct codes x;
	size_t i = 0;
	bool found, softmax;
	struct node *made;

	while (i < COUNT_OF(unary) && !lower_is_f32(n, unary[i].type))
		i++;
	if (i == COUNT_OF(unary) || node_attr(n, "dilations"))
		return true;
	if (!in_and_out(n, &x, &q, &found, e))
		return false;
	if (!found)
		return true;
	softmax = !strcmp(n->type, "Softmax");
	made = lower_to_codes(n, &q, "com.microsoft", unary[i].codes,
			      (struct value *[]){x.code, x.scale, x.zero,
						 q.y.scale, q.y.zero},
			      5, unary[i].attrs);
	if (softmax) {
		int64_t opset = model_opset(n->graph->model, "");

		node_set_int(made, "opset", opset);
		if (!node_attr(made, "axis"))
			node_set_int(made, "axis", opset < 13 ? 1 : -1);
	}
	*again = made;
	return true;
}

/* The axes of ReduceMean N are all spatial ones. */
static bool is_spatial_mean(const struct node *n)
{
	const struct value *v = node_in(n, 1), *x = node_in(n, 0);
	int32_t rank = x->type.shape.rank;
	unsigned want = 0, seen = 0;
	uint32_t count = 0;
	const int64_t *axes = node_ints(n, "axes", &count);

	if (rank < 3 || rank > 5 || (v && (!v->konst || axes)))
		return false;
	if (v)
		count = (uint32_t)tensor_count(v->konst);
	for (int32_t i = 2; i < rank; i++)
		want |= 1U << i;
	for (uint32_t i = 0; i < count; i++) {
		int64_t axis = v ? tensor_int(v->konst, i) : axes[i];

		axis += axis < 0 ? rank : 0;
		if (axis < 0 || axis >= rank)
			return false;
		seen |= 1U << axis;
	}
	return seen == want;
}

/* ReduceMean over the spatial axes, then dropped or not. */
bool lower_qmean(struct node *n, struct node **again, struct err *e)
{
	bool keeps = node_int(n, "keepdims", 1) != 0, found;
	struct value *later[] = {NULL};
	struct node_spec flat = {
		.type = "Flatten", .in = later, .nin = 1, .nout = 1};
	struct quantizer q;
	struct codes x;
	struct node *made, *last;
	struct shape pooled;

	if (!lower_is_f32(n, "ReduceMean") || !is_spatial_mean(n))
		return true;
	if (!in_and_out(n, &x, &q, &found, e))
		return false;
	if (!found)
		return true;
	pooled = x.code->type.shape;
	for (int32_t i = 2; i < pooled.rank; i++)
		pooled.dim[i] = 1;
	made = lower_to_codes(n, &q, "com.microsoft",
			      "QLinearGlobalAveragePool",
			      (struct value *[]){x.code, x.scale, x.zero,
						 q.y.scale, q.y.zero},
			      5, no_attrs);
	*again = made;
	if (keeps)
		return true;
	last = node_new(made->graph, &flat);
	if (made->next)
		node_insert_before(last, made->next);
	else
		node_append(last);
	op_bind_node(last);
	last->sources = made->sources;
	last->out[0]->type = made->out[0]->type;
	value_replace(made->out[0], last->out[0]);
	made->out[0]->type.shape = pooled;
	use_set(&last->in[0], made->out[0]);
	return true;
}

/* Operands of QLinearConcat that stands for Concat N of codes of type T behind
 * Q; *FOUND is false if a part of N is no codes. */
static bool concat_operands(const struct node *n, enum dtype t,
			    struct value **in, bool *found, struct err *e)
{
	*found = true;
	for (uint32_t i = 0; i < n->nin && *found; i++) {
		struct codes x;

		if (!one_scale(n, i, &x, found, e))
			return false;
		if (!*found || x.code->type.dtype != t) {
			*found = false;
			return true;
		}
		in[3 * i] = x.code;
		in[3 * i + 1] = x.scale;
		in[3 * i + 2] = x.zero;
	}
	return true;
}

bool lower_qconcat(struct node *n, struct node **again, struct err *e)
{
	static const char *const attrs[] = {"axis", NULL};
	struct quantizer q;
	struct codes x;
	struct value **in;
	bool found;

	if (!lower_is_f32(n, "Concat") || n->op->since < 4)
		return true;
	if (!in_and_out(n, &x, &q, &found, e))
		return false;
	if (!found)
		return true;
	in = arena_array(&n->graph->model->arena, struct value *,
			 2 + 3 * (size_t)n->nin);
	in[0] = q.y.scale;
	in[1] = q.y.zero;
	if (!concat_operands(n, x.code->type.dtype, in + 2, &found, e))
		return false;
	if (found)
		*again = lower_to_codes(n, &q, "com.microsoft", "QLinearConcat",
					in, 2 + 3 * n->nin, attrs);
	return true;
}

static bool same_numbers(const struct value *a, const struct value *b)
{
	return tensor_double(a->konst, 0) == tensor_double(b->konst, 0);
}

/* N's schema takes codes of type T as its first operand. */
static bool takes(const struct node *n, enum dtype t)
{
	return n->op->in && n->op->in[0].name && n->op->in[0].types >> t & 1;
}

/* Operators that only choose among elements do so with codes too. */
bool lower_qmove(struct node *n, struct node **again, struct err *e)
{
	struct quantizer q;
	struct codes x;
	struct type result;
	bool found;

	if (!n->op || !node_out(n, 0) || *n->domain ||
	    (!(n->op->traits & OP_MOVES) && strcmp(n->type, "MaxPool")) ||
	    !strcmp(n->type, "Pad") || !strcmp(n->type, "Concat") ||
	    !lower_is_f32(n, n->type) || !node_in(n, 0))
		return true;
	if (!in_and_out(n, &x, &q, &found, e))
		return false;
	if (!found || q.act || !same_numbers(x.scale, q.y.scale) ||
	    !same_numbers(x.zero, q.y.zero) || !takes(n, x.code->type.dtype))
		return true;
	for (uint32_t i = 1; i < n->nin; i++)
		if (node_in(n, i) && node_in(n, i)->type.dtype == DTYPE_F32)
			return true;
	result = q.y.code->type;
	use_set(&n->in[0], x.code);
	lower_absorb(n, q.node, "integer");
	n->out[0]->type = result;
	*again = n;
	return true;
}
