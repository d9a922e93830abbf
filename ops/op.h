/* SPDX-License-Identifier: Apache-2.0 */
/* ops/op.h -- what an operator is: schema, shape inference, kernels.
 *
 * One file per operator family.  The file exports a table of rows named
 * op_rows_<file>, ended by a row whose type is NULL, and Makefile.am lists
 * the file in OPS.  Nothing else has to change.  An operator has one row for
 * every opset in which its meaning changed, and every row has its cases in
 * testdata/ops/<file>.cases (format: tests/ops/case_file.h).
 */
#ifndef OPS_OP_H
#define OPS_OP_H

#include "graph/graph.h"
#include "ops/call.h"
#include "ops/infer.h"
#include "ops/types.h"

enum {
	PARAM_OPTIONAL = 1 << 0,
	PARAM_VARIADIC = 1 << 1,
	PARAM_CONTAINER = 1 << 2, /* sequences, optionals, maps as well */
};

/* One formal operand or result.  Parameters with the same VAR ("T") have the
 * same element type; VAR NULL: no such tie.  A variadic parameter is the last
 * one and, with a VAR, homogeneous. */
struct param {
	const char *name, *var;
	uint32_t types; /* 0: not a tensor, or checked by infer() */
	unsigned flags; /* PARAM_* */
};

/* Parameter lists in the rows of a table:
 *     .in = PARAMS(IN("data", "T", TYPES_ALL_1), OPTIONAL("axes", NULL, TYPES_I64))
 */
#define PARAMS(...) ((const struct param[]){__VA_ARGS__, {0}})
#define IN(name, var, types)        \
	{                           \
		name, var, types, 0 \
	}
#define OPTIONAL(name, var, types)               \
	{                                        \
		name, var, types, PARAM_OPTIONAL \
	}
#define MANY(name, var, types)                   \
	{                                        \
		name, var, types, PARAM_VARIADIC \
	}

/* The same for attributes. */
#define ATTRS(...) ((const struct attr_spec[]){__VA_ARGS__, {0}})
#define ATTR(name, KIND, fallback)                 \
	{                                          \
		name, ATTR_##KIND, false, fallback \
	}
#define ATTR_REQUIRED(name, KIND)             \
	{                                     \
		name, ATTR_##KIND, true, NULL \
	}

struct attr_spec {
	const char *name;
	enum attr_kind kind;
	bool required;
	/* Default in text: "1", "0.01", "NOTSET"; NULL: none.  Lists have
	 * none: what their absence means is the operator's business. */
	const char *fallback;
};

enum op_trait {
	OP_COMMUTATIVE = 1 << 0,
	OP_ELEMENTWISE = 1 << 1, /* result i depends on operands' element i */
	OP_RANDOM = 1 << 2,	 /* never folded, never compared exactly */
	OP_DATA_SHAPE = 1 << 3, /* result shapes depend on operands' contents */
	OP_MOVES = 1 << 4,     /* only moves elements: Reshape, Transpose ... */
	OP_GRAPHS = 1 << 5,    /* has subgraphs */
	OP_ANY_ATTRS = 1 << 6, /* runs with attributes that nobody knows */
};

struct op {
	const char *domain, *type;
	int since; /* first opset with these semantics */
	unsigned traits;
	const struct param *in, *out;  /* each ended by a NULL name */
	const struct attr_spec *attrs; /* ended by a NULL name; NULL: none */
	infer_fn *infer;
	/* Ended by a NULL name; the first row is the reference.  NULL: the
	 * operator is known but cannot be executed. */
	const struct kernel *kernels;
};

/* The newest row for DOMAIN/TYPE not newer than OPSET, or NULL.  Domain
 * "ai.onnx" is "". */
const struct op *op_find(const char *domain, const char *type, int64_t opset);

/* All rows, one operator file after another; NULL starts and ends.  Rows of
 * one operator are neighbours, oldest first. */
const struct op *op_next(const struct op *prev);

uint32_t op_min_in(const struct op *op);
uint32_t op_max_in(const struct op *op); /* UINT32_MAX: variadic */
uint32_t op_min_out(const struct op *op);
uint32_t op_max_out(const struct op *op);

/* Point node->op of every node at the row for the model's opsets (in function
 * bodies: the function's), or version 1 of com.microsoft without an import.
 * NULL stays where no row fits. */
void op_bind_model(struct model *m);
void op_bind_node(struct node *n);

/*
 * Attributes with the schema's default filled in; the node must be bound and
 * the schema must name the attribute with that kind (bug() otherwise).
 */
int64_t attr_int(const struct node *n, const char *name);
float attr_float(const struct node *n, const char *name);
const char *attr_string(const struct node *n, const char *name);
/* Number of elements; *INTS is NULL and the result 0 if absent. */
uint32_t attr_ints(const struct node *n, const char *name,
		   const int64_t **ints);
uint32_t attr_floats(const struct node *n, const char *name,
		     const float **floats);
bool attr_given(const struct node *n, const char *name);

/* The opset version that governs N: the model's or the function's; 0 if its
 * domain is not imported. */
int64_t op_opset(const struct node *n);

#endif
