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
