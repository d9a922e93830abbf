/* SPDX-License-Identifier: Apache-2.0 */
/* exec/plan.h -- a model, bound to kernels and memory, ready to run.
 *
 * plan_build() works on a private copy of the model, specialised to the given
 * input shapes: what is constant is computed, each node is bound to a kernel,
 * and every value of known shape gets an offset in one buffer.  Unless the
 * plan is LITERAL, the copy is first lowered: activations join the operators
 * before them and Q/DQ pairs become integer operators.  The plan names what
 * it did: plan_steps().
 */
#ifndef EXEC_PLAN_H
#define EXEC_PLAN_H

#include "base/limits.h"
#include "exec/engine.h"
#include "graph/graph.h"
#include "ops/op.h"

struct plan;

struct plan_opts {
	const struct engine *engine; /* NULL: engine_default() */
	/* One type per fed input of the main graph in order; dims that stay
	 * unknown are decided at run time, and TYPE_UNKNOWN fixes an input to
	 * its default.  NULL: as declared. */
	const struct type *inputs;
	/* Nodes run one by one as written, Q/DQ as float, and every value can
	 * be tapped.  The reference engine is always literal. */
	bool literal;
	bool strict; /* ERR_UNSUPPORTED if a node needs another engine */
	uint64_t seed;
	const struct limits *limits; /* NULL: defaults */
};

/*
 * M must be bound and inferred, must outlive the plan and must not change.
 * On success *OUT is the caller's: plan_free().  ERR_UNSUPPORTED lists every
 * node that cannot be executed, not only the first.
 */
MUST_USE bool plan_build(struct plan **out, const struct model *m,
			 const struct plan_opts *o, struct err *e);
void plan_free(struct plan *p);

/* Fed inputs and outputs, in graph order. */
uint32_t plan_nin(const struct plan *p);
uint32_t plan_nout(const struct plan *p);
const struct value *plan_input_value(const struct plan *p, uint32_t i);

/* Watches results while a literal plan runs.  Embed it first. */
struct tap {
	/* V is a value of the model given to plan_build(); D lives only for
	 * the call.  False stops the run. */
	bool (*saw)(struct tap *self, const struct value *v,
		    const struct datum *d, struct err *e);
};

/*
 * Run on IN (borrowed until the next run; dtype and shape are checked; NULL
 * where an input has a default).
 * Outputs live until the next run or plan_free().  TAP may be NULL; with one
 * the plan must be literal, and inputs and constants are not reported.
 */
MUST_USE bool plan_run(struct plan *p, const struct datum *const *in,
		       struct tap *tap, struct err *e);
const struct datum *plan_output(const struct plan *p, uint32_t i);

/* One line of the plan, for listings and profiles. */
struct step {
	const struct node *node; /* of the lowered copy */
	const struct kernel *kernel;
	const char *label; /* original node names, joined by '+' */
	uint64_t macs;	   /* multiply-accumulates */
	size_t out_bytes;
	double seconds; /* of the last run, if timed */
};

const struct step *plan_steps(const struct plan *p, size_t *count);
void plan_time_steps(struct plan *p, bool on);
size_t plan_bytes(const struct plan *p); /* activations, scratch, prepared */

#endif
