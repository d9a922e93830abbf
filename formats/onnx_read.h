/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read.h -- messages to IR: what the parts of the reader share.
 *
 * Graphs are read from a queue: reading a node that holds inner graphs
 * appends them, so nothing recurses.  A graph is read after the one around
 * it, whose names are all known by then.
 */
#ifndef FORMATS_ONNX_READ_H
#define FORMATS_ONNX_READ_H

#include "formats/onnx_payload.h"
#include "graph/finding.h"

/* The names of one graph; those of the graphs around it are visible too. */
struct onnx_scope {
	struct graph *graph;
	const Onnx__GraphProto *proto;	     /* or */
	const Onnx__FunctionProto *function; /* of a function body */
	struct onnx_scope *outer, *next;
	struct map names; /* to index of VALUE */
	struct value **value;
	uint32_t count, cap;
};

struct onnx_reader {
	struct model *model;
	struct onnx_source source;
	struct onnx_scope *first, *last; /* the queue */
	struct findings *found;		 /* NULL: stop at the first error */
	bool superseded;		 /* a Constant, and said so */
	struct err *e;
};

/* The error of R becomes a finding, and reading goes on; false if it does
 * not.  G, N and VALUE may be NULL. */
MUST_USE bool onnx_go_on(struct onnx_reader *r, enum rule_id rule,
			 const struct graph *g, const struct node *n,
			 const char *value);

/* The IR type that P describes; NULL and what the IR does not know (opaque)
 * give TYPE_UNKNOWN. */
MUST_USE bool onnx_read_type(struct onnx_reader *r, struct type *out,
			     const Onnx__TypeProto *p);

/* Attribute P of node N (NULL: a default of a function).  Inner graphs are
 * created empty and queued. */
MUST_USE bool onnx_read_attr(struct onnx_reader *r, struct attr *out,
			     const Onnx__AttributeProto *p, struct node *n,
			     struct onnx_scope *scope);

/* Append a graph to the queue. */
struct onnx_scope *onnx_queue_graph(struct onnx_reader *r, struct graph *g,
				    struct onnx_scope *outer);

/* Define NAME in SCOPE; ERR_FORMAT if it is defined there already. */
MUST_USE bool onnx_define(struct onnx_reader *r, struct onnx_scope *scope,
			  const char *name, struct value *v);
struct value *onnx_lookup(const struct onnx_scope *scope, const char *name);

/* Read one queued graph: inputs, constants, nodes, outputs, value types. */
MUST_USE bool onnx_read_graph(struct onnx_reader *r, struct onnx_scope *scope);

/* The functions of P, their bodies queued. */
MUST_USE bool onnx_read_functions(struct onnx_reader *r,
				  const Onnx__ModelProto *p);

/* What only the messages of P show and no reading needs, into r->found. */
void onnx_note(struct onnx_reader *r, const Onnx__ModelProto *p);

/* Bring every graph into topological order, with a warning if it was not. */
MUST_USE bool onnx_order_graphs(struct onnx_reader *r);

/* "" for NULL. */
const char *onnx_text(const char *s);
/* "" for "ai.onnx", which is the same domain. */
const char *onnx_domain(const char *s);

#endif
