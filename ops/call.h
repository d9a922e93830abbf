/* SPDX-License-Identifier: Apache-2.0 */
/* ops/call.h -- one execution of one node, and the kernels that do it. */
#ifndef OPS_CALL_H
#define OPS_CALL_H

#include "graph/graph.h"
#include "ops/layout.h"

struct call;

/*
 * State that a kernel makes once per plan: packed weights, a compiled
 * primitive.  Concrete states embed it first.
 */
struct prepared {
	void (*release)(struct prepared *self);
	size_t bytes; /* what it holds, for reports */
};

/*
 * What kernels made to answer accepts() or layouts(), and will need again to
 * prepare: a compiled primitive.  Concrete ones embed it first, and find their
 * own by the function that releases it.
 */
struct shared {
	struct shared *next;
	void (*release)(struct shared *self);
};

/* What a plan offers to a running kernel. */
struct services {
	/* Storage for a result whose shape only the kernel knows; lives until
	 * the plan's memory for that value is released. */
	bool (*alloc)(struct services *self, size_t bytes, void **out,
		      struct err *e);
	/* Run an inner graph: IN are its inputs in order, OUT its outputs,
	 * which live until the second next run of the same graph. */
	bool (*run_graph)(struct services *self, const struct graph *g,
			  const struct datum *const *in, struct datum *out,
			  struct err *e);
	uint64_t seed;	/* of random operators, mixed with the node's id */
	uint64_t steps; /* loop iterations still allowed */
	struct shared *shared; /* until the plan is built */
};

/* Forget everything shared. */
void services_release(struct services *s);

struct call {
	const struct node *node; /* attributes; bound */
	const struct kernel *kernel;
	uint32_t nin, nout;
	const struct datum *const *in; /* NULL entries: omitted operands */
	/* Types set, storage allocated and aligned, except for results of
	 * OP_DATA_SHAPE (call_alloc()).  NULL: result not wanted. */
	struct datum *const *out;
	struct prepared *prepared; /* of kernel.prepare, else NULL */
	void *scratch;		   /* kernel.scratch() bytes, aligned */
	/* What kernel.layouts() chose for most of what it works on. */
	enum tensor_layout layout;
	struct services *services;
};

/*
 * One implementation of an operator.
 *
 * At plan time in[] have types; in[i]->tensor.data is NULL unless the operand
 * is constant.
 */
struct kernel {
	const char *name;   /* "conv-f32-im2col": shown in plans */
	const char *engine; /* "reference", "blas", "onednn" */
	unsigned needs;	    /* CPU_* bits, kern/cpu.h */
	bool (*accepts)(const struct call *c);	 /* NULL: always */
	size_t (*scratch)(const struct call *c); /* NULL: none */
	/*
	 * Layouts (ops/layout.h) of operands and results.  IN holds those
	 * that the operands have and is overwritten with those that run()
	 * wants; OUT says what it leaves, row-major unless set.  Returns what
	 * run() finds in call.layout.  Called before prepare(), on known
	 * shapes.  NULL: all row-major.
	 */
	enum tensor_layout (*layouts)(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out);
	bool (*prepare)(struct call *c, struct err *e); /* sets c->prepared */
	/* Operands, a bit each, that run() does not read if they are constant:
	 * prepare() copies them, from any alignment. */
	unsigned packs;
	bool (*run)(const struct call *c, struct err *e);
	/* Result 0 may share storage with this operand, counted from 1 (same
	 * element type, same number of bytes); 0: with none. */
	uint8_t in_place;
};

/* Operand I as a tensor; NULL if omitted. */
const struct tensor *call_in(const struct call *c, uint32_t i);
/* Its floats (bug() if it is of another type); NULL if omitted. */
const float *call_f32(const struct call *c, uint32_t i);
/* Result I as a tensor to fill; NULL if not wanted. */
struct tensor *call_out(const struct call *c, uint32_t i);

/* Give result I of an OP_DATA_SHAPE operator its shape and storage. */
MUST_USE bool call_alloc(const struct call *c, uint32_t i, enum dtype t,
			 const struct shape *s, struct err *e);

/* TO becomes a deep copy of FROM, with storage from S. */
MUST_USE bool datum_copy(struct services *s, struct datum *to,
			 const struct datum *from, struct err *e);

/* Element 0 of operand I as a number; FALLBACK if omitted or empty. */
double call_scalar(const struct call *c, uint32_t i, double fallback);

#endif
