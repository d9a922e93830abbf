/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_repair.h -- layers make up for channels that are gone. */
#ifndef PASSES_CHANNEL_REPAIR_H
#define PASSES_CHANNEL_REPAIR_H

#include "passes/channel_groups.h"
#include "passes/prune_channels.h"

/*
 * C's model is what cut_channels() left of REFERENCE, whose nodes and values
 * have the same ids.  Layer by layer, in execution order, weights and biases
 * become those that best restore the reference's outputs (solver_fit.h) for
 * the samples as they arrive there.  *REPAIRED: layers that changed.
 */
MUST_USE bool repair_channels(const struct channels *c, const bool *dead,
			      struct model *reference,
			      const struct prune_samples *samples,
			      const struct limits *lim, uint32_t *repaired,
			      struct err *e);

#endif
