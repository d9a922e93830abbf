/* SPDX-License-Identifier: Apache-2.0 */
/* passes/pass.h -- what a pass is.
 *
 * One file per pass.  The file exports a table of rows named
 * pass_rows_<file>, ended by a row whose name is NULL, and Makefile.am lists
 * the file in PASSES.  Every rule has its fixtures in tests/passes/<pass>/:
 * <rule>.in.onnxtxt -> <rule>.out.onnxtxt, and <rule>.not.onnxtxt, a near
 * miss that must not fire.
 *
 * The laws of all rules:
 *  - The model's interface never changes: names, order and types of inputs
 *    and outputs, named dimensions included.
 *  - A guard is pure, and it is complete: when it says yes, the build's result
 *    computes the same function within the fidelity of the pass for every
 *    input, NaN, infinities, empty tensors and broadcasts included.
 *  - Unknown operators, random operators and what has side effects are never
 *    merged, moved or folded; inner graphs are graphs like any other.
 *  - A rewrite must make progress (fewer nodes, less work, fewer bytes or a
 *    canonical form), so that the fixed point exists.
 *  - New constants are computed in double and rounded once.
 */
#ifndef PASSES_PASS_H
#define PASSES_PASS_H

#include "graph/graph.h"
#include "passes/edit.h"
#include "passes/pattern.h"

/* What a rewrite may do to the numbers; tolerances derive from it. */
enum fidelity {
	EXACT,	  /* bit-identical outputs for every input */
	ROUNDING, /* same real-number function, other rounding */
	LOSSY,	  /* another function, on purpose (quantize, prune) */
};

const char *fidelity_name(enum fidelity f);

/* What one run of one pass did. */
struct rewriting {
	struct model *model;
	const struct pass *pass;
	/* Rewrites still allowed; a bisection finds the one that breaks. */
	uint64_t *budget;
	uint64_t applied;
	uint64_t refused;	 /* edits that the type check dropped */
	struct err refusal;	 /* the first of them */
	const struct rule *only; /* this rule alone; NULL: all */
	/* Rewrites that must not happen, as LAST names them. */
	const char *const *banned;
	size_t nbanned;
	/* "rule 'fold-bn/conv' at 'conv1'": the last one applied; "" for
	 * those of run(). */
	char last[256];
};

struct rule {
	const char *name;
	/* See pattern.h; NULL: a case of the pass's run(), listed so that it
	 * has fixtures. */
	const char *pattern;
	bool (*guard)(const struct match *m); /* pure; NULL: always */
	/* An edit without edit_replace() is dropped: nothing to do.  False is
	 * a failure that ends the pass (memory). */
	bool (*build)(struct edit *ed, const struct match *m, struct err *e);
};

struct pass {
	const char *name, *summary;
	enum fidelity fidelity;
	const struct rule *rules; /* ended by a NULL name */
	/* Instead of patterns; takes each rewrite from the budget
	 * (rewriting_take()).  NULL: patterns only. */
	bool (*run)(struct rewriting *rw, struct err *e);
};

const struct pass *pass_find(const char *name);
const struct pass *pass_next(const struct pass *prev);

/* One rewrite more, if the budget allows it. */
bool rewriting_take(struct rewriting *rw);

/*
 * Run RW->pass on RW->model, which is bound and inferred, to its fixed point.
 * Rules are tried on every node, in execution order, and again around each
 * rewrite.
 */
MUST_USE bool pass_run(struct rewriting *rw, struct err *e);

#endif
