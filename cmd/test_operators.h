/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/test_operators.h -- the part of mlopt test's report about operators. */
#ifndef CMD_TEST_OPERATORS_H
#define CMD_TEST_OPERATORS_H

#include "base/json.h"
#include "validate/op_tally.h"

/* The member "operators" of J: one object per row that any model held. */
void test_operators_json(struct json *j, const struct op_tally *t);

#endif
