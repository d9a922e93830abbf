/* SPDX-License-Identifier: Apache-2.0 */
/* ops/paste_names.c -- see paste_names.h. */
#include "ops/paste_names.h"

#include <inttypes.h>
#include <string.h>

enum { LONGEST_NAME = 256 };

static void take_values(struct paste *p, struct value *const *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (v[i])
			map_add(&p->names, v[i]->name, 0);
}

static void take_graph(struct paste *p, const struct graph *g)
{
	take_values(p, g->in, g->nin);
	take_values(p, g->konst, g->nkonst);
	for (uint32_t i = 0; i < g->nout; i++)
		map_add(&p->names, g->out[i].name, 0);
}

void paste_take_names(struct paste *p)
{
	const struct node *n = p->model->main->first;

	p->names.arena = &p->scratch;
	take_graph(p, p->model->main);
	for (; n; n = node_next_inside(n, NULL)) {
		const struct graph *g = NULL;

		take_values(p, n->out, n->nout);
		while ((g = node_next_graph(n, g)))
			take_graph(p, g);
	}
}

const char *paste_name(struct paste *p, const char *prefix, const char *name)
{
	if (!*name || strlen(prefix) + strlen(name) > LONGEST_NAME)
		return "";
	return arena_printf(&p->model->arena, "%s%s%s", prefix,
			    *prefix ? "/" : "", name);
}

/* One count for all names, or many of one name would take quadratic time. */
const char *paste_new_name(struct paste *p, const char *prefix,
			   const char *name)
{
	const char *first = paste_name(p, prefix, name), *full = first;

	while (*first && !map_add(&p->names, full, 0))
		full = arena_printf(&p->model->arena, "%s_%" PRIu32, first,
				    2 + p->suffix++);
	return full;
}
