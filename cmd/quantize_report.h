/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/quantize_report.h -- what quantize tells and writes beside the model. */
#ifndef CMD_QUANTIZE_REPORT_H
#define CMD_QUANTIZE_REPORT_H

#include "cmd/cmd.h"
#include "passes/quantize.h"
#include "validate/ledger.h"

/* The layers of R: a table with -v, and JSON.  L: what the error comes from, in
 * short without -v, or NULL. */
MUST_USE bool quantize_print(const struct quantize_report *r,
			     const struct ledger *l,
			     const struct common_opts *c, struct err *e);

/* Write what R's layers became to PATH, as overrides; NULL: nothing. */
MUST_USE bool quantize_write_overrides(const struct quantize_report *r,
				       const char *path, struct err *e);

#endif
