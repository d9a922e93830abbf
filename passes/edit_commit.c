/* SPDX-License-Identifier: Apache-2.0 */
/* passes/edit_commit.c -- making an edit part of the graph, with its history.
 *
 * Provenance: every new node gets the sources of all nodes that the edit
 * matched; a node without sources is its own.  A source that was rewritten
 * before keeps the earlier rule: "fold-bn/conv, fold-pad/conv".
 */
#include <string.h>

#include "ops/infer.h"
#include "passes/edit_state.h"

bool node_is_live(const struct node *n)
{
	while (n->prev || n->next || n->graph->first == n) {
		n = n->graph->owner;
		if (!n)
			return true;
	}
	return false;
}

/* RULE joined to the rules in OLD, each once. */
static const char *join_rules(struct arena *a, const char *old,
			      const char *rule)
{
	size_t len = strlen(rule);

	if (!old)
		return arena_strdup(a, rule);
	for (const char *at = old; (at = strstr(at, rule)); at += len)
		if ((at == old || at[-1] == ' ') &&
		    (!at[len] || at[len] == ','))
			return old;
	return arena_printf(a, "%s, %s", old, rule);
}

static const struct source *add_source(struct arena *a,
				       const struct source *list,
				       const char *node, const char *rewrite)
{
	struct source *s;

	for (const struct source *x = list; x; x = x->next)
		if (!strcmp(x->node, node))
			return list;
	s = arena_new(a, struct source);
	*s = (struct source){node, rewrite, list};
	return s;
}

static const struct source *add_sources(struct edit *ed,
					const struct source *list,
					const struct node *n)
{
	struct arena *a = &edit_model(ed)->arena;

	if (!n->sources)
		return add_source(a, list, node_label(n, a),
				  arena_strdup(a, ed->rewrite));
	for (const struct source *s = n->sources; s; s = s->next)
		list = add_source(a, list, s->node,
				  join_rules(a, s->rewrite, ed->rewrite));
	return list;
}

static const struct source *all_sources(struct edit *ed)
{
	const struct source *list = NULL;
	struct node *n;

	for (int i = 0; ed->match && (n = match_nth_node(ed->match, i)); i++)
		list = add_sources(ed, list, n);
	if (!ed->match)
		list = add_sources(ed, list, ed->root);
	for (uint32_t i = 0; i < ed->nsource; i++)
		list = add_sources(ed, list, ed->source[i]);
	return list;
}

/* What the file declared of OLD still holds; edit_check() compared them. */
static void keep_type(struct value *new, const struct value *old)
{
	struct type t = old->type;
	struct err e;

	if (new->konst || new->is_input)
		return;
	if (infer_merge(&t, &new->type, &new->graph->model->symbols, &e))
		new->type = t;
	if (!new->content)
		new->content = old->content;
}

/* New values inherit the names of those they replace. */
static void move_readers(struct value *old, struct value *new)
{
	keep_type(new, old);
	if (!new->name[0] && old->def) {
		new->name = old->name;
		old->name = "";
	}
	value_replace(old, new);
}

void edit_commit(struct edit *ed)
{
	const struct source *sources = all_sources(ed);

	for (uint32_t i = 0; i < ed->nfresh; i++) {
		ed->fresh[i]->sources = sources;
		node_insert_before(ed->fresh[i], ed->root);
	}
	for (uint32_t i = 0; i < ed->nreplaced; i++)
		move_readers(ed->old[i], ed->new[i]);
	for (uint32_t i = 0; i < ed->nreplaced; i++)
		if (ed->old[i]->def && node_is_live(ed->old[i]->def))
			node_remove_dead(ed->old[i]->def);
	if (node_is_live(ed->root))
		node_remove_dead(ed->root);
}
