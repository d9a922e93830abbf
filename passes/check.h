/* SPDX-License-Identifier: Apache-2.0 */
/* passes/check.h -- do two models compute the same?
 *
 * Both run on captured inputs, if the caller has any, and on made-up ones:
 * ordinary numbers, negatives, zeros, denormals, the largest and smallest of
 * the type, and numbers with NaN and infinities among them.  Integers are 0, 1
 * and small, since they may be indices or sizes.
 *
 *  EXACT     every element has the same bits, but that +0 equals -0 and any
 *            NaN any NaN
 *  ROUNDING  |new - old| <= 1e-4 |old| + 1e-5 max |old|, and over each output
 *            10 log10(sum old^2 / sum (new - old)^2) >= 100 dB; what is not
 *            finite must agree, but with the extreme inputs, where another
 *            order of operations overflows elsewhere
 *
 * Recorded inputs alone do where an input is of a kind that cannot be made up.
 *
 * Where the old model fails (an index out of range), the new one may too.
 */
#ifndef PASSES_CHECK_H
#define PASSES_CHECK_H

#include "base/str.h"
#include "exec/plan.h"
#include "passes/pass.h"

struct check_opts {
	const struct engine *engine; /* NULL: the reference */
	const struct limits *limits; /* NULL: defaults */
	uint64_t seed;
	int64_t batch; /* where the first dimension is open; 0: 2, or 1 */
	/* NCAPTURED times one datum per fed input; may be NULL. */
	const struct datum *const *const *captured;
	uint32_t ncaptured;
};

/*
 * Whether NEW agrees with OLD, as far as F promises; both are bound and
 * inferred and have the same inputs and outputs.  What differs first is
 * appended to WHY.  False with E set (code not ERR_NONE) if nothing could be
 * compared at all.
 */
MUST_USE bool models_agree(const struct model *old, const struct model *new,
			   enum fidelity f, const struct check_opts *o,
			   struct str *why, struct err *e);

#endif
