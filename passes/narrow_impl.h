/* SPDX-License-Identifier: Apache-2.0 */
/* passes/narrow_impl.h -- what the files of narrow.h share. */
#ifndef PASSES_NARROW_IMPL_H
#define PASSES_NARROW_IMPL_H

#include "passes/narrow.h"

/* What happens to a node of the model. */
struct narrow_node {
	bool narrow;
	const char *why; /* it stays; NULL: narrow, or has no float32 */
};

struct narrowing {
	struct model *model;
	const struct narrow_opts *opts;
	struct narrow_report *report;
	struct arena arena;
	const char **name;	  /* calibrated_names(), by value id */
	struct narrow_node *node; /* by node id */
	bool *single;		  /* is a float32 tensor now, by value id */
	bool *made;		  /* will be narrow, by value id */
	bool *measure;		  /* ends in a size, by value id */
	struct value **other;	  /* in the other type, by value id */
	uint32_t nnodes, nvalues; /* before the first change */
};

/* passes/narrow_choose.c: fill node[] and made[]. */
void narrow_choose(struct narrowing *w);
/* Operand I of N, which is narrow, becomes narrow with it. */
bool narrow_reads(const struct narrowing *w, const struct node *n, uint32_t i);

/* The user wants N to stay float32. */
bool narrow_is_named(const struct narrowing *w, const struct node *n);

/* passes/narrow_range.c: why the type does not hold a value, in the report's
 * arena, or NULL. */
const char *narrow_refuses_constant(const struct narrowing *w,
				    const struct value *v);
const char *narrow_refuses_range(const struct narrowing *w,
				 const struct value *v);

#endif
