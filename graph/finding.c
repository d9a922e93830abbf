/* SPDX-License-Identifier: Apache-2.0 */
/* graph/finding.c -- see finding.h. */
#include "graph/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Kept at most: a file of a gigabyte may be wrong everywhere. */
enum { MAX_FINDINGS = 20000, MAX_PATH = 8 };

const struct finding_rule finding_rules[RULE_COUNT] = {
#define RULE(name, id, severity, summary) {id, SEVERITY_##severity, summary},
#include "graph/rules.def"
#undef RULE
};

const char *severity_name(enum severity s)
{
	static const char *const name[] = {"note", "warning", "error"};

	return name[s];
}

/* ---- places -------------------------------------------------------------- */

/* The attribute of G's owner that holds it. */
static void add_attr_name(struct str *s, const struct graph *g)
{
	const struct node *n = g->owner;

	for (uint32_t i = 0; i < n->nattr; i++) {
		const struct attr *x = &n->attr[i];

		for (uint32_t k = 0; k < attr_graphs(x); k++)
			if (x->u.graphs[k] == g) {
				str_addf(s, "/%s", x->name);
				return;
			}
	}
}

static const char *outermost_name(const struct graph *g, struct arena *a)
{
	const struct model *m = g->model;

	for (uint32_t i = 0; i < m->nfunction; i++)
		if (m->function[i].body == g)
			return arena_printf(a, "function %s",
					    m->function[i].name);
	return "main";
}

static const char *graph_path(const struct graph *g, struct arena *a)
{
	const struct graph *chain[MAX_PATH];
	int depth = 0;
	bool cut = false;
	struct str s = {0};
	const char *path;

	if (!g)
		return "";
	for (; g->owner; g = g->owner->graph) {
		cut = depth == MAX_PATH;
		if (!cut)
			chain[depth++] = g;
	}
	str_add(&s, outermost_name(g, a));
	if (cut)
		str_add(&s, "/...");
	while (depth) {
		g = chain[--depth];
		str_addf(&s, "/%s '%s'", g->owner->type,
			 node_label(g->owner, a));
		add_attr_name(&s, g);
	}
	path = arena_strdup(a, s.text);
	str_release(&s);
	return path;
}

static void fill_where(struct finding *x, const struct where *at,
		       struct arena *a)
{
	const struct node *n = at->node;
	const struct graph *g = at->graph ? at->graph : n ? n->graph : NULL;

	x->path = graph_path(g, a);
	x->value = at->value ? arena_strdup(a, at->value) : "";
	x->node = x->op = "";
	if (!n)
		return;
	x->node = arena_strdup(a, at->label ? at->label : node_label(n, a));
	x->op = n->domain[0] ? arena_printf(a, "%s.%s", n->domain, n->type)
			     : arena_strdup(a, n->type);
}

/* ---- findings ------------------------------------------------------------ */

static void blame(struct findings *f, uint32_t id)
{
	if (id >= f->nblamed) {
		bool *old = f->blamed;
		uint32_t n = id < 512 ? 1024 : 2 * id;

		f->blamed = arena_array(&f->arena, bool, n);
		if (f->nblamed)
			memcpy(f->blamed, old, f->nblamed * sizeof(*old));
		f->nblamed = n;
	}
	f->blamed[id] = true;
}

static void keep(struct findings *f, enum rule_id rule, enum severity severity,
		 const struct where *at, const struct err *e)
{
	struct finding *x;

	f->number[severity]++;
	if (at->node && (severity == SEVERITY_ERROR ||
			 rule == RULE_QUANT_SCALE || rule == RULE_QUANT_ZERO))
		blame(f, at->node->id);
	if (f->count == MAX_FINDINGS)
		return;
	if (f->count == f->cap) {
		struct finding *old = f->at;

		f->cap = f->cap ? 2 * f->cap : 32;
		f->at = arena_array(&f->arena, struct finding, f->cap);
		if (f->count)
			memcpy(f->at, old, f->count * sizeof(*old));
	}
	x = &f->at[f->count++];
	*x = (struct finding){.rule = rule, .severity = severity};
	x->code = e->code;
	x->message = arena_strdup(&f->arena, e->msg);
	fill_where(x, at, &f->arena);
}

void findings_add(struct findings *f, enum rule_id rule, const struct where *at,
		  const char *fmt, ...)
{
	char text[2 * sizeof(((struct err *)NULL)->msg)];
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set(&e, ERR_FORMAT, "%s", text);
	keep(f, rule, finding_rules[rule].severity, at, &e);
}

bool findings_take_as(struct findings *f, enum rule_id rule,
		      enum severity severity, const struct where *at,
		      struct err *e)
{
	if (!f || e->code == ERR_MEMORY)
		return false;
	keep(f, rule, severity, at, e);
	*e = (struct err){.code = ERR_NONE};
	return true;
}

bool findings_take(struct findings *f, enum rule_id rule,
		   const struct where *at, struct err *e)
{
	if (e->code == ERR_LIMIT)
		rule = RULE_LIMIT;
	return findings_take_as(f, rule, finding_rules[rule].severity, at, e);
}

bool findings_blame(const struct findings *f, const struct node *n)
{
	return n->id < f->nblamed && f->blamed[n->id];
}

bool findings_has(const struct findings *f, enum rule_id rule)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (f->at[i].rule == rule)
			return true;
	return false;
}

void findings_sort(struct findings *f)
{
	struct finding *to = arena_array(&f->arena, struct finding, f->count);
	uint32_t n = 0;

	for (int s = SEVERITY_ERROR; s >= SEVERITY_NOTE; s--)
		for (uint32_t i = 0; i < f->count; i++)
			if ((int)f->at[i].severity == s)
				to[n++] = f->at[i];
	f->at = to;
	f->cap = f->count;
}

void findings_release(struct findings *f)
{
	arena_release(&f->arena);
	*f = (struct findings){.count = 0};
}
