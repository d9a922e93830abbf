/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/fix_dims.h -- the option --dim NAME=N. */
#ifndef CMD_FIX_DIMS_H
#define CMD_FIX_DIMS_H

#include "cmd/cmd.h"
#include "graph/graph.h"

/* Fix what every NAME=N of LIST says; model_fix_dim(). */
MUST_USE bool fix_dims(struct model *m, const struct opt_list *list,
		       struct err *e);

#endif
