/* SPDX-License-Identifier: Apache-2.0 */
/* ops/inner.h -- what the operators with inner graphs share. */
#ifndef OPS_INNER_H
#define OPS_INNER_H

#include "ops/op.h"

/* The graph that attribute NAME of a checked node holds. */
const struct graph *inner_graph(const struct node *n, const char *name);

/* Best known type of output I of G. */
const struct type *inner_type(const struct graph *g, uint32_t i);

/* A type that covers A and B: what differs becomes unknown. */
struct type type_join(const struct type *a, const struct type *b);

/* ERR_FORMAT unless G has NIN inputs and NOUT outputs. */
MUST_USE bool inner_check(const struct graph *g, uint32_t nin, uint32_t nout,
			  struct err *e);

/* Zeroed memory of a running kernel for COUNT datums. */
MUST_USE bool inner_datums(const struct call *c, size_t count,
			   struct datum **out, struct err *e);

/* Result I of C becomes a copy of D, unless it is not wanted. */
MUST_USE bool inner_give(const struct call *c, uint32_t i,
			 const struct datum *d, struct err *e);

/* Take one of the loop iterations that are still allowed; ERR_LIMIT. */
MUST_USE bool inner_step(const struct call *c, struct err *e);

/*
 * Tensors of one shape, gathered one iteration after another.  Zeroed: none.
 */
struct collect {
	enum dtype dtype;
	struct shape shape; /* of one */
	size_t each, count; /* elements of one; how many */
	size_t cap;	    /* room for so many */
	void *data;
};

MUST_USE bool collect_add(struct collect *k, const struct call *c,
			  const struct tensor *t, struct err *e);

/*
 * Result I of C: what was gathered, stacked along a new axis AXIS, the last
 * first if BACKWARD.  EMPTY is the type of one if there is none.
 */
MUST_USE bool collect_give(const struct collect *k, const struct call *c,
			   uint32_t i, const struct type *empty, int64_t axis,
			   bool backward, struct err *e);

#endif
