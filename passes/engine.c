/* SPDX-License-Identifier: Apache-2.0 */
/* passes/engine.c -- applying the rules of a pass to a fixed point.
 *
 * A sweep visits every node of the model once, inner graphs and functions
 * included.  Behind a rewrite, what it made and the readers around it (as far
 * as the deepest pattern reaches) are tried again at once, so chains collapse
 * in one sweep; sweeps repeat until one changes nothing.  The work is linear
 * in the nodes for each sweep.
 */
#include <stdio.h>
#include <string.h>

#include "passes/edit_state.h"
#include "passes/pass.h"

enum {
	FANOUT_MAX = 64, /* readers of one value that are tried again */
	RETRY_MAX = 4096 /* nodes waiting; the next sweep sees the others */
};

struct engine_rule {
	const struct rule *rule;
	struct pattern *pattern;
	const char *label; /* "pass/rule" */
};

struct engine {
	struct rewriting *rw;
	struct arena arena;
	struct engine_rule *rule;
	int nrules, depth;
	struct edit edit; /* of the rewrite under way */
	struct node *retry[RETRY_MAX];
	int nretry;
	bool changed;
};

static bool load_rules(struct engine *en, struct err *e)
{
	const struct pass *p = en->rw->pass;
	int n = 0;

	while (p->rules && p->rules[n].name)
		n++;
	en->rule = arena_array(&en->arena, struct engine_rule, (size_t)n);
	for (int i = 0; i < n; i++) {
		struct engine_rule *r = &en->rule[en->nrules];
		int depth;

		if (!p->rules[i].pattern ||
		    (en->rw->only && en->rw->only != &p->rules[i]))
			continue;
		if (!pattern_parse(&r->pattern, p->rules[i].pattern, &en->arena,
				   e))
			return err_context(e, "rule '%s'", p->rules[i].name);
		r->rule = &p->rules[i];
		r->label = arena_printf(&en->arena, "%s/%s", p->name,
					r->rule->name);
		depth = pattern_depth(r->pattern);
		en->depth = depth > en->depth ? depth : en->depth;
		en->nrules++;
	}
	return true;
}

/* Try N and the readers of its results down to DEPTH levels again. */
static void retry(struct engine *en, struct node *n, int depth)
{
	if (en->nretry == RETRY_MAX)
		return;
	en->retry[en->nretry++] = n;
	for (uint32_t i = 0; depth > 0 && i < n->nout; i++) {
		int seen = 0;

		for (const struct use *u = n->out[i] ? n->out[i]->uses : NULL;
		     u && seen++ < FANOUT_MAX; u = u->next)
			if (u->user)
				retry(en, u->user, depth - 1);
	}
}

static void retry_around(struct engine *en)
{
	const struct edit *ed = &en->edit;

	for (uint32_t i = ed->nreplaced; i-- > 0;)
		if (ed->new[i]->def)
			retry(en, ed->new[i]->def, en->depth);
	for (uint32_t i = ed->nfresh; i-- > 0;)
		retry(en, ed->fresh[i], 0);
}

static void refuse(struct engine *en, const struct engine_rule *r,
		   struct node *n, struct err *why)
{
	if (en->rw->refused++)
		return;
	en->rw->refusal = *why;
	err_context(&en->rw->refusal, "rule '%s' at '%s'", r->label,
		    node_label(n, &en->arena));
}

static void name_rewrite(struct engine *en, const struct engine_rule *r,
			 const struct node *n, char *out)
{
	snprintf(out, sizeof(en->rw->last), "rule '%s' at '%s'", r->label,
		 node_label(n, &en->arena));
}

static bool is_banned(struct engine *en, const struct engine_rule *r,
		      const struct node *n)
{
	char name[sizeof(en->rw->last)];

	if (!en->rw->nbanned)
		return false;
	name_rewrite(en, r, n, name);
	for (size_t i = 0; i < en->rw->nbanned; i++)
		if (!strcmp(en->rw->banned[i], name))
			return true;
	return false;
}

/* One rule at one node; *DONE if the graph changed. */
static bool try_rule(struct engine *en, const struct engine_rule *r,
		     struct node *n, bool *done, struct err *e)
{
	struct edit *ed = &en->edit;
	struct err why;
	struct match m;

	*done = false;
	if (!pattern_match(r->pattern, n, &m) ||
	    (r->rule->guard && !r->rule->guard(&m)) || is_banned(en, r, n))
		return true;
	edit_begin(ed, n, &m, r->label);
	if (!r->rule->build(ed, &m, e)) {
		edit_drop(ed);
		return err_context(e, "rule '%s' at '%s'", r->label,
				   node_label(n, &en->arena));
	}
	if (!ed->nreplaced) {
		edit_drop(ed);
		return true;
	}
	if (!edit_check(ed, &why)) {
		edit_drop(ed);
		refuse(en, r, n, &why);
		return true;
	}
	rewriting_take(en->rw);
	name_rewrite(en, r, n, en->rw->last);
	edit_commit(ed);
	retry_around(en);
	*done = en->changed = true;
	return true;
}

static bool try_node(struct engine *en, struct node *n, struct err *e)
{
	bool done = false;

	for (int i = 0; i < en->nrules && !done; i++) {
		if (!*en->rw->budget)
			return true;
		if (!try_rule(en, &en->rule[i], n, &done, e))
			return false;
	}
	return true;
}

static bool sweep(struct engine *en, struct err *e)
{
	const struct model *m = en->rw->model;
	struct node **all = arena_array(&en->arena, struct node *, m->nnodes);
	uint32_t count = 0;

	for (struct node *n = model_first(m); n; n = model_next(n))
		all[count++] = n;
	for (uint32_t i = 0; i < count; i++) {
		if (node_is_live(all[i]) && !try_node(en, all[i], e))
			return false;
		while (en->nretry) {
			struct node *n = en->retry[--en->nretry];

			if (node_is_live(n) && !try_node(en, n, e))
				return false;
		}
	}
	return true;
}

bool pass_run(struct rewriting *rw, struct err *e)
{
	struct engine en = {.rw = rw, .changed = true};
	bool ok = load_rules(&en, e);

	while (ok && en.nrules && en.changed) {
		struct arena_mark mark = arena_mark(&en.arena);

		en.changed = false;
		ok = sweep(&en, e);
		arena_rewind(&en.arena, mark);
	}
	if (ok && rw->pass->run && *rw->budget) {
		rw->last[0] = 0;
		ok = rw->pass->run(rw, e);
	}
	arena_release(&en.arena);
	return ok || err_context(e, "pass '%s'", rw->pass->name);
}
