/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_trees.h -- ensembles of decision trees, flat and checked.
 *
 * All nodes lie in one array, leaves among them.  Every index is in range and
 * no node is below itself, so a walk ends after fewer steps than there are
 * nodes.  Numbers are doubles whatever the attributes hold: floats are exact in
 * them, and so is their comparison.
 */
#ifndef OPS_ML_TREES_H
#define OPS_ML_TREES_H

#include "base/buf.h"
#include "ops/ml_attr.h"

enum tree_mode { /* TreeEnsemble-5's numbers, then ours */
		 TREE_LEQ,
		 TREE_LT,
		 TREE_GTE,
		 TREE_GT,
		 TREE_EQ,
		 TREE_NEQ,
		 TREE_MEMBER,
		 TREE_LEAF
};

struct tree_node {
	double split;	  /* TREE_MEMBER: see set */
	uint32_t feature; /* of a row */
	/* Children; of a leaf its first vote and how many it has. */
	uint32_t yes, no;
	uint8_t mode;
	bool nan_says_yes;
};

/* What a leaf gives to a target or class. */
struct tree_vote {
	double weight;
	uint32_t target;
};

/* Sorted numbers [first, first + count) of the members; of a TREE_MEMBER node
 * entry "split" of the sets. */
struct tree_set {
	uint32_t first, count;
};

struct ml_trees {
	struct buf node_buf, vote_buf, root_buf, member_buf, set_buf;
	struct tree_node *node;
	struct tree_vote *vote;
	uint32_t *root;
	double *member;
	struct tree_set *set;
	size_t nnodes, nvotes, nroots, nmembers, nsets;
	size_t features;  /* columns that rows must have at least */
	bool has_doubles; /* some number is given in double precision */
};

/*
 * Trees of TreeEnsembleClassifier and TreeEnsembleRegressor, whose votes are
 * in attributes called PREFIX_ids, .._nodeids, .._treeids, .._weights, for
 * TARGETS targets.  ERR_FORMAT names what does not fit.  Start with a zeroed
 * T; trees_release() it, also after failure.
 */
MUST_USE bool trees_read_old(struct ml_trees *t, const struct node *n,
			     const char *prefix, size_t targets, struct err *e);
/* The same for TreeEnsemble. */
MUST_USE bool trees_read(struct ml_trees *t, const struct node *n,
			 size_t targets, struct err *e);
void trees_release(struct ml_trees *t);
size_t trees_bytes(const struct ml_trees *t);

/* Arrays for so many nodes, votes and trees. */
MUST_USE bool trees_alloc(struct ml_trees *t, size_t nodes, size_t votes,
			  size_t roots, struct err *e);
/* Node I reads feature ID; ERR_FORMAT for what cannot be one. */
MUST_USE bool trees_set_feature(struct ml_trees *t, size_t i, int64_t id,
				struct err *e);
/* ERR_FORMAT if a node is below itself.  Children are in range. */
MUST_USE bool trees_check(const struct ml_trees *t, struct err *e);

/* The leaf that row X reaches from node AT. */
const struct tree_node *trees_walk(const struct ml_trees *t, uint32_t at,
				   const double *x);

#endif
