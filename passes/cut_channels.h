/* SPDX-License-Identifier: Apache-2.0 */
/* passes/cut_channels.h -- channels leave a model. */
#ifndef PASSES_CUT_CHANNELS_H
#define PASSES_CUT_CHANNELS_H

#include "passes/channel_groups.h"

/*
 * Remove the units for whose first atom DEAD is true from C's model: constants
 * lose rows and columns, attributes and lists of dims change with them, and
 * types are inferred anew.  A constant that others read too is copied.  No
 * dead unit may be blocked, and none of its axes may lose all positions.
 * ERR_SHAPE if the model does not fit together afterwards, which would be a
 * mistake of a rule.
 */
MUST_USE bool cut_channels(const struct channels *c, const bool *dead,
			   struct err *e);

/* Positions of ROW [COUNT] that stay. */
uint32_t channels_left(const struct channels *c, const bool *dead,
		       const uint32_t *row, size_t count);

#endif
