/* SPDX-License-Identifier: Apache-2.0 */
/* validate/op_tally.h -- what recorded cases say of the operators in them. */
#ifndef VALIDATE_OP_TALLY_H
#define VALIDATE_OP_TALLY_H

#include "ops/op.h"
#include "validate/ulp_counts.h"

struct op_record {
	const struct op *op;
	size_t cases, passed;  /* with this row in the model */
	size_t last;	       /* the case that was counted last */
	struct ulp_counts ulp; /* float results, models of one node only */
	/* Dims of results, inferred with first dims known by name only. */
	size_t known, named, unknown;
};

/* Start with a zeroed struct. */
struct op_tally {
	struct op_record *at; /* in the order of first sight */
	size_t count, cap, cases;
};

/* The record of OP, added if new. */
struct op_record *op_tally_of(struct op_tally *t, const struct op *op);

/* One case whose model is M: each row in it once. */
void op_tally_case(struct op_tally *t, const struct model *m, bool passed);

/* The row of the one node of M; NULL if it has none or several, or if the node
 * is unknown. */
const struct op *op_tally_subject(const struct model *m);

void op_tally_release(struct op_tally *t);

#endif
