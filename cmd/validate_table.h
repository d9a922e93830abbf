/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/validate_table.h -- a validation report for people. */
#ifndef CMD_VALIDATE_TABLE_H
#define CMD_VALIDATE_TABLE_H

#include "validate/report.h"

/* Append to OUT; VERBOSE lists every layer, else the ten worst. */
void validate_table(struct str *out, const struct report *r, bool verbose);

#endif
