/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_readers.c -- functions of one value that read it.
 *
 * x f(x), with f Sigmoid or HardSigmoid, is one function: f stays float, or
 * its error would be multiplied by x.  Such a function forgives errors where
 * it is flat, so a range before it may leave those out.
 */
#include <math.h>

#include "passes/quantize_impl.h"

static bool is_gate(const struct node *n)
{
	return node_is(n, "", "Sigmoid") || node_is(n, "", "HardSigmoid");
}

const struct node *quantize_gate(const struct node *mul)
{
	if (!node_is(mul, "", "Mul"))
		return NULL;
	for (uint32_t i = 0; i < 2; i++) {
		const struct value *f = node_in(mul, i);
		const struct value *x = node_in(mul, !i);

		if (f && f->def && is_gate(f->def) && value_has_one_use(f) &&
		    node_in(f->def, 0) == x)
			return f->def;
	}
	return NULL;
}

bool quantize_is_gate(const struct node *n)
{
	const struct value *f = node_out(n, 0);

	return is_gate(n) && f && value_has_one_use(f) && f->uses->user &&
	       quantize_gate(f->uses->user) == n;
}

static double sigmoid(const struct response *self, double x)
{
	(void)self;
	return 1 / (1 + exp(-x));
}

static double hard_sigmoid(const struct response *self, double x)
{
	return fmin(fmax(self->alpha * x + self->beta, 0), 1);
}

static double swish(const struct response *self, double x)
{
	return x * sigmoid(self, x);
}

static double hard_swish(const struct response *self, double x)
{
	return x * hard_sigmoid(self, x);
}

static void set_hard(struct response *r, const struct node *n)
{
	bool swish = node_is(n, "", "HardSwish");

	r->alpha = swish ? 1.0 / 6 : (double)node_float(n, "alpha", 0.2f);
	r->beta = swish ? 0.5 : (double)node_float(n, "beta", 0.5f);
}

bool quantize_reader(const struct value *v, struct response *r)
{
	const struct use *u = v->uses;
	const struct node *n = u ? u->user : NULL, *gate;

	*r = (struct response){NULL};
	if (!n || (u->next && u->next->next))
		return false;
	if (u->next) {
		const struct node *m = u->next->user;

		gate = is_gate(n) ? n : m;
		if (!m || !quantize_is_gate(gate) || node_in(gate, 0) != v ||
		    quantize_gate(gate == n ? m : n) != gate)
			return false;
		r->at = node_is(gate, "", "Sigmoid") ? swish : hard_swish;
	} else if (is_gate(n)) {
		gate = n;
		r->at = node_is(gate, "", "Sigmoid") ? sigmoid : hard_sigmoid;
	} else if (node_is(n, "", "HardSwish")) {
		gate = n;
		r->at = hard_swish;
	} else {
		return false;
	}
	set_hard(r, gate);
	return true;
}
