/* SPDX-License-Identifier: Apache-2.0 */
/* exec/hold.c -- storage of values whose size is decided at run time. */
#include <stdlib.h>

#include "exec/hold.h"

struct held {
	struct buf buf;
	struct held *next;
};

bool hold_alloc(struct hold *h, size_t bytes, struct budget *budget, void **out,
		struct err *e)
{
	struct held *one = calloc(1, sizeof(*one));

	if (!one)
		die_oom();
	/* Empty tensors have an address too. */
	if (!buf_alloc(&one->buf, bytes ? bytes : 1, budget, e)) {
		free(one);
		return false;
	}
	one->next = h->first;
	h->first = one;
	*out = one->buf.data;
	return true;
}

void hold_release(struct hold *h)
{
	struct held *next;

	for (struct held *one = h->first; one; one = next) {
		next = one->next;
		buf_free(&one->buf);
		free(one);
	}
	h->first = NULL;
}

static bool serve_alloc(struct services *self, size_t bytes, void **out,
			struct err *e)
{
	struct hold_services *s = (struct hold_services *)self;

	return hold_alloc(s->hold, bytes, s->budget, out, e);
}

static bool serve_no_graph(struct services *self, const struct graph *g,
			   const struct datum *const *in, struct datum *out,
			   struct err *e)
{
	(void)self;
	(void)in;
	(void)out;
	return err_set(e, ERR_UNSUPPORTED,
		       "inner graph '%s' cannot be run by itself", g->name);
}

void hold_serve(struct hold_services *s, struct hold *h, struct budget *budget)
{
	*s = (struct hold_services){
		.base = {.alloc = serve_alloc, .run_graph = serve_no_graph},
		.hold = h,
		.budget = budget,
	};
}

bool hold_copy(struct hold *h, struct datum *to, const struct datum *from,
	       struct budget *budget, struct err *e)
{
	struct hold_services s;

	hold_serve(&s, h, budget);
	return datum_copy(&s.base, to, from, e);
}
