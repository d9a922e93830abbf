/* SPDX-License-Identifier: Apache-2.0 */
/* check/calls.c -- calls of the model's own functions. */
#include <inttypes.h>
#include <string.h>

#include "check/check.h"
#include "graph/call_index.h"

static bool is_given(const struct attr *at, uint32_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(at[i].name, name))
			return true;
	return false;
}

bool function_has_parameter(const struct function *f, const char *name)
{
	for (uint32_t i = 0; i < f->nattr; i++)
		if (!strcmp(f->attr[i], name))
			return true;
	return is_given(f->attr_default, f->nattr_default, name);
}

static void check_parameters(struct checker *c, const struct node *n,
			     const struct function *f)
{
	for (uint32_t i = 0; i < n->nattr; i++)
		if (!function_has_parameter(f, n->attr[i].name))
			findings_add(c->found, RULE_UNKNOWN_ATTRIBUTE,
				     &(struct where){.node = n,
						     .value = n->attr[i].name},
				     "attribute '%s' is no parameter of "
				     "function '%s'",
				     n->attr[i].name, f->name);
}

static void check_call(struct checker *c, const struct node *n,
		       const struct function *f)
{
	const struct where at = {.node = n};

	/* Trailing operands and results may be left out. */
	if (n->nin > f->body->nin)
		findings_add(c->found, RULE_OPERAND_COUNT, &at,
			     "has %" PRIu32 " operands, function '%s' takes "
			     "%" PRIu32,
			     n->nin, f->name, f->body->nin);
	if (n->nout > f->body->nout)
		findings_add(c->found, RULE_RESULT_COUNT, &at,
			     "has %" PRIu32 " results, function '%s' gives "
			     "%" PRIu32,
			     n->nout, f->name, f->body->nout);
	check_parameters(c, n, f);
}

void check_calls(struct checker *c)
{
	struct call_index calls;

	call_index_init(&calls, c->model, &c->scratch);
	for (uint32_t i = 0; i < c->graphs.count; i++)
		for (const struct node *n = c->graphs.at[i].graph->first; n;
		     n = n->next) {
			const struct function *f = call_index_find(&calls, n,
								   &c->scratch);

			if (f)
				check_call(c, n, f);
		}
}
