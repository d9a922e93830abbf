/* SPDX-License-Identifier: Apache-2.0 */
/* ops/curve_of.c -- see curve_of.h. */
#include "ops/curve_of.h"

bool curve_of_node(struct curve *c, const struct node *n, struct err *e)
{
	const char *name = node_string(n, "activation", "");

	*c = (struct curve){NULL};
	if (!*name)
		return true;
	if (!curve_find(c, name))
		return err_set(e, ERR_UNSUPPORTED, "activation '%s'", name);
	c->alpha = node_float(n, "activation_alpha", (float)c->alpha);
	c->beta = node_float(n, "activation_beta", (float)c->beta);
	if (node_attr(n, "activation_gamma"))
		c->beta = node_float(n, "activation_gamma", 0);
	return true;
}
