/* SPDX-License-Identifier: Apache-2.0 */
/* graph/calls.c -- which functions of a model call which. */
#include <inttypes.h>

#include "graph/call_index.h"
#include "graph/finding.h"

enum { MAX_CALL_DEPTH = 100 };

struct checker {
	const struct model *model;
	uint64_t max_nodes;
	struct findings *found;
	struct err *e;
};

static bool go_on(struct checker *k, enum rule_id rule,
		  const struct function *f)
{
	return findings_take(k->found, rule, &(struct where){.graph = f->body},
			     k->e);
}

struct callee {
	uint32_t function;
	struct callee *next;
};

struct calls {
	struct callee *first; /* functions that this one calls, repeated */
	struct callee *at;    /* next to visit */
	uint64_t nodes;	      /* of the body with all calls expanded */
	bool open, done;
};

static struct function *function_of(const struct model *m, const struct node *n,
				    uint32_t *index)
{
	const struct graph *g = n->graph;

	while (g->owner)
		g = g->owner->graph;
	while (*index < m->nfunction && m->function[*index].body != g)
		++*index;
	return *index < m->nfunction ? &m->function[*index] : NULL;
}

static bool collect_calls(struct checker *k, struct arena *a,
			  struct calls *calls)
{
	const struct model *m = k->model;
	struct call_index names;
	uint32_t caller = 0;

	call_index_init(&names, m, a);
	for (uint32_t i = 0; i < m->nfunction; i++) {
		const struct function *f = &m->function[i];

		if (call_index_same(&names, f, a) == f)
			continue;
		err_set(k->e, ERR_FORMAT, "function '%s' is defined twice",
			f->name);
		if (!go_on(k, RULE_DUPLICATE_FUNCTION, f))
			return false;
	}
	/* The walk visits the main graph, then the functions in order. */
	for (struct node *n = model_first(m); n; n = model_next(n)) {
		const struct graph *g = n->graph;
		const struct function *callee;
		struct callee *c;

		while (g->owner)
			g = g->owner->graph;
		if (g == m->main || !function_of(m, n, &caller))
			continue;
		calls[caller].nodes++;
		callee = call_index_find(&names, n, a);
		if (!callee)
			continue;
		c = arena_new(a, struct callee);
		c->function = (uint32_t)(callee - m->function);
		c->next = calls[caller].first;
		calls[caller].at = calls[caller].first = c;
	}
	return true;
}

static bool visit_calls(struct checker *k, struct calls *calls, uint32_t root)
{
	const struct function *f = k->model->function;
	uint32_t stack[MAX_CALL_DEPTH], depth = 0;

	stack[depth++] = root;
	calls[root].open = true;
	while (depth) {
		struct calls *c = &calls[stack[depth - 1]];
		uint32_t next = c->at ? c->at->function : 0;

		if (!c->at || calls[next].done) {
			if (!c->at) {
				c->done = true;
				c->open = false;
				depth--;
				continue;
			}
			c->nodes += calls[next].nodes;
			c->at = c->at->next;
			if (c->nodes > k->max_nodes)
				return err_set(k->e, ERR_LIMIT,
					       "function '%s' expands to more "
					       "than %" PRIu64 " nodes",
					       f[stack[depth - 1]].name,
					       k->max_nodes);
			continue;
		}
		if (calls[next].open)
			return err_set(k->e, ERR_FORMAT,
				       "function '%s' calls itself",
				       f[next].name);
		if (depth == MAX_CALL_DEPTH)
			return err_set(k->e, ERR_LIMIT,
				       "function '%s' is called through more "
				       "than %d others",
				       f[next].name, MAX_CALL_DEPTH);
		calls[next].open = true;
		stack[depth++] = next;
	}
	return true;
}

/* mlopt check finds it later, and says it better. */
static bool check_references(struct checker *k)
{
	const struct node *n = k->found ? NULL : k->model->main->first;
	struct arena a = {0};

	for (; n; n = node_next_inside(n, NULL))
		for (uint32_t i = 0; i < n->nattr; i++) {
			if (!n->attr[i].ref)
				continue;
			err_set(k->e, ERR_FORMAT,
				"node '%s' (%s): attribute '%s' refers to "
				"'%s', which only a function can have",
				node_label(n, &a), n->type, n->attr[i].name,
				n->attr[i].ref);
			arena_release(&a);
			return false;
		}
	return true;
}

bool model_check_calls(const struct model *m, uint64_t max_nodes,
		       struct findings *found, struct err *e)
{
	struct checker k = {m, max_nodes, found, e};
	struct arena scratch = {0};
	uint32_t n = m->nfunction;
	struct calls *calls = arena_array(&scratch, struct calls, n);
	bool ok = check_references(&k) && collect_calls(&k, &scratch, calls);

	for (uint32_t i = 0; ok && i < n; i++)
		if (!calls[i].done && !visit_calls(&k, calls, i)) {
			/* Once is enough: the walk is not finished. */
			ok = go_on(&k, RULE_RECURSION, &m->function[i]);
			break;
		}
	arena_release(&scratch);
	return ok;
}
