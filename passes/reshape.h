/* SPDX-License-Identifier: Apache-2.0 */
/* passes/reshape.h -- one Reshape from one value to the shape of another. */
#ifndef PASSES_RESHAPE_H
#define PASSES_RESHAPE_H

#include "passes/constant.h"

/*
 * The constant operand that makes Reshape(X, LIST) have the shape of Y: known
 * dims as they are, 0 where a named dim of X stays where it is, and at most
 * one -1.  False if Y's shape is not known well enough, or if a dimension is 0
 * beside a -1 or where it would mean "copy".
 */
bool reshape_list(const struct value *x, const struct value *y,
		  struct shape *list);

/* Replace OLD by Reshape(X, LIST), LIST as reshape_list() made it. */
void edit_reshape(struct edit *ed, struct value *x, const struct shape *list,
		  struct value *old);

#endif
