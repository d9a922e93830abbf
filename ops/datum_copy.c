/* SPDX-License-Identifier: Apache-2.0 */
/* ops/datum_copy.c -- deep copies of run-time values.
 *
 * The copy keeps its own list of what is still to be copied, because
 * containers nest as deeply as a file says.
 */
#include <string.h>

#include "base/arena.h"
#include "graph/element.h"
#include "ops/call.h"

/* The characters of every element move into one buffer. */
static bool copy_texts(struct services *s, struct tensor *t, struct err *e)
{
	struct text *x = tensor_mut(t);
	size_t n = tensor_count(t), bytes = 0;
	void *to;
	char *at;

	for (size_t i = 0; i < n; i++)
		bytes += x[i].len;
	if (!s->alloc(s, bytes, &to, e))
		return false;
	at = to;
	for (size_t i = 0; i < n; i++) {
		if (x[i].len)
			memcpy(at, x[i].at, x[i].len);
		x[i].at = at;
		at += x[i].len;
	}
	return true;
}

/* T gets storage of its own. */
static bool copy_tensor(struct services *s, struct tensor *t, struct err *e)
{
	void *data;

	t->payload = NULL;
	if (!t->data)
		return true;
	if (!s->alloc(s, t->bytes, &data, e))
		return false;
	if (t->bytes)
		memcpy(data, t->data, t->bytes);
	t->data = data;
	return t->dtype != DTYPE_STRING || copy_texts(s, t, e);
}

/* Datums whose items still point into the original. */
struct pending {
	struct datum *datum;
	struct pending *next;
};

bool datum_copy(struct services *s, struct datum *to, const struct datum *from,
		struct err *e)
{
	struct arena scratch = {0};
	struct pending first = {to, NULL}, *todo = &first;
	bool ok = true;

	*to = *from;
	while (ok && todo) {
		struct datum *d = todo->datum;
		struct datum *items = d->item;
		void *copy;

		todo = todo->next;
		ok = copy_tensor(s, &d->tensor, e);
		if (!ok || !d->count)
			continue;
		ok = s->alloc(s, d->count * sizeof(*items), &copy, e);
		if (!ok)
			break;
		d->item = memcpy(copy, items, d->count * sizeof(*items));
		for (size_t i = 0; i < d->count; i++) {
			struct pending *more = arena_new(&scratch,
							 struct pending);

			*more = (struct pending){&d->item[i], todo};
			todo = more;
		}
	}
	arena_release(&scratch);
	return ok;
}
