/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ewise.h -- element by element, with broadcasting, in rows of doubles.
 *
 * Each row of the result is computed by
 *
 *     y = enter(x0);  y = fold(y, enter(xk)) for k = 1, 2 ...;  y = finish(y)
 *
 * on double, where a floating type takes part, else on int64 (uint64 as the
 * same bits).  The result is rounded or wrapped once, when it is stored.
 */
#ifndef OPS_EWISE_H
#define OPS_EWISE_H

#include "ops/call.h"

enum { EWISE_ROW = 256 };

/* Embed it first to carry parameters.  NULL functions do nothing; those of
 * the form that is not used may be NULL. */
struct ewise {
	void (*enter)(const struct ewise *w, uint32_t k, double *x, size_t n);
	void (*fold)(const struct ewise *w, double *y, const double *x,
		     size_t n);
	void (*finish)(const struct ewise *w, double *y, size_t n);
	void (*fold_ints)(const struct ewise *w, int64_t *y, const int64_t *x,
			  size_t n);
	void (*finish_ints)(const struct ewise *w, int64_t *y, size_t n);
	enum dtype type;     /* set by ewise_run(): of the first operand */
	uint32_t count;	     /* operands that take part; 0: all of the call */
	uint32_t operand[2]; /* which, if COUNT is not 0 */
	/* Shape with which the last operand takes part; NULL: its own. */
	const struct shape *aligned;
};

/* Result 0 of C.  Operands' shapes broadcast to the result's. */
void ewise_run(struct ewise *w, const struct call *c);

#endif
