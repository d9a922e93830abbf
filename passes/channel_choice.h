/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_choice.h -- which channels of a group go. */
#ifndef PASSES_CHANNEL_CHOICE_H
#define PASSES_CHANNEL_CHOICE_H

#include "passes/channel_groups.h"
#include "passes/prune_channels.h"
#include "quant/layer.h"

/* What is to happen to one group. */
struct group_choice {
	bool prune;
	bool by_loss;	 /* chosen with data; else by weight */
	uint32_t remove; /* units */
};

/*
 * Choose PICK[g].remove units of every group g of C that is to be pruned: sets
 * DEAD, by first atom, and by_loss.  With SAMPLES the unit goes next that
 * costs the layers that read it least; where no such layer is known, or
 * without SAMPLES, the unit whose weights have the least share of the squares
 * of their tensors.
 */
MUST_USE bool choose_channels(const struct channels *c,
			      struct group_choice *pick,
			      const struct prune_samples *samples,
			      const struct limits *lim, bool *dead,
			      struct err *e);

/* The axis of L's input, and of its result, where channels lie. */
int32_t reader_channel_axis(const struct layer *l);

/* Layers with more columns than this are not looked into. */
enum { READER_COLUMNS_MOST = 4608 };

#endif
