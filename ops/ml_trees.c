/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_trees.c -- see ml_trees.h. */
#include "ops/ml_trees.h"

#include <inttypes.h>

enum { MOST_NODES = INT32_MAX };

void trees_release(struct ml_trees *t)
{
	buf_free(&t->node_buf);
	buf_free(&t->vote_buf);
	buf_free(&t->root_buf);
	buf_free(&t->member_buf);
	buf_free(&t->set_buf);
}

size_t trees_bytes(const struct ml_trees *t)
{
	return t->node_buf.bytes + t->vote_buf.bytes + t->root_buf.bytes +
	       t->member_buf.bytes + t->set_buf.bytes;
}

bool trees_alloc(struct ml_trees *t, size_t nodes, size_t votes, size_t roots,
		 struct err *e)
{
	if (nodes > MOST_NODES || votes > MOST_NODES || roots > MOST_NODES)
		return err_set(e, ERR_LIMIT, "more than %d nodes", MOST_NODES);
	if (!buf_array(&t->node_buf, nodes, sizeof(*t->node), NULL, e) ||
	    !buf_array(&t->vote_buf, votes, sizeof(*t->vote), NULL, e) ||
	    !buf_array(&t->root_buf, roots, sizeof(*t->root), NULL, e))
		return false;
	t->node = (struct tree_node *)t->node_buf.data;
	t->vote = (struct tree_vote *)t->vote_buf.data;
	t->root = (uint32_t *)t->root_buf.data;
	t->nnodes = nodes;
	t->nvotes = votes;
	t->nroots = roots;
	return true;
}

bool trees_set_feature(struct ml_trees *t, size_t i, int64_t id, struct err *e)
{
	if (id < 0 || id >= INT32_MAX)
		return err_set(e, ERR_FORMAT,
			       "nodes_featureids[%zu] is %" PRId64, i, id);
	t->node[i].feature = (uint32_t)id;
	if (t->features <= (size_t)id)
		t->features = (size_t)id + 1;
	return true;
}

/* ---- no node below itself ----------------------------------------------- */

enum visit { VISIT_NEW, VISIT_OPEN, VISIT_DONE };

/* Nodes to visit; those that are open lie on the path to the newest of them. */
struct visits {
	struct buf state_buf, stack_buf;
	uint8_t *state;
	uint32_t *stack;
	size_t depth;
};

static bool visit_child(struct visits *v, uint32_t child, struct err *e)
{
	if (v->state[child] == VISIT_OPEN)
		return err_set(e, ERR_FORMAT,
			       "node %" PRIu32 " is below itself", child);
	if (v->state[child] == VISIT_NEW)
		v->stack[v->depth++] = child;
	return true;
}

/* Every node opens once and stacks two children at most. */
static bool visit(const struct ml_trees *t, struct visits *v, uint32_t root,
		  struct err *e)
{
	v->depth = 0;
	v->stack[v->depth++] = root;
	while (v->depth) {
		uint32_t at = v->stack[v->depth - 1];
		const struct tree_node *n = &t->node[at];

		if (v->state[at] != VISIT_NEW || n->mode == TREE_LEAF) {
			v->state[at] = VISIT_DONE;
			v->depth--;
			continue;
		}
		v->state[at] = VISIT_OPEN;
		if (!visit_child(v, n->yes, e) || !visit_child(v, n->no, e))
			return false;
	}
	return true;
}

bool trees_check(const struct ml_trees *t, struct err *e)
{
	struct visits v = {.depth = 0};
	bool ok = buf_array(&v.state_buf, t->nnodes, 1, NULL, e) &&
		  buf_array(&v.stack_buf, 2 * t->nnodes + 1, sizeof(uint32_t),
			    NULL, e);

	v.state = v.state_buf.data;
	v.stack = (uint32_t *)v.stack_buf.data;
	for (size_t i = 0; ok && i < t->nnodes; i++)
		v.state[i] = VISIT_NEW;
	for (size_t i = 0; ok && i < t->nroots; i++)
		ok = visit(t, &v, t->root[i], e);
	buf_free(&v.state_buf);
	buf_free(&v.stack_buf);
	return ok;
}

/* ---- walking ------------------------------------------------------------ */

static bool is_member(const struct ml_trees *t, const struct tree_node *n,
		      double x)
{
	const struct tree_set *s = &t->set[(size_t)n->split];
	const double *member = t->member + s->first;
	size_t lo = 0, hi = s->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (member[mid] == x)
			return true;
		if (member[mid] < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static bool holds(const struct ml_trees *t, const struct tree_node *n, double x)
{
	switch ((enum tree_mode)n->mode) {
	case TREE_LEQ:
		return x <= n->split;
	case TREE_LT:
		return x < n->split;
	case TREE_GTE:
		return x >= n->split;
	case TREE_GT:
		return x > n->split;
	case TREE_EQ:
		return x == n->split;
	case TREE_NEQ:
		return x != n->split;
	case TREE_MEMBER:
		return is_member(t, n, x);
	case TREE_LEAF:
		break;
	}
	return false;
}

const struct tree_node *trees_walk(const struct ml_trees *t, uint32_t at,
				   const double *x)
{
	const struct tree_node *n = &t->node[at];

	while (n->mode != TREE_LEAF) {
		double value = x[n->feature];
		bool yes = n->mode == TREE_LEQ ? value <= n->split
					       : holds(t, n, value);

		if (n->nan_says_yes && value != value)
			yes = true;
		n = &t->node[yes ? n->yes : n->no];
	}
	return n;
}
