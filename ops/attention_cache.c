/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention_cache.c -- see attention_cache.h. */
#include "ops/attention_cache.h"

#include <string.h>

#include "graph/element.h"

/* Row ROW of head HEAD of text B into OUT. */
static void get_row(const struct attention_cache *c, size_t b, size_t head,
		    size_t row, size_t past, double *out)
{
	bool fresh = row >= past && row - past < c->fresh_rows;

	if (fresh)
		memcpy(out,
		       c->fresh + attend_at(&c->fresh_at, b, head, row - past),
		       c->size * sizeof(*out));
	else if (c->past && row < c->past_capacity && (row < past || c->shared))
		element_load(c->past->dtype, c->past->data,
			     c->past_from +
				     ((b * c->heads + head) * c->past_capacity +
				      row) * c->size,
			     c->size, out);
	else
		memset(out, 0, c->size * sizeof(*out));
}

void attention_cache_join(const struct attention_cache *c, size_t b,
			  size_t past, size_t rows, double *all)
{
	struct tensor *t = c->present;

	for (size_t head = 0; head < c->heads; head++)
		for (size_t row = 0; row < rows; row++) {
			size_t line = b * c->heads + head;
			double *out = all + (line * rows + row) * c->size;
			size_t at = line * c->present_capacity + row;

			get_row(c, b, head, row, past, out);
			if (t && row < c->present_capacity)
				element_store(t->dtype, tensor_mut(t),
					      c->present_from + at * c->size,
					      c->size, out);
		}
}
