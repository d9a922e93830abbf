/* SPDX-License-Identifier: Apache-2.0 */
/* quant/pruning.h -- zeros for one layer. */
#ifndef QUANT_PRUNING_H
#define QUANT_PRUNING_H

#include "quant/curvature.h"
#include "quant/solver.h"

/*
 * Drop weights of L and put what is left in their place, repaired if H
 * [groups, columns, columns] is given (the lower triangle; at most CODING_PANEL
 * columns) or DATA to make it from.  *ZEROS of the layer's weights are 0 then.
 */
MUST_USE bool prune_layer(const struct layer *l, const struct sparsity *s,
			  const struct layer_data *data, const double *h,
			  struct budget *budget, size_t *zeros, struct err *e);

#endif
