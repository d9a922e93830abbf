/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_read.h -- what the parts of the text reader share. */
#ifndef FORMATS_ONNXTXT_READ_H
#define FORMATS_ONNXTXT_READ_H

#include "base/limits.h"
#include "base/map.h"
#include "formats/onnxtxt_lex.h"
#include "graph/finding.h"

/* A name that was read and whose definition may come later. */
struct pending {
	struct use *use;
	const char *name;
	const char *at;	   /* in the text */
	struct node *user; /* the node of the current graph that reads it */
};

struct reader {
	struct lex lex;
	struct model *model;
	struct arena *arena;  /* the model's */
	struct arena scratch; /* names of open graphs */
	const struct limits *lim;
	struct findings *found; /* NULL: stop at the first error */
	struct graph *open;	/* the graph being read */
	uint32_t depth;		/* graphs open */
	bool in_function;
	struct pending *pending;
	size_t npending, pending_cap;
};

/* "name = value"; graphs in it get their owner when the node is made. */
MUST_USE bool read_attr(struct reader *r, struct attr *x, struct err *e);
/* Everything behind the name. */
MUST_USE bool read_attr_value(struct reader *r, struct attr *x, struct err *e);

/* Is the word here the start of a type? */
bool at_type(struct reader *r);
MUST_USE bool read_type(struct reader *r, struct type *out, struct err *e);

/* "{1, 2}" or external data, of type T. */
MUST_USE bool read_tensor(struct reader *r, const struct type *t,
			  struct tensor *out, struct err *e);
/* "{float[1] {2.5}, int64[1] {4}}", of type T. */
MUST_USE bool read_sparse(struct reader *r, const struct type *t,
			  struct sparse *out, struct err *e);

/* A bare or quoted name, copied; "" is a name only if EMPTY_OK. */
enum name_rule { NAME_NEEDED, NAME_MAY_BE_EMPTY };
MUST_USE bool read_name(struct reader *r, enum name_rule rule, const char **out,
			struct err *e);
/* The content of a string literal, without a NUL byte. */
MUST_USE bool read_string(struct reader *r, const char **out, struct err *e);

/* A graph behind its name: inputs, outputs, constants, nodes. */
MUST_USE bool read_graph_body(struct reader *r, struct graph *g, struct err *e);
/* An inner graph of the graph being read, with its name. */
MUST_USE bool read_inner_graph(struct reader *r, struct graph **out,
			       struct err *e);

/* A growing array in arena A: room for one more element, zeroed. */
void *array_add(struct arena *a, void *at, uint32_t count, size_t size);

#endif
