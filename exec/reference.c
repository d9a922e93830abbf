/* SPDX-License-Identifier: Apache-2.0 */
/* exec/reference.c -- the engine that others are judged by. */
#include <stddef.h>

#include "exec/engine.h"

static const char *const prefers[] = {"reference", NULL};

extern const struct engine engine_rows_reference[];
const struct engine engine_rows_reference[] = {
	{
		.name = "reference",
		.summary = "plain C, sums in double, the same bits everywhere",
		.prefers = prefers,
		.literal = true,
	},
	{.name = NULL},
};
