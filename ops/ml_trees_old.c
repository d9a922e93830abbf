/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_trees_old.c -- trees of TreeEnsembleClassifier and .._Regressor.
 *
 * Nodes are named by a tree and a number within it, in any order.  The root of
 * a tree is the one that is listed first.  Votes for nodes that are no leaves
 * are ignored, as others do because converters have written them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/element.h"
#include "ops/ml_trees.h"

struct node_name {
	int64_t tree, number;
	uint32_t at;
};

/* The attributes, all lists of equal length, and names in order. */
struct old_trees {
	const struct attr *tree, *number, *feature, *mode, *yes, *no, *nan;
	struct ml_numbers split;
	struct buf names_buf;
	struct node_name *names;
	size_t count;
};

static int compare_names(const void *a, const void *b)
{
	const struct node_name *x = a, *y = b;

	if (x->tree != y->tree)
		return x->tree > y->tree ? 1 : -1;
	if (x->number != y->number)
		return x->number > y->number ? 1 : -1;
	return 0;
}

static bool find_node(const struct old_trees *o, int64_t tree, int64_t number,
		      const char *what, uint32_t *at, struct err *e)
{
	struct node_name key = {.tree = tree, .number = number};
	const struct node_name *found = NULL;

	if (o->count)
		found = bsearch(&key, o->names, o->count, sizeof(key),
				compare_names);
	if (!found)
		return err_set(e, ERR_FORMAT,
			       "%s: tree %" PRId64 " has no node %" PRId64,
			       what, tree, number);
	*at = found->at;
	return true;
}

static bool sort_names(struct old_trees *o, struct err *e)
{
	if (!buf_array(&o->names_buf, o->count, sizeof(*o->names), NULL, e))
		return false;
	o->names = (struct node_name *)o->names_buf.data;
	for (size_t i = 0; i < o->count; i++)
		o->names[i] = (struct node_name){
			o->tree->u.ints[i], o->number->u.ints[i], (uint32_t)i};
	if (o->count)
		qsort(o->names, o->count, sizeof(*o->names), compare_names);
	for (size_t i = 1; i < o->count; i++)
		if (!compare_names(&o->names[i - 1], &o->names[i]))
			return err_set(e, ERR_FORMAT,
				       "tree %" PRId64 " has node %" PRId64
				       " twice",
				       o->names[i].tree, o->names[i].number);
	return true;
}

/* The list NAME, as long as the list of trees. */
static bool list_of(const struct node *n, const char *name, enum attr_kind kind,
		    size_t count, const struct attr **out, struct err *e)
{
	*out = ml_list(n, name, kind);
	if ((*out ? (*out)->count : 0) == count)
		return true;
	return err_set(e, ERR_FORMAT, "%u %s for %zu nodes",
		       *out ? (*out)->count : 0, name, count);
}

static bool read_lists(struct old_trees *o, const struct node *n, struct err *e)
{
	size_t count;

	o->tree = ml_list(n, "nodes_treeids", ATTR_INTS);
	count = o->count = o->tree ? o->tree->count : 0;
	if (!list_of(n, "nodes_nodeids", ATTR_INTS, count, &o->number, e) ||
	    !list_of(n, "nodes_featureids", ATTR_INTS, count, &o->feature, e) ||
	    !list_of(n, "nodes_modes", ATTR_STRINGS, count, &o->mode, e) ||
	    !list_of(n, "nodes_truenodeids", ATTR_INTS, count, &o->yes, e) ||
	    !list_of(n, "nodes_falsenodeids", ATTR_INTS, count, &o->no, e) ||
	    !ml_floats(n, "nodes_values", &o->split, e))
		return false;
	if (o->split.count != count)
		return err_set(e, ERR_FORMAT, "%zu nodes_values for %zu nodes",
			       o->split.count, count);
	o->nan = ml_list(n, "nodes_missing_value_tracks_true", ATTR_INTS);
	return !o->nan || list_of(n, "nodes_missing_value_tracks_true",
				  ATTR_INTS, count, &o->nan, e);
}

static bool mode_of(const struct text *text, uint8_t *mode, struct err *e)
{
	static const char *const names[] = {
		[TREE_LEQ] = "BRANCH_LEQ", [TREE_LT] = "BRANCH_LT",
		[TREE_GTE] = "BRANCH_GTE", [TREE_GT] = "BRANCH_GT",
		[TREE_EQ] = "BRANCH_EQ",   [TREE_NEQ] = "BRANCH_NEQ",
		[TREE_MEMBER] = NULL,	   [TREE_LEAF] = "LEAF"};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i] && strlen(names[i]) == text->len &&
		    !memcmp(names[i], text->at, text->len)) {
			*mode = (uint8_t)i;
			return true;
		}
	return err_set(e, ERR_FORMAT, "node mode '%.*s' is not known",
		       (int)(text->len < 40 ? text->len : 40), text->at);
}

static bool read_node(struct ml_trees *t, const struct old_trees *o, size_t i,
		      struct err *e)
{
	struct tree_node *n = &t->node[i];
	int64_t tree = o->tree->u.ints[i];

	*n = (struct tree_node){.split = ml_number(&o->split, i)};
	n->nan_says_yes = o->nan && o->nan->u.ints[i] == 1;
	if (!mode_of(&o->mode->u.strings[i], &n->mode, e))
		return false;
	if (n->mode == TREE_LEAF)
		return true;
	return trees_set_feature(t, i, o->feature->u.ints[i], e) &&
	       find_node(o, tree, o->yes->u.ints[i], "nodes_truenodeids",
			 &n->yes, e) &&
	       find_node(o, tree, o->no->u.ints[i], "nodes_falsenodeids",
			 &n->no, e);
}

/* Trees in the order of their first nodes. */
static size_t find_roots(const struct old_trees *o, uint32_t *root)
{
	size_t n = 0;

	/* Names are sorted by tree: the least place of each. */
	for (size_t i = 0; i < o->count; i++)
		if (!i || o->names[i].tree != o->names[i - 1].tree)
			root[n++] = o->names[i].at;
		else if (o->names[i].at < root[n - 1])
			root[n - 1] = o->names[i].at;
	return n;
}

static int compare_places(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* ---- votes -------------------------------------------------------------- */

struct old_votes {
	const struct attr *tree, *number, *target;
	struct ml_numbers weight;
	size_t count;
};

static bool read_vote_lists(struct old_votes *v, const struct node *n,
			    const char *prefix, struct err *e)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_ids", prefix);
	v->target = ml_list(n, name, ATTR_INTS);
	v->count = v->target ? v->target->count : 0;
	snprintf(name, sizeof(name), "%s_treeids", prefix);
	v->tree = ml_list(n, name, ATTR_INTS);
	snprintf(name, sizeof(name), "%s_nodeids", prefix);
	v->number = ml_list(n, name, ATTR_INTS);
	snprintf(name, sizeof(name), "%s_weights", prefix);
	if (!ml_floats(n, name, &v->weight, e))
		return false;
	if ((v->tree ? v->tree->count : 0) != v->count ||
	    (v->number ? v->number->count : 0) != v->count ||
	    v->weight.count != v->count)
		return err_set(e, ERR_FORMAT,
			       "%s_ids, .._treeids, .._nodeids and .._weights "
			       "differ in length",
			       prefix);
	return true;
}

/* Votes sorted by leaf, in their order; WHERE is the leaf of each. */
static bool sort_votes(struct ml_trees *t, const struct old_trees *o,
		       const struct old_votes *v, size_t targets,
		       uint32_t *where, struct err *e)
{
	uint32_t first = 0;

	for (size_t i = 0; i < v->count; i++) {
		if (v->target->u.ints[i] < 0 ||
		    (uint64_t)v->target->u.ints[i] >= targets)
			return err_set(e, ERR_FORMAT,
				       "vote %zu is for %" PRId64
				       ", want 0..%zu",
				       i, v->target->u.ints[i], targets - 1);
		if (!find_node(o, v->tree->u.ints[i], v->number->u.ints[i],
			       "votes", &where[i], e))
			return false;
		if (t->node[where[i]].mode == TREE_LEAF)
			t->node[where[i]].no++;
	}
	for (size_t i = 0; i < t->nnodes; i++)
		if (t->node[i].mode == TREE_LEAF) {
			t->node[i].yes = first;
			first += t->node[i].no;
			t->node[i].no = 0;
		}
	for (size_t i = 0; i < v->count; i++) {
		struct tree_node *leaf = &t->node[where[i]];

		if (leaf->mode == TREE_LEAF)
			t->vote[leaf->yes + leaf->no++] = (struct tree_vote){
				ml_number(&v->weight, i),
				(uint32_t)v->target->u.ints[i]};
	}
	return true;
}

static bool read_trees(struct ml_trees *t, struct old_trees *o,
		       const struct old_votes *v, size_t targets, struct err *e)
{
	struct buf where;
	bool ok;

	/* At most as many trees as nodes. */
	if (!sort_names(o, e) ||
	    !trees_alloc(t, o->count, v->count, o->count, e))
		return false;
	t->has_doubles = o->split.is_double || v->weight.is_double;
	for (size_t i = 0; i < o->count; i++)
		if (!read_node(t, o, i, e))
			return false;
	t->nroots = find_roots(o, t->root);
	if (t->nroots)
		qsort(t->root, t->nroots, sizeof(*t->root), compare_places);
	if (!buf_array(&where, v->count, sizeof(uint32_t), NULL, e))
		return false;
	ok = sort_votes(t, o, v, targets, (uint32_t *)where.data, e);
	buf_free(&where);
	return ok && trees_check(t, e);
}

bool trees_read_old(struct ml_trees *t, const struct node *n,
		    const char *prefix, size_t targets, struct err *e)
{
	struct old_trees o = {.count = 0};
	struct old_votes v = {.count = 0};
	bool ok = read_lists(&o, n, e) && read_vote_lists(&v, n, prefix, e) &&
		  read_trees(t, &o, &v, targets, e);

	buf_free(&o.names_buf);
	return ok;
}
