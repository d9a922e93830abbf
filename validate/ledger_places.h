/* SPDX-License-Identifier: Apache-2.0 */
/* validate/ledger_places.h -- the places where a candidate differs.  Private
 * to validate/.
 */
#ifndef VALIDATE_LEDGER_PLACES_H
#define VALIDATE_LEDGER_PLACES_H

#include "validate/ledger.h"

/* A constant operand with what it was. */
struct restored {
	uint32_t operand;
	struct tensor tensor;
};

struct alteration {
	enum ledger_cause cause;
	const char *label, *type;  /* as in struct ledger_entry */
	uint32_t node;		   /* id in the candidate: of the reader, or
				      of QuantizeLinear */
	struct restored *restored; /* of activations: none */
	uint32_t count;
};

struct places {
	struct alteration *at; /* in the candidate's order */
	uint32_t count;
	uint32_t changed, integer; /* as in struct ledger */
	struct arena arena;
};

/* Both bound and inferred; tensors of the reference are borrowed.
 * places_release() *P after a failure too. */
MUST_USE bool places_find(struct places *p, const struct model *reference,
			  const struct model *candidate, struct err *e);
void places_release(struct places *p);

/* Undo P in COPY, a clone of the candidate; BY_ID: the clone's nodes. */
void place_undo(const struct alteration *p, struct node *const *by_id);

#endif
