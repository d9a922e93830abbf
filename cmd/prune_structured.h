/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/prune_structured.h -- mlopt prune --pattern structured. */
#ifndef CMD_PRUNE_STRUCTURED_H
#define CMD_PRUNE_STRUCTURED_H

#include "cmd/cmd.h"
#include "cmd/data_options.h"
#include "passes/prune_channels.h"

/* Read PATH, optimize it, prune it as P says with the samples of D, write
 * it and report. */
MUST_USE bool prune_structured(const struct common_opts *c, const char *path,
			       const struct data_opts *d,
			       struct prune_channels_opts *p, struct err *e);

#endif
