/* SPDX-License-Identifier: Apache-2.0 */
/* validate/foretold.h -- is what runs what inference foretold?
 *
 * A model is inferred twice from nothing but the types of its inputs: as they
 * are fed, and with the first dim of each known by name only (equal numbers
 * share a name).  What a file declares of other values is left aside.  Then a
 * literal run shows every result to the tap, and a result that contradicts
 * either inference is written down.
 */
#ifndef VALIDATE_FORETOLD_H
#define VALIDATE_FORETOLD_H

#include "exec/plan.h"
#include "validate/op_tally.h"

struct foretold {
	struct tap tap; /* for plan_run() */
	struct model *fed, *named;
	const struct value **fed_value, **named_value; /* by id */
	struct arena arena;
	size_t checked;	 /* results compared */
	struct str *why; /* what contradicts: one line, first findings only */
	size_t wrong;
};

/*
 * Infer M for IN (one per fed input; NULL where it has a default).  Dims of
 * the named inference are counted into TALLY.  An inference that refuses is a
 * finding.  M and WHY must outlive F; foretold_release() in any case.
 */
void foretold_begin(struct foretold *f, const struct model *m,
		    const struct datum *const *in, struct op_tally *tally,
		    struct str *why);

/* Output I of the model came out as D. */
void foretold_output(struct foretold *f, uint32_t i, const struct datum *d);

void foretold_release(struct foretold *f);

#endif
