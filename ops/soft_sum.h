/* SPDX-License-Identifier: Apache-2.0 */
/* ops/soft_sum.h -- the terms and the sum below a softmax's line.
 *
 *     term = exp(x - max),  total = sum of the terms
 *
 * exact in double for all types but bfloat16, whose differences, exponentials
 * and additions are rounded one by one, as ONNX's tests want it.  Left alone,
 * such a sum would stop growing at 256, so that every run of 8 terms starts
 * anew and the runs are added in double.
 */
#ifndef OPS_SOFT_SUM_H
#define OPS_SOFT_SUM_H

#include <stddef.h>

#include "graph/dtype.h"

struct soft_sum {
	enum dtype type;
	double total, run;
	size_t count;
};

double soft_term(enum dtype t, double x, double max);
void soft_sum_add(struct soft_sum *s, double term);
double soft_sum_total(const struct soft_sum *s);

#endif
