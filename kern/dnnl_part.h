/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_part.h -- what primitives of oneDNN have in common. */
#ifndef KERN_DNNL_PART_H
#define KERN_DNNL_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "kern/act.h"
#include "kern/dnnl_lib.h"

/* A constant operand in the order that a primitive wants. */
struct dnnl_part {
	dnnl_memory_t memory;
	struct buf buf;
	size_t bytes;
};

/* DATA, which lies as HAVE says, copied and reordered to WANT. */
bool dnnl_part_fill(struct dnnl_part *p, const struct dnnl_lib *l,
		    const dnnl_memory_desc_t *have,
		    const dnnl_memory_desc_t *want, const void *data);
void dnnl_part_release(struct dnnl_part *p, const struct dnnl_lib *l);

/*
 * Memory that a primitive works in, from its caller.  The library's own is one
 * buffer for each thread, large enough for the primitives that were made on
 * that thread: it must not serve those that were made on others.
 */
struct dnnl_scratch {
	dnnl_memory_t memory; /* NULL: none needed */
	size_t bytes;
};

/* Before the primitive is described: it will take scratch memory. */
bool dnnl_scratch_ask(const struct dnnl_lib *l, dnnl_primitive_attr_t attr);
bool dnnl_scratch_make(struct dnnl_scratch *s, const struct dnnl_lib *l,
		       const_dnnl_primitive_desc_t pd);
/* At MEMORY, as one more of the N arguments ARGS. */
bool dnnl_scratch_pass(const struct dnnl_scratch *s, const struct dnnl_lib *l,
		       void *memory, dnnl_exec_arg_t *args, int *n);
void dnnl_scratch_release(struct dnnl_scratch *s, const struct dnnl_lib *l);

/* F behind what OPS does so far; false if the library lacks it. */
bool dnnl_part_append_act(const struct dnnl_lib *l, dnnl_post_ops_t ops,
			  const struct act *f);

/* Round: the library adds the zero point of a result before it rounds, which
 * moves what lies on a tie or close to one. */
bool dnnl_part_append_round(const struct dnnl_lib *l, dnnl_post_ops_t ops);

/* The primitive is compiled for this CPU: a slow fallback of the library is
 * no better than our own loops. */
bool dnnl_part_is_fast(const struct dnnl_lib *l,
		       const_dnnl_primitive_desc_t pd);

#endif
