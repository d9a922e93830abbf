/* SPDX-License-Identifier: Apache-2.0 */
/* passes/optimize.h -- which passes run, in which order, how often.
 *
 * A level is a set of passes; each level contains the one below.
 *
 *     -O0  none
 *     -O1  the EXACT ones: fold-constants fold-shapes inline-if drop-no-ops
 *          merge-duplicates cancel-transposes merge-reshapes fold-pad
 *          drop-dead
 *     -O2  and the ROUNDING ones that keep the opset: fuse-layer-norm
 *          fuse-gelu fuse-hard-swish fold-bn fold-scale fuse-gemm
 *     -O3  and those after the opset was raised to what fuse-layer-norm,
 *          fuse-gelu and fuse-hard-swish need, if that lets them fire
 *
 * The passes of a set run in one order (optimize.c), again and again until a
 * whole round changes nothing.
 */
#ifndef PASSES_OPTIMIZE_H
#define PASSES_OPTIMIZE_H

#include "base/str.h"
#include "passes/pass.h"

enum { LEVEL_MAX = 3, LEVEL_DEFAULT = 2, SCHEDULE_MAX = 32 };

/* The passes to run, in order, and what they did. */
struct schedule {
	struct scheduled {
		const struct pass *pass;
		uint64_t applied, refused;
		struct err refusal; /* the first of them */
	} at[SCHEDULE_MAX];
	int count;
	/* Rewrites and, by name alone, whole passes that must not happen. */
	const char *const *banned;
	size_t nbanned;
	/* The last rewrite: as struct rewriting names it, or its pass. */
	char last[256];
	bool raise_opset;      /* where a fusion needs it */
	struct err not_raised; /* why that was not possible, if it was not */
};

/* The passes of LEVEL. */
void schedule_level(struct schedule *s, int level);

/*
 * "a,b" runs these alone, "-c" leaves c out of the level's, "+d" adds d;
 * unknown names are ERR_USAGE and come with the nearest name.
 */
MUST_USE bool schedule_choose(struct schedule *s, const char *names,
			      struct err *e);

/*
 * Run S on M (bound and inferred) with at most BUDGET rewrites; counts go into
 * S.  M is bound and inferred afterwards, and its order is valid.
 */
MUST_USE bool optimize(struct model *m, struct schedule *s, uint64_t budget,
		       struct err *e);

/* Rewrites that S applied. */
uint64_t schedule_applied(const struct schedule *s);

#endif
