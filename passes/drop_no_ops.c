/* SPDX-License-Identifier: Apache-2.0 */
/* passes/drop_no_ops.c -- operators that return an operand as it is.
 *
 * EXACT.  Each rule proves that result and operand have the same type, shape
 * and bits.  x + 0 stays for floats, because -0 + 0 is +0; x - 0 and x + -0
 * go.  An operator that alone separates two outputs, or an input from an
 * output, stays: the file format has no other way to write that.
 */
#include <string.h>

#include "ops/op.h"
#include "passes/constant.h"

static struct value *result(const struct match *m)
{
	return node_out(m->root, 0);
}

static bool forwards(const struct match *m)
{
	return one_result(m->root) &&
	       may_forward(result(m), match_value(m, "x"));
}

static bool to_operand(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	edit_replace(ed, result(m), match_value(m, "x"));
	return true;
}

/* ONNX Dropout: 12 has the operand training_mode, 7 and 10 have nothing, 1 and
 * 6 have the attribute is_test. */
static bool is_inference(const struct match *m)
{
	const struct node *n = m->root;
	double training;

	if (!n->op || (n->op->since < 7 && !node_int(n, "is_test", 0)))
		return false;
	if (node_in(n, 2) &&
	    (!const_scalar(node_in(n, 2), &training) || training != 0))
		return false;
	return forwards(m);
}

static bool keeps_type(const struct match *m)
{
	enum dtype t = match_value(m, "x")->type.dtype;

	return t != DTYPE_NONE && node_int(m->root, "to", 0) == (int64_t)t &&
	       forwards(m);
}

/* Every value of FROM is a value of TO. */
static bool widens(enum dtype from, enum dtype to)
{
	unsigned a = dtype_info[from].bits, b = dtype_info[to].bits;
	enum dtype_class x = dtype_info[from].class, y = dtype_info[to].class;

	if (x == CLASS_BOOL)
		return y == CLASS_INT || y == CLASS_UINT || to == DTYPE_F32 ||
		       to == DTYPE_F64;
	if (x == y && (x == CLASS_INT || x == CLASS_UINT))
		return b >= a;
	if (x == CLASS_UINT && y == CLASS_INT)
		return b > a;
	if (to == DTYPE_F64)
		return from == DTYPE_F32 || from == DTYPE_F16 ||
		       from == DTYPE_BF16 ||
		       ((x == CLASS_INT || x == CLASS_UINT) && a <= 32);
	if (to == DTYPE_F32)
		return from == DTYPE_F16 || from == DTYPE_BF16 ||
		       ((x == CLASS_INT || x == CLASS_UINT) && a <= 16);
	return false;
}

static bool widens_first(const struct match *m)
{
	const struct value *x = match_value(m, "x");
	const struct node *inner = match_node(m, "c");

	return x->type.dtype &&
	       widens(x->type.dtype, (enum dtype)node_int(inner, "to", 0));
}

static bool to_one_cast(struct edit *ed, const struct match *m, struct err *e)
{
	(void)e;
	edit_replace(
		ed, result(m),
		edit_copy(ed, m->root, VALUES(match_value(m, "x")))->out[0]);
	return true;
}

static bool keeps_shape(const struct match *m)
{
	return same_shape(result(m), match_value(m, "x")) && forwards(m);
}

/* A window of the full size that walks forward is everything. */
static bool is_full_slice(const struct match *m)
{
	struct shape steps;

	if (node_in(m->root, 4)) {
		if (!const_ints(node_in(m->root, 4), &steps))
			return false;
		for (int32_t i = 0; i < steps.rank; i++)
			if (steps.dim[i] != 1)
				return false;
	}
	return keeps_shape(m);
}

static bool is_identity_perm(const struct match *m)
{
	uint32_t n;
	const int64_t *perm = node_ints(m->root, "perm", &n);

	if (!perm)
		return match_value(m, "x")->type.kind == TYPE_TENSOR &&
		       match_value(m, "x")->type.shape.rank >= 0 &&
		       match_value(m, "x")->type.shape.rank <= 1 && forwards(m);
	for (uint32_t i = 0; i < n; i++)
		if (perm[i] != i)
			return false;
	return forwards(m);
}

static bool pads_nothing(const struct match *m)
{
	struct shape pads;
	/* Pad-1 calls them paddings and is left alone. */
	if (!node_list(m->root, 1, "pads", &pads))
		return false;
	for (int32_t i = 0; i < pads.rank; i++)
		if (pads.dim[i])
			return false;
	return forwards(m);
}

static bool has_one_operand(const struct match *m)
{
	return m->root->nin == 1 && forwards(m);
}

static bool has_one_part(const struct match *m)
{
	return m->root->nout == 1 && keeps_shape(m);
}

static bool keeps_operand(const struct match *m)
{
	return broadcasts_into(match_value(m, "c"), match_value(m, "x")) &&
	       forwards(m);
}

static bool times_one(const struct match *m)
{
	return const_is_all(match_value(m, "c"), 1) && keeps_operand(m) &&
	       match_value(m, "x")->type.dtype == result(m)->type.dtype;
}

static bool is_integer(const struct value *v)
{
	return v->konst && dtype_is_integer(v->konst->dtype);
}

static bool plus_zero(const struct match *m)
{
	const struct value *c = match_value(m, "c");

	return (const_is_all(c, -0.0) ||
		(is_integer(c) && const_is_all(c, 0))) &&
	       keeps_operand(m);
}

static bool minus_zero(const struct match *m)
{
	return const_is_all(match_value(m, "c"), 0) && keeps_operand(m);
}

static bool same_operator(const struct match *m)
{
	return !strcmp(m->root->type, match_node(m, "x")->type) && forwards(m);
}

static const struct rule rules[] = {
	{"identity", "Identity(x)", forwards, to_operand},
	{"dropout", "Dropout(x, ...)", is_inference, to_operand},
	{"cast-same", "Cast(x)", keeps_type, to_operand},
	{"cast-widened", "Cast(c:Cast(x))", widens_first, to_one_cast},
	{"reshape-same", "Reshape|Flatten|Squeeze|Unsqueeze|Expand(x, ...)",
	 keeps_shape, to_operand},
	{"tile-once", "Tile(x, #r)", keeps_shape, to_operand},
	{"slice-all", "Slice(x, ...)", is_full_slice, to_operand},
	{"transpose-identity", "Transpose(x)", is_identity_perm, to_operand},
	{"pad-nothing", "Pad(x, ...)", pads_nothing, to_operand},
	{"concat-one", "Concat|Sum|Max|Min|Mean(x)", has_one_operand,
	 to_operand},
	{"split-one", "Split(x, ...)", has_one_part, to_operand},
	{"mul-one", "Mul~(x, #c)", times_one, to_operand},
	{"div-one", "Div|Pow(x, #c)", times_one, to_operand},
	{"add-zero", "Add~(x, #c)", plus_zero, to_operand},
	{"sub-zero", "Sub(x, #c)", minus_zero, to_operand},
	{"idempotent",
	 "Relu|Abs|Ceil|Floor|Round|Sign("
	 "&x:Relu|Abs|Ceil|Floor|Round|Sign(_))",
	 same_operator, to_operand},
	{0}};

const struct pass pass_rows_drop_no_ops[] = {
	{.name = "drop-no-ops",
	 .summary = "remove operators that return their operand",
	 .fidelity = EXACT,
	 .rules = rules},
	{0}};
