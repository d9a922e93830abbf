/* SPDX-License-Identifier: Apache-2.0 */
/* passes/freeze.h -- inputs with defaults become constants. */
#ifndef PASSES_FREEZE_H
#define PASSES_FREEZE_H

#include "graph/graph.h"

/*
 * Exporters before IR 4 had to list every weight among the inputs, and some
 * still do: as defaults that a caller may override.  Nobody does, and nothing
 * can be folded into a weight that may change; so they become constants, leave
 * the input list, and the IR version becomes 4 at least.  Returns how many
 * could have been overridden.
 */
uint32_t freeze_inputs(struct model *m);

/* Constants leave the input list, as IR 4 allows; defaults stay. */
void hide_constant_inputs(struct model *m);

#endif
