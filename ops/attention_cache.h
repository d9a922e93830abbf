/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention_cache.h -- keys or values of earlier steps, and new ones.
 *
 * A cache is [batch, heads, capacity, size]; "past" is read and "present"
 * written, which holds the old rows, then the fresh ones, then zeros (or, where
 * the two share a buffer, what "past" holds there).
 */
#ifndef OPS_ATTENTION_CACHE_H
#define OPS_ATTENTION_CACHE_H

#include "ops/attend.h"

struct attention_cache {
	size_t heads, size;
	const struct tensor *past;	/* NULL: none */
	struct tensor *present;		/* NULL: not wanted */
	size_t past_from, present_from; /* their first element */
	size_t past_capacity, present_capacity;
	bool shared;
	const double *fresh;
	struct attend_strides fresh_at;
	size_t fresh_rows;
};

/*
 * ALL [batch, heads, rows, size], at least as many rows as the present has,
 * gets for text B PAST rows of the cache, the fresh rows as far as they fit,
 * and what fills the present.
 */
void attention_cache_join(const struct attention_cache *c, size_t b,
			  size_t past, size_t rows, double *all);

#endif
