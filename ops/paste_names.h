/* SPDX-License-Identifier: Apache-2.0 */
/* ops/paste_names.h -- what nodes and values of a pasted body are called. */
#ifndef OPS_PASTE_NAMES_H
#define OPS_PASTE_NAMES_H

#include "ops/paste_body.h"

/* Start P->names with all names of the main graph and what is inside of it. */
void paste_take_names(struct paste *p);

/* PREFIX/NAME in the model's arena, NAME alone if PREFIX is empty, or "" where
 * NAME is empty or that would be long: calls within calls would make it
 * longer and longer. */
const char *paste_name(struct paste *p, const char *prefix, const char *name);

/* The same, and no other value is called so. */
const char *paste_new_name(struct paste *p, const char *prefix,
			   const char *name);

#endif
