/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_ir.h -- the IR version that goes with an opset. */
#ifndef PASSES_OPSET_IR_H
#define PASSES_OPSET_IR_H

#include "graph/graph.h"

/*
 * M went from opset FROM to opset TO.  Its IR version becomes the one that
 * came with TO, or a newer one that its functions, element types or containers
 * need; going up, it keeps one that is newer already.  From IR 4 on constants
 * leave the input list; below, they join it, and those of inner graphs move to
 * the main graph.
 */
void opset_set_ir(struct model *m, int64_t from, int64_t to);

#endif
