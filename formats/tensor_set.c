/* SPDX-License-Identifier: Apache-2.0 */
/* formats/tensor_set.c -- what keeps the tensors of one file alive. */
#include <string.h>

#include "formats/format.h"

struct owned {
	struct buf buf;
	struct owned *next;
};

bool tensor_set_alloc(struct tensor_set *s, size_t bytes, void **out,
		      struct err *e)
{
	struct owned *o = arena_new(&s->arena, struct owned);

	if (!buf_alloc(&o->buf, bytes, s->budget, e))
		return false;
	o->next = s->owned;
	s->owned = o;
	*out = o->buf.data;
	return true;
}

void tensor_set_release(struct tensor_set *s)
{
	for (struct owned *o = s->owned; o; o = o->next)
		buf_free(&o->buf);
	input_close(&s->input);
	arena_release(&s->arena);
	*s = (struct tensor_set){.input.fd = -1, .input.dir = -1};
}
