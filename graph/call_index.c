/* SPDX-License-Identifier: Apache-2.0 */
/* graph/call_index.c -- see call_index.h. */
#include "graph/call_index.h"

#include <string.h>

static const char *plain(const char *s)
{
	return s ? s : "";
}

/* Names may hold any character, so the key begins with their lengths. */
static const char *make_key(struct arena *a, const char *domain,
			    const char *name, const char *overload)
{
	if (!strcmp(plain(domain), "ai.onnx"))
		domain = "";
	return arena_printf(a, "%zu,%zu,%s%s%s", strlen(plain(domain)),
			    strlen(name), plain(domain), name, plain(overload));
}

void call_index_init(struct call_index *x, const struct model *m,
		     struct arena *a)
{
	*x = (struct call_index){.model = m, .map.arena = a};
	for (uint32_t i = 0; i < m->nfunction; i++) {
		const struct function *f = &m->function[i];

		map_add(&x->map, make_key(a, f->domain, f->name, f->overload),
			i);
	}
}

static struct function *find(const struct call_index *x, const char *domain,
			     const char *name, const char *overload,
			     struct arena *scratch)
{
	struct arena_mark mark;
	uint32_t i;
	bool found;

	if (!x->map.count)
		return NULL;
	mark = arena_mark(scratch);
	found = map_get(&x->map, make_key(scratch, domain, name, overload), &i);
	arena_rewind(scratch, mark);
	return found ? &x->model->function[i] : NULL;
}

struct function *call_index_find(const struct call_index *x,
				 const struct node *n, struct arena *scratch)
{
	return find(x, n->domain, n->type, n->overload, scratch);
}

struct function *call_index_same(const struct call_index *x,
				 const struct function *f,
				 struct arena *scratch)
{
	return find(x, f->domain, f->name, f->overload, scratch);
}
