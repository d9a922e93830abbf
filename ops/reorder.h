/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reorder.h -- the same tensor in another layout. */
#ifndef OPS_REORDER_H
#define OPS_REORDER_H

#include "ops/layout.h"

/* Y, which has layout_bytes() of TO, becomes X, which lies in FROM.  Elements
 * of T have 8 or 32 bits; S is known and of rank 3 or more. */
void reorder_tensor(const struct shape *s, enum dtype t,
		    enum tensor_layout from, const void *x,
		    enum tensor_layout to, void *y);

#endif
