/* SPDX-License-Identifier: Apache-2.0 */
/* passes/edit.h -- a rewrite under construction.
 *
 * A build function makes nodes and constants and says which values they
 * replace.  The engine then infers the new nodes and checks that no replaced
 * value would change its type; only then are readers moved over and the old
 * nodes removed.  An edit that is dropped leaves the model as it was: use
 * lists, ids, constants and the arena included.
 */
#ifndef PASSES_EDIT_H
#define PASSES_EDIT_H

#include "passes/pattern.h"

struct edit;

/* The graph that new nodes join, and its model. */
struct graph *edit_graph(const struct edit *ed);
struct model *edit_model(const struct edit *ed);

/* ---- nodes -------------------------------------------------------------- */

#define VALUES(...)                           \
	(struct value *const[]){__VA_ARGS__}, \
		(uint32_t)COUNT_OF(((struct value *const[]){__VA_ARGS__}))

/*
 * A node of the default domain with one result (edit_node()) or NOUT of them;
 * add attributes with node_set_*().  It stands where the match's root stands.
 * Order matters: operands first.  Trailing NULL operands are left out.
 */
struct node *edit_node(struct edit *ed, const char *type,
		       struct value *const *in, uint32_t nin);
struct node *edit_node_outs(struct edit *ed, const char *type,
			    struct value *const *in, uint32_t nin,
			    uint32_t nout);
/* The same as edit_node(), for its result. */
struct value *edit_op(struct edit *ed, const char *type,
		      struct value *const *in, uint32_t nin);

/* A node with type, domain, name, attributes and number of results of OLD and
 * other operands: how a rule changes the operands of a node. */
struct node *edit_copy(struct edit *ed, const struct node *old,
		       struct value *const *in, uint32_t nin);

/* Copy every attribute of FROM to TO. */
void edit_copy_attrs(struct node *to, const struct node *from);

/* ---- constants ---------------------------------------------------------- */

struct value *edit_const(struct edit *ed, const struct tensor *t);
struct value *edit_ints(struct edit *ed, const int64_t *x, size_t n);

/* Storage for a constant of this type: fill it through tensor_mut(), then
 * edit_const().  ERR_LIMIT, ERR_MEMORY: the model's budget. */
MUST_USE bool edit_tensor(struct edit *ed, enum dtype t, const struct shape *s,
			  struct tensor *out, struct err *e);

/* N doubles, rounded once to T. */
MUST_USE bool edit_doubles(struct edit *ed, enum dtype t, const struct shape *s,
			   const double *x, struct value **out, struct err *e);

/* ---- replacing ---------------------------------------------------------- */

/* All readers of OLD read NEW, and OLD's producer goes if nothing needs it.
 * NEW may be a new value or an existing one. */
void edit_replace(struct edit *ed, struct value *old, struct value *new);

/* The sources of N are added to those of the new nodes; matched nodes are
 * sources already. */
void edit_source(struct edit *ed, const struct node *n);

#endif
