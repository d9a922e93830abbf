/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_table.c -- functions between codes and codes, as tables.
 *
 *     Q(f(DQ(x)))  ->  Lookup (x, table)
 *
 * where f is some operators element by element, whose other operands are
 * single constants.  The reference kernels compute the 256 entries, so that
 * results stay bit by bit the same.
 */
#include <string.h>

#include "exec/eval.h"
#include "exec/lower.h"
#include "exec/lower_quant.h"
#include "ops/op.h"

enum { MOST_DEPTH = 8, MOST_OPERANDS = 3 };

static bool is_elementwise(const struct node *n)
{
	static const char *const types[] = {"Abs",
					    "Add",
					    "Celu",
					    "Clip",
					    "Div",
					    "Elu",
					    "Erf",
					    "Exp",
					    "Gelu",
					    "HardSigmoid",
					    "HardSwish",
					    "LeakyRelu",
					    "Log",
					    "Max",
					    "Min",
					    "Mish",
					    "Mul",
					    "Neg",
					    "Pow",
					    "Relu",
					    "Selu",
					    "Sigmoid",
					    "Softplus",
					    "Softsign",
					    "Sqrt",
					    "Sub",
					    "Swish",
					    "Tanh",
					    "ThresholdedRelu"};

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (lower_is_f32(n, types[i]))
			return n->nin == 1 ||
			       (n->nin <= MOST_OPERANDS && n->op->since >= 7);
	return false;
}

/* All of V comes from the DequantizeLinear *FROM (found on the way), and
 * single constants. */
static bool is_function(const struct value *v, struct node **from, int depth)
{
	struct node *n = v->def;

	if (!n || !n->op || depth > MOST_DEPTH)
		return false;
	if (!*n->domain && !strcmp(n->type, "DequantizeLinear") &&
	    !node_in(n, 0)->konst) {
		if (*from && *from != n)
			return false;
		*from = n;
		return true;
	}
	if (!is_elementwise(n))
		return false;
	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *x = node_in(n, i);

		if (x && !lower_is_const_f32(x, 1) &&
		    (x->konst || !is_function(x, from, depth + 1)))
			return false;
	}
	return true;
}

/* *OUT is V where operand 0 of FROM is CODES; the result lives in
 * HOLD. */
static bool compute(struct value *v, const struct node *from,
		    const struct datum *codes, struct datum *out,
		    struct hold *hold, struct err *e)
{
	struct datum operand[MOST_OPERANDS];
	const struct datum *in[MOST_OPERANDS] = {NULL};
	struct node *n = v->def;
	struct eval r = {0};
	bool ok = true;

	for (uint32_t i = 0; i < n->nin && ok; i++) {
		struct value *x = node_in(n, i);

		if (!x)
			continue;
		in[i] = &operand[i];
		if (n == from && i == 0)
			operand[i] = *codes;
		else if (x->konst)
			operand[i] = datum_tensor(x->konst);
		else
			ok = compute(x, from, codes, &operand[i], hold, e);
	}
	ok = ok && eval_node(&r, n, in, NULL, e) &&
	     hold_copy(hold, out, &r.out[0], NULL, e);
	eval_release(&r);
	return ok;
}

/* The table of quantizer Q on codes of type T. */
static bool make_table(struct node *q, const struct node *from, enum dtype t,
		       struct value **table, struct err *e)
{
	struct shape s = SHAPE(256);
	uint8_t all[256];
	struct tensor x = {.dtype = t, .shape = s, .bytes = 256, .data = all};
	struct datum codes = datum_tensor(&x), y;
	struct hold hold = {0};
	void *data;
	bool ok;

	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	ok = lower_const(q->graph, q->out[0]->type.dtype, &s, table, &data,
			 e) &&
	     compute(q->out[0], from, &codes, &y, &hold, e);
	if (ok)
		memcpy(data, y.tensor.data, 256);
	hold_release(&hold);
	return ok;
}

/* N makes 8-bit codes with one constant scale. */
static bool is_quantizer(const struct node *n)
{
	const struct value *y = node_out(n, 0);

	if (!n->op || *n->domain || strcmp(n->type, "QuantizeLinear") || !y ||
	    (y->type.dtype != DTYPE_U8 && y->type.dtype != DTYPE_I8))
		return false;
	return lower_is_const_f32(node_in(n, 1), 1) &&
	       (!node_in(n, 2) || node_in(n, 2)->konst);
}

/* Lookup of TABLE in CODES takes the place of quantizer N. */
static struct node *put_lookup(struct node *n, struct value *codes,
			       struct value *table)
{
	struct value *in[] = {codes, table};
	struct node_spec spec = {.domain = "",
				 .type = "Identity",
				 .in = in,
				 .nin = 2,
				 .nout = 1};
	struct node *made = node_new(n->graph, &spec);
	struct node *last = node_in(n, 0)->def;

	node_insert_before(made, n);
	lower_retype(made, "mlopt", "Lookup");
	if (lower_only_reader(last) == n)
		made->sources = lower_sources(last, "integer");
	lower_absorb(made, n, "integer");
	node_remove_dead(last);
	return made;
}

bool lower_qtable(struct node *n, struct node **again, struct err *e)
{
	struct node *from = NULL;
	struct value *table;
	struct codes x;
	bool found;

	if (!is_quantizer(n) || !is_function(node_in(n, 0), &from, 0) ||
	    !from || from->graph != n->graph)
		return true;
	if (!codes_of(&x, from->out[0], false, &found, e))
		return false;
	if (!found || !codes_have_one_scale(&x) ||
	    !shape_equal(&x.code->type.shape, &n->out[0]->type.shape))
		return true;
	if (!make_table(n, from, x.code->type.dtype, &table, e))
		return false;
	*again = put_lookup(n, x.code, table);
	return true;
}
