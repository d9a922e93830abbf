/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_noop.c -- nodes that hand their operand on as it is. */
#include <string.h>

#include "exec/lower.h"
#include "ops/op.h"

static bool does_nothing(const struct node *n)
{
	const struct value *x = node_in(n, 0), *y = node_out(n, 0);

	if (*n->domain || !x || !y || n->nin < 1 ||
	    x->type.kind != TYPE_TENSOR || y->type.kind != TYPE_TENSOR)
		return false;
	if (!strcmp(n->type, "Identity"))
		return true;
	return !strcmp(n->type, "Cast") && x->type.dtype == y->type.dtype;
}

/* Neither V nor a reader is in another graph: inner graphs that return an
 * outer value, or an input, keep their node. */
static bool is_local(const struct node *n, const struct value *v)
{
	return v->graph == n->graph && (v->def || v->konst);
}

bool lower_noop(struct node *n, struct node **again, struct err *e)
{
	struct node *next = n->next;
	struct value *x;

	(void)e;
	if (!does_nothing(n) || !next)
		return true;
	x = node_in(n, 0);
	if (!is_local(n, x))
		return true;
	value_replace(n->out[0], x);
	node_remove(n);
	*again = next;
	return true;
}
