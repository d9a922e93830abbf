/* SPDX-License-Identifier: Apache-2.0 */
/* passes/prune_channels.h -- whole channels leave a model.
 *
 * In every group of channels that must go together (channel_groups.h) a share
 * of the units is removed, and the tensors become smaller.  With data those go
 * whose loss the layers that read them can make up for best, one by one, and
 * afterwards every layer behind a removed channel gets the weights and biases
 * that best restore, on what the smaller model makes of the data, the outputs
 * of the original.  Where such a layer's result is added to another branch,
 * it is the sum that is restored.  Without data the channels whose weights
 * are smallest go, and nothing is repaired.
 *
 * LOSSY.  Sources: Optimal Brain Surgeon (Hassibi and Stork, 1992), for blocks
 * of columns; layer by layer least squares (He, Zhang and Sun, 2017).
 */
#ifndef PASSES_PRUNE_CHANNELS_H
#define PASSES_PRUNE_CHANNELS_H

#include "base/limits.h"
#include "exec/engine.h"
#include "graph/graph.h"

/* Samples: IN[b * nin + i] is fed input i of batch b. */
struct prune_samples {
	const struct datum *in;
	uint32_t batches;
	const struct engine *engine; /* NULL: the default one */
};

struct prune_channels_opts {
	double share;	   /* of the units of each group, 0 .. 1 */
	uint32_t round_to; /* channels that stay are a multiple; 0: of 1 */
	bool residual;	   /* prune what residual sums join, too */
	bool no_repair;	   /* for comparison: choose, but do not repair */
	const struct prune_samples *samples; /* NULL: by weight, no repair */
	const struct limits *limits;	     /* NULL: defaults */
};

struct pruned_group {
	const char *label; /* of the layers that make the channels */
	uint32_t before, after;
	const char *why_not; /* it stays as it is; NULL: it was pruned */
	bool by_loss;	     /* chosen with data */
};

struct prune_channels_report {
	struct arena arena;
	struct pruned_group *group;
	uint32_t count, pruned;
	uint32_t repaired; /* layers with new weights */
	/* First dims that are open are 1, others 1, or what the model allows
	 * of 64, 256 and 4096. */
	uint64_t macs_before, macs_after;
	uint64_t parameters_before, parameters_after;
};

void prune_channels_report_release(struct prune_channels_report *r);

/*
 * Prune M, bound and inferred, in place.  Records what it did in M's metadata.
 * ERR_UNSUPPORTED, with the reasons of the first groups, if there is nothing
 * to prune.
 */
MUST_USE bool prune_channels(struct model *m,
			     const struct prune_channels_opts *o,
			     struct prune_channels_report *r, struct err *e);

#endif
