/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/validate_ledger.h -- mlopt validate --ledger. */
#ifndef CMD_VALIDATE_LEDGER_H
#define CMD_VALIDATE_LEDGER_H

#include "cmd/data_options.h"
#include "validate/ledger.h"

/*
 * Measure the models at PATH[REFERENCE] and PATH[CANDIDATE] on D; both are
 * read again and optimized alike, so that what optimizing did to one of them
 * is no change.  Strings and arrays of *L lie in A.
 */
MUST_USE bool validate_ledger(struct ledger *l, const char *const path[2],
			      const struct data_opts *d,
			      const struct compare_opts *o,
			      const struct common_opts *c, struct arena *a,
			      struct err *e);

/* Causes, the layers that carry most (all if VERBOSE), and what would pay. */
void ledger_table(struct str *out, const struct ledger *l, bool verbose);

/* Causes and what would pay. */
void ledger_summary(struct str *out, const struct ledger *l);

#endif
