/* SPDX-License-Identifier: Apache-2.0 */
/* validate/output_step.c -- how finely a model's output is quantized. */
#include <string.h>

#include "base/str.h"
#include "ops/op.h"
#include "validate/output_step.h"

/* The constant behind V, through Identity and Constant nodes; or NULL. */
static const struct tensor *constant_behind(const struct value *v)
{
	const struct attr *x;

	while (v && !v->konst && v->def && node_is(v->def, "", "Identity"))
		v = node_in(v->def, 0);
	if (!v || v->konst || !v->def || !node_is(v->def, "", "Constant"))
		return v ? v->konst : NULL;
	x = node_attr(v->def, "value");
	return x && x->kind == ATTR_TENSOR ? x->u.tensors : NULL;
}

static double largest_scale(const struct tensor *t)
{
	double most = 0;

	for (size_t i = 0; t && i < tensor_count(t); i++)
		if (tensor_double(t, i) > most)
			most = tensor_double(t, i);
	return most;
}

double output_step(const struct model *m, uint32_t i)
{
	const struct value *v = m->main->out[i].read.value;

	while (v->def && v->def->op && v->def->op->traits & OP_MOVES &&
	       node_in(v->def, 0))
		v = node_in(v->def, 0);
	if (!v->def)
		return 0;
	if (!strcmp(v->def->type, "DequantizeLinear"))
		return largest_scale(constant_behind(node_in(v->def, 1)));
	if (!strcmp(v->def->type, "QuantizeLinear") ||
	    !strcmp(v->def->type, "DynamicQuantizeLinear") ||
	    str_starts(v->def->type, "QLinear"))
		return 1;
	return 0;
}
