/* SPDX-License-Identifier: Apache-2.0 */
/* passes/prune.h -- weights that become zero.
 *
 * Without data the smallest go; with data those whose loss the others can
 * make up for best, and the others do (SparseGPT), layer by layer on what the
 * layers before, already pruned, make of the data.  Layers with a plain bias
 * are refitted to their outputs in the original first (layer_repair.h), where
 * that helps on samples held out.
 *
 * LOSSY.  Eligible are Conv, Gemm and MatMul.  The first layer and depthwise
 * convolutions have few weights and much to lose: they stay unless asked for.
 */
#ifndef PASSES_PRUNE_H
#define PASSES_PRUNE_H

#include "graph/graph.h"
#include "quant/prefix.h"
#include "quant/solver.h"

struct prune_opts {
	struct sparsity sparsity;
	bool first, depthwise;	     /* prune these too */
	bool no_refit;		     /* weights make up for their layer alone */
	const struct limits *limits; /* NULL: defaults */
};

struct pruned_layer {
	const char *label, *type;
	const char *why_not; /* NULL: pruned */
	size_t weights, zeros;
	/* What the refit brought on samples that it had not seen; 0: none. */
	double refit_db;
};

struct prune_report {
	struct arena arena;
	struct pruned_layer *layer;
	uint32_t count;
};

void prune_report_release(struct prune_report *r);

/*
 * Prune M, bound and inferred, in place.  PREFIX stands before M's first node
 * with data, or is NULL.  Records what it did in M's metadata.
 */
MUST_USE bool prune_model(struct model *m, const struct prune_opts *o,
			  struct prefix *prefix, struct prune_report *r,
			  struct err *e);

#endif
