/* SPDX-License-Identifier: Apache-2.0 */
/* ops/doubles.h -- operands as arrays of double (or int64) in scratch memory.
 *
 * Reference kernels compute on these and round once, when they store.  A
 * kernel's scratch() adds up doubles_of(); its run() carves the same pieces
 * off in the same order with a zeroed struct doubles.
 */
#ifndef OPS_DOUBLES_H
#define OPS_DOUBLES_H

#include "ops/call.h"

/* Elements of operand or result I: 0 if left out or not yet known. */
size_t count_in(const struct call *c, uint32_t i);
size_t count_out(const struct call *c, uint32_t i);

/* Bytes that COUNT doubles take, aligned. */
size_t doubles_of(size_t count);

struct doubles {
	size_t used;
};

/* COUNT uninitialised doubles of C's scratch. */
double *doubles_take(struct doubles *d, const struct call *c, size_t count);

/* Operand I of C, all of it; NULL if it is left out. */
double *doubles_load(struct doubles *d, const struct call *c, uint32_t i);
int64_t *ints_load(struct doubles *d, const struct call *c, uint32_t i);

#endif
