/* SPDX-License-Identifier: Apache-2.0 */
/* passes/checked.h -- optimizing, with a proof by running. */
#ifndef PASSES_CHECKED_H
#define PASSES_CHECKED_H

#include "passes/check.h"
#include "passes/optimize.h"

enum { DROPPED_MAX = 16 };

/* Rewrites that did not hold, and were left out. */
struct dropped {
	struct arena arena;
	const char *rewrite[DROPPED_MAX]; /* "rule 'x/y' at 'node'" */
	const char *why[DROPPED_MAX];
	size_t count;
};

/*
 * Optimize a copy of OLD as S and BUDGET say and compare both as far as the
 * least faithful applied pass promises.  Where they differ, bisecting the
 * budget finds the rewrite; it is left out, and all starts again.  *OUT is the
 * caller's (model_free()) and shares constants with OLD, which must outlive
 * it.  ERR_UNSUPPORTED if OLD cannot be run or too many rewrites fail.
 * Release D->arena after a failure too.
 */
MUST_USE bool optimize_checked(const struct model *old, struct model **out,
			       struct schedule *s, uint64_t budget,
			       const struct check_opts *o, struct dropped *d,
			       struct err *e);

#endif
