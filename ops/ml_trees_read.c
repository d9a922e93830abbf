/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_trees_read.c -- trees of TreeEnsemble: branches and leaves apart.
 *
 * Leaf k follows the branches as node number nodes + k.  The numbers of set
 * memberships come in one list, where NaN ends each set.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "ops/ml_trees.h"

#define TREE_FLOATS (TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(F64))

struct new_trees {
	const struct attr *root, *feature, *yes, *no, *yes_leaf, *no_leaf;
	const struct attr *nan, *target;
	struct ml_numbers mode, split, weight, member;
	size_t branches, leaves;
};

static bool list_of(const struct node *n, const char *name, size_t count,
		    const struct attr **out, struct err *e)
{
	*out = ml_list(n, name, ATTR_INTS);
	if ((*out ? (*out)->count : 0) == count)
		return true;
	return err_set(e, ERR_FORMAT, "%u numbers in '%s', want %zu",
		       *out ? (*out)->count : 0, name, count);
}

static bool read_lists(struct new_trees *o, const struct node *n, struct err *e)
{
	size_t count;

	if (!ml_tensor(n, "nodes_modes", TYPE_BIT(U8), &o->mode, e) ||
	    !ml_tensor(n, "nodes_splits", TREE_FLOATS, &o->split, e) ||
	    !ml_tensor(n, "leaf_weights", TREE_FLOATS, &o->weight, e) ||
	    !ml_tensor(n, "membership_values", TREE_FLOATS, &o->member, e))
		return false;
	count = o->branches = o->mode.count;
	o->leaves = o->weight.count;
	if (o->split.count != count)
		return err_set(e, ERR_FORMAT, "%zu nodes_splits, want %zu",
			       o->split.count, count);
	o->root = ml_list(n, "tree_roots", ATTR_INTS);
	o->nan = ml_list(n, "nodes_missing_value_tracks_true", ATTR_INTS);
	return list_of(n, "nodes_featureids", count, &o->feature, e) &&
	       list_of(n, "nodes_truenodeids", count, &o->yes, e) &&
	       list_of(n, "nodes_falsenodeids", count, &o->no, e) &&
	       list_of(n, "nodes_trueleafs", count, &o->yes_leaf, e) &&
	       list_of(n, "nodes_falseleafs", count, &o->no_leaf, e) &&
	       list_of(n, "leaf_targetids", o->leaves, &o->target, e) &&
	       (!o->nan || list_of(n, "nodes_missing_value_tracks_true", count,
				   &o->nan, e));
}

/* Place of branch ID or leaf ID in the array of nodes. */
static bool child_of(const struct new_trees *o, const char *name, size_t i,
		     int64_t id, bool leaf, uint32_t *at, struct err *e)
{
	size_t count = leaf ? o->leaves : o->branches;

	if (id < 0 || (uint64_t)id >= count)
		return err_set(e, ERR_FORMAT,
			       "%s[%zu] is %" PRId64 ", there are %zu %s", name,
			       i, id, count, leaf ? "leaves" : "nodes");
	*at = (uint32_t)(leaf ? o->branches + (size_t)id : (size_t)id);
	return true;
}

static bool read_branch(struct ml_trees *t, const struct new_trees *o, size_t i,
			struct err *e)
{
	struct tree_node *n = &t->node[i];
	double mode = ml_number(&o->mode, i);

	*n = (struct tree_node){.split = ml_number(&o->split, i)};
	if (mode > TREE_MEMBER)
		return err_set(e, ERR_FORMAT, "nodes_modes[%zu] is %g", i,
			       mode);
	n->mode = (uint8_t)mode;
	n->nan_says_yes = o->nan && o->nan->u.ints[i] != 0;
	if (n->mode == TREE_MEMBER)
		n->split = (double)t->nsets++;
	return trees_set_feature(t, i, o->feature->u.ints[i], e) &&
	       child_of(o, "nodes_truenodeids", i, o->yes->u.ints[i],
			o->yes_leaf->u.ints[i] != 0, &n->yes, e) &&
	       child_of(o, "nodes_falsenodeids", i, o->no->u.ints[i],
			o->no_leaf->u.ints[i] != 0, &n->no, e);
}

static bool read_leaf(struct ml_trees *t, const struct new_trees *o, size_t k,
		      size_t targets, struct err *e)
{
	int64_t target = o->target->u.ints[k];

	if (target < 0 || (uint64_t)target >= targets)
		return err_set(e, ERR_FORMAT,
			       "leaf_targetids[%zu] is %" PRId64
			       ", want 0..%zu",
			       k, target, targets - 1);
	t->node[o->branches + k] = (struct tree_node){
		.mode = TREE_LEAF, .yes = (uint32_t)k, .no = 1};
	t->vote[k] = (struct tree_vote){ml_number(&o->weight, k),
					(uint32_t)target};
	return true;
}

static int compare_numbers(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Cut the list at its NaNs; the last one may be missing. */
static bool read_sets(struct ml_trees *t, const struct new_trees *o,
		      struct err *e)
{
	size_t sets = 0, first = 0, n = o->member.count;

	if (n > INT32_MAX)
		return err_set(e, ERR_LIMIT, "%zu membership_values", n);
	if (!buf_array(&t->member_buf, n, sizeof(double), NULL, e) ||
	    !buf_array(&t->set_buf, t->nsets, sizeof(*t->set), NULL, e))
		return false;
	t->member = (double *)t->member_buf.data;
	t->set = (struct tree_set *)t->set_buf.data;
	t->nmembers = n;
	for (size_t i = 0; i <= n; i++) {
		if (i < n) {
			t->member[i] = ml_number(&o->member, i);
			if (!isnan(t->member[i]))
				continue;
		} else if (first == n) {
			break;
		}
		if (sets < t->nsets)
			t->set[sets] = (struct tree_set){(uint32_t)first,
							 (uint32_t)(i - first)};
		sets++;
		if (i > first)
			qsort(t->member + first, i - first, sizeof(double),
			      compare_numbers);
		first = i + 1;
	}
	if (sets != t->nsets)
		return err_set(e, ERR_FORMAT,
			       "membership_values has %zu sets for %zu nodes",
			       sets, t->nsets);
	return true;
}

bool trees_read(struct ml_trees *t, const struct node *n, size_t targets,
		struct err *e)
{
	struct new_trees o = {.branches = 0};
	size_t roots;

	if (!read_lists(&o, n, e))
		return false;
	roots = o.root ? o.root->count : 0;
	if (!trees_alloc(t, o.branches + o.leaves, o.leaves, roots, e))
		return false;
	t->has_doubles = o.split.is_double || o.weight.is_double;
	for (size_t i = 0; i < o.branches; i++)
		if (!read_branch(t, &o, i, e))
			return false;
	for (size_t k = 0; k < o.leaves; k++)
		if (!read_leaf(t, &o, k, targets, e))
			return false;
	for (size_t i = 0; i < roots; i++)
		if (!child_of(&o, "tree_roots", i, o.root->u.ints[i], false,
			      &t->root[i], e))
			return false;
	return read_sets(t, &o, e) && trees_check(t, e);
}
