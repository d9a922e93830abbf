/* SPDX-License-Identifier: Apache-2.0 */
/* validate/ledger.h -- where the drift of a candidate comes from.
 *
 * A candidate is the reference with changes in places: a constant operand of
 * a node that holds other numbers, or a value that is quantized.  A change is
 * undone on a copy of the candidate, the copy is run, and what its outputs
 * are nearer to the reference's is what the change costs:
 *
 *     noise   = mean over outputs of sum (g - w)^2 / sum w^2
 *     sqnr_db = -10 log10(noise)
 *     share   = 1 - noise without the change / noise with all
 *
 * Changes that make up for each other have shares that do not sum to 1, or
 * are negative.
 */
#ifndef VALIDATE_LEDGER_H
#define VALIDATE_LEDGER_H

#include "base/arena.h"
#include "base/json.h"
#include "data/dataset.h"
#include "validate/compare.h"

enum ledger_cause {
	CAUSE_WEIGHTS,	   /* constants behind DequantizeLinear */
	CAUSE_LOGARITHMS,  /* constants behind a table of levels */
	CAUSE_PRUNING,	   /* constants with new zeros, codes or not */
	CAUSE_FLOATS,	   /* other constants: repaired, rounded to 16 bits */
	CAUSE_ACTIVATIONS, /* values between QuantizeLinear and
			      DequantizeLinear */
	CAUSE_REST,	   /* what no copy undoes */
	LEDGER_CAUSES
};

/* One change, or all of a cause. */
struct ledger_entry {
	const char *node; /* label of the reference's node; NULL: a cause */
	const char *type; /* its operator; "input" for an input */
	enum ledger_cause cause;
	uint32_t places; /* changes; of CAUSE_REST what could not be undone */
	double sqnr_db;	 /* with it undone; of CAUSE_REST with all undone */
	double share;	 /* of CAUSE_REST what is left */
};

struct ledger {
	size_t samples;	  /* that the copies were run on */
	double sqnr_db;	  /* of the candidate on these */
	uint32_t changed; /* constants of another size: channels are gone */
	uint32_t integer; /* operators that have integer operands */
	struct ledger_entry cause[LEDGER_CAUSES];
	struct ledger_entry *place; /* by falling share */
	uint32_t nplaces;
};

/* "weights", "logarithms", "pruning", "floats", "activations", "rest". */
const char *ledger_cause_name(enum ledger_cause c);

/*
 * Fill *L for MODEL[REFERENCE] and MODEL[CANDIDATE], bound, inferred and
 * optimized alike, on at most 64 samples of D, which is one of the reference;
 * strings and arrays lie in A.  Nodes go together by the name of their first
 * result, else by their own; what lies in inner graphs is left as it is.
 */
MUST_USE bool ledger_measure(struct ledger *l,
			     const struct model *const model[2],
			     struct dataset *d, const struct compare_opts *o,
			     struct arena *a, struct err *e);

/* The member "ledger" of a report's object. */
void ledger_json(struct json *j, const struct ledger *l);

#endif
