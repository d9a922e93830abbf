/* SPDX-License-Identifier: Apache-2.0 */
/* check/check.c -- see check.h. */
#include "check/check.h"

#include <string.h>

#include "base/str.h"
#include "formats/format.h"
#include "ops/op.h"

/* ---- graphs -------------------------------------------------------------- */

struct graph_stack {
	struct graph **at;
	uint32_t count, cap;
};

static void push(struct graph_stack *s, struct graph *g, struct arena *a)
{
	if (s->count == s->cap) {
		struct graph **old = s->at;

		s->cap = s->cap ? 2 * s->cap : 64;
		s->at = arena_array(a, struct graph *, s->cap);
		if (s->count)
			memcpy(s->at, old, s->count * sizeof(*old));
	}
	s->at[s->count++] = g;
}

/* Put ROOT and all graphs inside it behind what LIST holds. */
static void add_graphs(struct graph_stack *list, struct graph *root,
		       struct arena *a)
{
	struct graph_stack todo = {0};

	push(&todo, root, a);
	while (todo.count) {
		struct graph *g = todo.at[--todo.count], *inner = NULL;
		uint32_t first = todo.count;

		push(list, g, a);
		for (struct node *n = g->first; n; n = n->next)
			while ((inner = node_next_graph(n, inner)))
				push(&todo, inner, a);
		/* The first one is to come off first. */
		for (uint32_t i = first, k = todo.count; i + 1 < k; i++) {
			inner = todo.at[i];
			todo.at[i] = todo.at[--k];
			todo.at[k] = inner;
		}
		inner = NULL;
	}
}

static void list_graphs(struct checker *c)
{
	struct model *m = c->model;
	struct graph_stack list = {0};
	uint32_t begin = 0;

	add_graphs(&list, m->main, &c->scratch);
	begin = list.count;
	for (uint32_t i = 0; i < m->nfunction; i++)
		add_graphs(&list, m->function[i].body, &c->scratch);
	c->graphs.count = list.count;
	c->graphs.at = arena_array(&c->scratch, struct placed_graph,
				   list.count);
	for (uint32_t i = 0, f = 0; i < list.count; i++) {
		c->graphs.at[i].graph = list.at[i];
		while (i >= begin && !list.at[i]->owner &&
		       m->function[f].body != list.at[i])
			f++;
		if (i >= begin)
			c->graphs.at[i].function = &m->function[f];
	}
}

/* ---- the whole ----------------------------------------------------------- */

const char *plain_domain(const char *domain)
{
	return strcmp(domain, "ai.onnx") ? domain : "";
}

bool check_model(struct findings *f, struct model *m, struct err *e)
{
	struct checker c = {.model = m, .found = f};
	bool ok;

	op_bind_model(m);
	list_graphs(&c);
	check_names(&c);
	check_interface(&c);
	check_opsets(&c);
	check_operators(&c);
	check_attributes(&c);
	check_calls(&c);
	check_constants(&c);
	ok = infer_check(m, f, e);
	if (ok)
		check_unused(&c);
	arena_release(&c.scratch);
	findings_sort(f);
	return ok;
}

bool check_file(struct findings *f, const char *path, const struct limits *lim,
		struct err *e)
{
	size_t n = strlen(path);
	struct model *m;
	bool ok;

	if (!format_check_model(&m, path, lim, f, e)) {
		/* The report names the file itself. */
		if (str_starts(e->msg, path) && str_starts(e->msg + n, ": "))
			memmove(e->msg, e->msg + n + 2,
				strlen(e->msg + n + 2) + 1);
		return findings_take_as(f, RULE_UNREADABLE, SEVERITY_ERROR,
					&(struct where){.graph = NULL}, e);
	}
	ok = check_model(f, m, e);
	model_free(m);
	return ok;
}
