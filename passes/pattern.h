/* SPDX-License-Identifier: Apache-2.0 */
/* passes/pattern.h -- subgraph patterns, written as the expression they match.
 *
 *     Add~(mm:MatMul(x, #w), #b)
 *
 * node    = ["&"] [name ":"] ops ["@" index] ["~"] "(" [operands] ")"
 * ops     = "*" | [domain "/"] Op {"|" Op}
 * operand = node | ["#"] (name | "_") ["?"] | "..."
 *
 * A nested node matches the producer of the operand, which must be in the
 * root's graph; "@1" wants the operand to be its result 1 (default 0).  All
 * results of a nested node must be read inside the match only, unless "&"
 * says that others may read them.  "*" is any operator, "A|B" either of two.
 * "#" wants a constant, "?" lets the operand be absent, "..." matches all
 * operands that are left, "_" is any value.  "~" also tries the two operands
 * swapped; combinations of several "~" are all tried.  A name used twice must
 * match the same value twice.  Attributes, types and constants' contents are
 * the guard's business.
 */
#ifndef PASSES_PATTERN_H
#define PASSES_PATTERN_H

#include "graph/graph.h"

struct pattern; /* parsed once per run, lives in an arena */

enum { MATCH_MAX = 32 };

struct match {
	const struct pattern *pattern;
	struct node *root;
	struct node *node[MATCH_MAX];	/* by term, NULL for leaves */
	struct value *value[MATCH_MAX]; /* by term, NULL if absent */
};

/* Parse TEXT into storage of A, or say what is wrong with it and where. */
MUST_USE bool pattern_parse(struct pattern **out, const char *text,
			    struct arena *a, struct err *e);

/* The longest path from the root to a nested node; 0: the root alone. */
int pattern_depth(const struct pattern *p);

/* Whether the root of P may be an operator TYPE. */
bool pattern_wants(const struct pattern *p, const char *type);
bool pattern_wants_any(const struct pattern *p); /* the root is "*" */

bool pattern_match(const struct pattern *p, struct node *root, struct match *m);

/* What NAME captured; a value is NULL for an absent operand.  Asking for a
 * name the pattern lacks is a bug (aborts). */
struct value *match_value(const struct match *m, const char *name);
struct node *match_node(const struct match *m, const char *name);

/* The constant that NAME captured; it is one ("#"), or was proved one. */
const struct tensor *match_const(const struct match *m, const char *name);

/* Matched node I of several in term order, or NULL behind the last. */
struct node *match_nth_node(const struct match *m, int i);

#endif
