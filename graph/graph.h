/* SPDX-License-Identifier: Apache-2.0 */
/* graph/graph.h -- the intermediate representation.
 *
 * A graph is a list of nodes in execution order.  Nodes read values through
 * uses and define values.  Every value has exactly one definition: a node, a
 * graph input, or a constant.  Graph outputs are ports: uses with a name, so
 * that whatever a port reads leaves the graph under the port's name, and
 * value_replace() needs no special case.  Inner graphs read values of outer
 * graphs through ordinary uses.  All structure belongs to the model's arena;
 * removing a node unlinks it, and nothing is freed before model_free().
 *
 * What a file says that this IR does not interpret (doc strings, metadata,
 * unknown fields, training info ...) stays in the ORIGIN messages and is
 * written back from there.
 */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/input.h"
#include "graph/symbol.h"
#include "graph/tensor.h"

struct op;		 /* ops/op.h; the IR only carries the binding */
struct ProtobufCMessage; /* formats/onnx*.c only */

struct value {
	uint32_t id;	  /* unique in the model: index of side tables */
	const char *name; /* ONNX name; "" until the writer needs one */
	struct type type; /* best known: declared, then inferred */
	const struct tensor *konst;    /* payload if constant, else NULL */
	const struct tensor *fallback; /* default of an overridable input */
	/* Integer contents of a rank <= 1 tensor that holds a shape, as dims
	 * (data propagation); NULL: not known.  Rank 0 has one entry. */
	const struct shape *content;
	struct graph *graph; /* the graph that defines it */
	struct node *def;    /* producer; NULL for inputs and constants */
	struct use *uses;    /* every read of this value */
	bool is_input;	     /* in graph->in (constants of IR 3 may be) */
	const struct ProtobufCMessage *origin; /* ValueInfoProto, or NULL */
	/* Where a constant came from; NULL if it was made here. */
	const struct ProtobufCMessage *tensor_origin;
};

/* One operand slot of one node, or one graph output; also the link of the
 * value's use list. */
struct use {
	struct value *value; /* NULL: optional operand left out */
	struct node *user;   /* NULL: an output of GRAPH */
	struct graph *graph; /* where the reading happens */
	struct use *next, **link;
};

enum attr_kind { /* ONNX AttributeProto.AttributeType codes */
		 ATTR_NONE,
		 ATTR_FLOAT,
		 ATTR_INT,
		 ATTR_STRING,
		 ATTR_TENSOR,
		 ATTR_GRAPH,
		 ATTR_FLOATS,
		 ATTR_INTS,
		 ATTR_STRINGS,
		 ATTR_TENSORS,
		 ATTR_GRAPHS,
		 ATTR_SPARSE,
		 ATTR_SPARSES,
		 ATTR_TYPE,
		 ATTR_TYPES
};

struct sparse {
	struct shape shape;
	struct tensor values, indices;
};

struct attr {
	const char *name;
	enum attr_kind kind;
	uint32_t count;	 /* elements of the plural kinds, bytes of a string */
	const char *ref; /* inside a function: attribute of the call, or NULL */
	union {
		int64_t i;
		float f;
		const char *s; /* COUNT bytes, then a terminator */
		const int64_t *ints;
		const float *floats;
		const struct text *strings;
		const struct tensor *tensors; /* TENSOR: one */
		struct graph *const *graphs;  /* GRAPH: one */
		const struct sparse *sparses; /* SPARSE: one */
		const struct type *types;     /* TYPE: one */
	} u;
	const struct ProtobufCMessage *origin;
};

/* Where a node came from, for reports in the user's own names. */
struct source {
	const char *node;    /* name (or first output) in the original model */
	const char *rewrite; /* rule that replaced it */
	const struct source *next;
};

struct node {
	uint32_t id; /* unique in the model */
	const char *name;
	const char *domain, *type, *overload; /* "" and "Conv" and "" */
	const struct op *op; /* NULL: unknown operator, passed through */
	uint32_t nin, nout, nattr;
	struct use *in;
	struct value **out; /* NULL: optional result left out */
	struct attr *attr;
	struct graph *graph;
	struct node *prev, *next;
	const struct source *sources; /* NULL: itself */
	const struct ProtobufCMessage *origin;
};

struct port {
	const char *name;
	struct type type; /* as declared; DTYPE_NONE where the file is silent */
	struct use read;
	const struct ProtobufCMessage *origin;
};

struct opset {
	const char *domain;
	int64_t version;
};

struct graph {
	struct model *model;
	struct graph *outer; /* NULL: the main graph or a function body */
	struct node *owner;  /* node whose attribute holds it, or NULL */
	const char *name;
	struct node *first, *last;
	struct value **in; /* every declared input, constants of IR 3 too */
	struct port *out;
	uint32_t nin, nout;
	struct value **konst; /* every constant, in file order */
	uint32_t nkonst, konst_cap;
	const struct ProtobufCMessage *origin;
};

struct function {
	const char *domain, *name, *overload;
	struct graph *body;
	struct opset *opset;
	uint32_t nopset;
	const char **attr; /* attribute parameters without default */
	uint32_t nattr;
	struct attr *attr_default;
	uint32_t nattr_default;
	const struct ProtobufCMessage *origin;
};

struct property {
	const char *key, *value;
};

struct model {
	struct arena arena;
	int64_t ir_version;
	struct opset *opset;
	uint32_t nopset;
	struct graph *main;
	struct function *function;
	uint32_t nfunction;
	struct property *property; /* metadata_props */
	uint32_t nproperty;
	struct symbols symbols;
	uint32_t nvalues, nnodes; /* ids handed out so far */
	const char **warning;	  /* for cmd/ to print */
	uint32_t nwarning;
	struct input *inputs;  /* maps that constants point into */
	bool is_copy;	       /* the inputs are those of another model */
	struct owned *owned;   /* payloads that model_free() frees */
	struct budget *budget; /* counts owned payloads; may be NULL */
	const struct ProtobufCMessage *origin;
};

/* ---- models ------------------------------------------------------------- */

/* An empty model with an empty main graph; model_free() releases it. */
struct model *model_new(struct budget *budget);
void model_free(struct model *m);

/* Keep IN open and mapped until model_free(); takes it over. */
void model_keep_input(struct model *m, struct input *in);

/* Storage of BYTES that model_free() frees and that model_drop() may free
 * earlier; counted against the model's budget. */
MUST_USE bool model_alloc(struct model *m, size_t bytes, void **out,
			  struct err *e);
void model_drop(struct model *m, const void *data);
/* T is not read again: free its storage, or let its file's pages go. */
void model_forget(struct model *m, const struct tensor *t);

void model_warn(struct model *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
int64_t model_opset(const struct model *m, const char *domain); /* -1: none */
void model_set_opset(struct model *m, const char *domain, int64_t version);
const char *model_property(const struct model *m, const char *key);
void model_set_property(struct model *m, const char *key, const char *value);

/* A copy of the structure.  Constants, origins and strings are shared with M,
 * which must outlive the copy. */
struct model *model_clone(const struct model *m);

/* ---- building ----------------------------------------------------------- */

struct graph *graph_new(struct model *m, struct graph *outer);
struct value *graph_add_input(struct graph *g, const char *name,
			      const struct type *t);
struct value *graph_add_const(struct graph *g, const char *name,
			      const struct tensor *t);
/* A value that nothing defines, in place of what a broken file lacks. */
struct value *graph_add_undefined(struct graph *g, const char *name,
				  const struct type *t);
/* Make V, which has no other definition, a constant. */
void graph_set_const(struct graph *g, struct value *v, const struct tensor *t);
/* A small constant made here: one float, or a vector of int64. */
struct value *graph_const_f32(struct graph *g, float x);
struct value *graph_const_ints(struct graph *g, const int64_t *x, size_t n);
struct port *graph_add_output(struct graph *g, const char *name,
			      struct value *v, const struct type *t);

/* What node_new() needs; zero members are empty. */
struct node_spec {
	const char *domain, *type, *name;
	struct value *const *in; /* entries may be NULL */
	uint32_t nin, nout;
};

/* A node with fresh values, not yet in the list of G (but using its operands):
 * node_append() or node_insert_before() it. */
struct node *node_new(struct graph *g, const struct node_spec *spec);
/* A fresh value defined by N, for an output slot. */
struct value *node_new_value(struct node *n);
void node_append(struct node *n);
void node_insert_before(struct node *n, struct node *at);

/* Copies what X points to.  Overwrites an attribute of the same name. */
void node_set_attr(struct node *n, const struct attr *x);
void node_set_int(struct node *n, const char *name, int64_t x);
void node_set_float(struct node *n, const char *name, float x);
void node_set_string(struct node *n, const char *name, const char *x);
void node_set_ints(struct node *n, const char *name, const int64_t *x,
		   uint32_t count);
void node_drop_attr(struct node *n, const char *name);

/* ---- reading ------------------------------------------------------------ */

const struct attr *node_attr(const struct node *n, const char *name);
/* Values of X: its count, but 1 for the kinds that have one value, and 0 for a
 * reference. */
uint32_t attr_count(const struct attr *x);
/* Graphs that X holds. */
uint32_t attr_graphs(const struct attr *x);
int64_t node_int(const struct node *n, const char *name, int64_t fallback);
float node_float(const struct node *n, const char *name, float fallback);
/* A terminated copy-free string, or FALLBACK. */
const char *node_string(const struct node *n, const char *name,
			const char *fallback);
/* The INTS attribute NAME and its length, or NULL and 0. */
const int64_t *node_ints(const struct node *n, const char *name,
			 uint32_t *count);

/* Operand I, or NULL if it is left out. */
struct value *node_in(const struct node *n, uint32_t i);
/* Result I, or NULL if it is left out. */
struct value *node_out(const struct node *n, uint32_t i);
bool node_is(const struct node *n, const char *domain, const char *type);
/* The user's name for N: its name, else its first result, else "#id". */
const char *node_label(const struct node *n, struct arena *a);

bool value_has_one_use(const struct value *v); /* a port counts as a use */
bool value_is_output(const struct value *v);   /* some port reads it */
/* Inputs that a caller must or may feed: not the constants of IR 3. */
bool value_is_fed(const struct value *v);

/* ---- changing ----------------------------------------------------------- */

void use_set(struct use *u, struct value *v);

/* Point every use of OLD, ports included, at NEW. */
void value_replace(struct value *old, struct value *new);

/* Unlink N; its results must be unused. */
void node_remove(struct node *n);

/* Remove N if nothing uses its results, then its producers likewise. */
void node_remove_dead(struct node *n);

/* Drop constants that nothing reads. */
void graph_drop_unused_consts(struct graph *g);

/* Order the nodes of G so that each follows its producers, keeping the file's
 * order where it can; ERR_FORMAT names a node on a cycle. */
MUST_USE bool graph_sort(struct graph *g, struct err *e);

/*
 * Every dimension called NAME becomes NUMBER, and expressions of it what they
 * then are: in the inputs, outputs and values of all graphs, functions aside.
 * ERR_USAGE lists the names of the model if NAME is none of them.
 */
MUST_USE bool model_fix_dim(struct model *m, const char *name, int64_t number,
			    struct err *e);

/* The same for every name and for inputs' dims that have none: FIRST where one
 * is the first dim of an input, else OTHERS. */
void model_close_dims(struct model *m, int64_t first, int64_t others);

/*
 * Visit every node of the model: the main graph, its inner graphs right after
 * the node that holds them, then the function bodies; without recursion.
 *     for (n = model_first(m); n; n = model_next(n))
 */
struct node *model_first(const struct model *m);
struct node *model_next(const struct node *n);

/* The same within the inner graphs of ROOT; start with n = ROOT. */
struct node *node_next_inside(const struct node *n, const struct node *root);
/* The inner graph of N that follows AFTER; NULL starts and ends. */
struct graph *node_next_graph(const struct node *n, const struct graph *after);

/* Every invariant above, checked; run after every rewrite in tests. */
MUST_USE bool model_verify(const struct model *m, struct err *e);

#endif
