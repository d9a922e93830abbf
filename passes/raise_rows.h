/* SPDX-License-Identifier: Apache-2.0 */
/* passes/raise_rows.h -- adapters of raise_opset.h. */
#ifndef PASSES_RAISE_ROWS_H
#define PASSES_RAISE_ROWS_H

#include "graph/graph.h"

/* What an operator of opsets [FROM, TO) must become from TO on. */
struct raise_row {
	const char *type;
	int from, to;
	/* Why this node cannot be expressed, or NULL; NULL: it always can. */
	const char *(*refuses)(const struct node *n);
	/* Changes N in place; false only where memory ends.  NULL: nothing to
	 * change. */
	bool (*adapt)(struct node *n, struct err *e);
};

/* Tables, each ended by a NULL type. */
extern const struct raise_row raise_operands[]; /* attributes to operands */
extern const struct raise_row raise_meanings[]; /* everything else */

/* Operand I of N becomes V; operands between are left out. */
void raise_set_operand(struct node *n, uint32_t i, struct value *v);

/* The same with the INTS attribute NAME, which goes away; nothing if N has
 * none. */
void raise_ints_operand(struct node *n, const char *name, uint32_t i);

/* A new node before N that N's adapter made; its results have no type yet. */
struct node *raise_insert(struct node *n, const struct node_spec *spec);

#endif
