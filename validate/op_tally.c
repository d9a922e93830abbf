/* SPDX-License-Identifier: Apache-2.0 */
/* validate/op_tally.c -- see op_tally.h. */
#include "validate/op_tally.h"

#include <stdlib.h>

struct op_record *op_tally_of(struct op_tally *t, const struct op *op)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->at[i].op == op)
			return &t->at[i];
	if (t->count == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		struct op_record *at = realloc(t->at, cap * sizeof(*at));

		if (!at)
			die_oom();
		t->at = at;
		t->cap = cap;
	}
	t->at[t->count] = (struct op_record){.op = op};
	return &t->at[t->count++];
}

void op_tally_case(struct op_tally *t, const struct model *m, bool passed)
{
	t->cases++;
	for (const struct node *n = model_first(m); n; n = model_next(n)) {
		struct op_record *r;

		if (!n->op)
			continue;
		r = op_tally_of(t, n->op);
		if (r->last == t->cases)
			continue;
		r->last = t->cases;
		r->cases++;
		r->passed += passed;
	}
}

const struct op *op_tally_subject(const struct model *m)
{
	const struct node *n = model_first(m);

	return n && !model_next(n) ? n->op : NULL;
}

void op_tally_release(struct op_tally *t)
{
	free(t->at);
	*t = (struct op_tally){.count = 0};
}
