/* SPDX-License-Identifier: Apache-2.0 */
/* exec/plan_impl.h -- the inside of a plan; only exec/ includes it.
 *
 * A plan has one program per graph, the main graph's first: its nodes in
 * order, as actions.  Every value has one slot, found by the value's id; the
 * calls of actions point at the datums in slots, so binding happens once.
 * Programs of inner graphs use a part of the buffer that belongs to the
 * action that runs them.
 */
#ifndef EXEC_PLAN_IMPL_H
#define EXEC_PLAN_IMPL_H

#include "exec/hold.h"
#include "exec/invoke.h"
#include "exec/plan.h"

enum place {
	PLACE_NONE,    /* not used here */
	PLACE_FED,     /* an input of its graph: borrowed */
	PLACE_CONST,   /* aligned to its element type */
	PLACE_PLANNED, /* in the plan's buffer */
	PLACE_RUNTIME, /* held by the action that made it */
};

struct slot {
	struct datum datum;
	enum place place;
	uint32_t block; /* PLANNED: of its program's layout */
};

/* One node, ready to be called. */
struct action {
	struct call call;
	const struct datum **in;
	struct datum **out;
	bool dynamic; /* types are decided when it runs */
	uint32_t step;
	struct hold held; /* storage of run-time results */
	/* Actions of the same program whose run-time results are not read
	 * after this one. */
	struct action **dies;
	uint32_t ndies;
	size_t scratch_bytes;
	size_t inner_bytes;		     /* of the largest inner graph */
	uint32_t scratch_block, inner_block; /* NO_BLOCK: none */
};

#define NO_BLOCK UINT32_MAX

/* A span of the buffer, needed from action FIRST to action LAST. */
struct block {
	size_t bytes, offset;
	uint32_t first, last;
};

struct program {
	struct graph *graph;
	struct program *outer; /* program of the action that runs it */
	struct action *owner;  /* that action; NULL for the main graph */
	struct action *at;
	uint32_t count;
	struct block *block;
	uint32_t nblock;
	size_t bytes; /* of the buffer */
	size_t base;  /* where its part begins */
	/* Results of the last two runs: carried values of a loop are read
	 * while the next iteration makes new ones. */
	struct hold result[2];
	unsigned turn;
};

struct plan {
	struct services services; /* first: kernels hand it back */
	struct arena arena;
	struct model *model;	    /* the private copy */
	const struct model *source; /* what taps are told about */
	const struct engine *engine;
	bool literal, strict, timed;
	size_t tensor_limit;
	uint64_t step_limit;
	struct budget *budget;
	struct slot *slot; /* by value id */
	uint32_t nslot;
	/* enum tensor_layout by value id; beyond NLAYOUT: rows */
	uint8_t *layout;
	uint32_t nlayout;
	uint8_t *works_in; /* call.layout by node id; beyond NWORKS: rows */
	uint32_t nworks;
	uint32_t *index; /* of a node's action in its program, by node id */
	struct value **tapped; /* values of SOURCE, by id */
	uint32_t ntapped;
	struct program *program;
	uint32_t nprogram;
	struct step *step;
	size_t nstep;
	struct value **fed;
	uint32_t nfed;
	struct buf buffer;
	struct hold copies; /* inputs and constants that were not aligned */
	struct hold fed_copies;
	size_t prepared_bytes;
	/* While running: */
	struct action *current;
	struct tap *tap;
};

/* exec/specialise.c: the private copy for these input types, with everything
 * constant computed. */
MUST_USE bool plan_specialise(struct plan *p, const struct plan_opts *o,
			      struct err *e);
/* Compute what is constant, but leave DequantizeLinear of constants where
 * KEEP_QUANTIZED says that integer operators will be made of it. */
MUST_USE bool plan_fold(struct plan *p, bool keep_quantized, struct err *e);

/* Remove nodes whose results nobody reads. */
void plan_drop_dead(struct plan *p);

/* exec/bind.c: programs, actions, slots, kernels; again if nodes changed. */
MUST_USE bool plan_bind(struct plan *p, struct err *e);
/* Kernels read constants where they lie in the file, unless that is
 * misaligned: then D points to a copy. */
MUST_USE bool plan_align_const(struct plan *p, struct datum *d, struct err *e);

/* exec/prepare.c: prepared state and the list of steps. */
MUST_USE bool plan_prepare(struct plan *p, struct err *e);

/* exec/relayout.c: Reorder nodes where kernels want them; true if anything is
 * not row-major, which has to be bound again. */
bool plan_relayout(struct plan *p);
enum tensor_layout plan_layout_of(const struct plan *p, const struct value *v);
void plan_set_layout(struct plan *p, const struct value *v,
		     enum tensor_layout l);
enum tensor_layout plan_works_in(const struct plan *p, const struct node *n);

/* exec/layout.c: offsets of everything of known size. */
MUST_USE bool plan_layout(struct plan *p, struct err *e);
/* Offsets for N blocks in order of FIRST: best fit.  Returns the bytes
 * needed; SIZE_MAX if that overflows. */
size_t blocks_place(struct block *b, uint32_t n);

/* exec/tap.c: the results of A, row-major, to p->tap. */
MUST_USE bool plan_tell_tap(struct plan *p, const struct action *a,
			    struct err *e);

/* exec/run.c: the services that kernels get. */
void plan_serve(struct plan *p);

#endif
