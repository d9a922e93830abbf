/* SPDX-License-Identifier: Apache-2.0 */
/* kern/reduce_ref.h -- one row of a reduction, in index order. */
#ifndef KERN_REDUCE_REF_H
#define KERN_REDUCE_REF_H

#include <stddef.h>
#include <stdint.h>

/* Each X[i] joins ACC[i * STRIDE], i < N; STRIDE is 0 (all join one) or 1.
 * A NaN makes a maximum and a minimum NaN.  Integers wrap. */
typedef void kern_reduce_doubles(double *acc, size_t stride, const double *x,
				 size_t n);
typedef void kern_reduce_ints(int64_t *acc, size_t stride, const int64_t *x,
			      size_t n);

kern_reduce_doubles kern_reduce_sum_f64_ref;
kern_reduce_doubles kern_reduce_sum_abs_f64_ref;
kern_reduce_doubles kern_reduce_sum_square_f64_ref;
kern_reduce_doubles kern_reduce_multiply_f64_ref;
kern_reduce_doubles kern_reduce_max_f64_ref;
kern_reduce_doubles kern_reduce_min_f64_ref;
kern_reduce_ints kern_reduce_sum_i64_ref;
kern_reduce_ints kern_reduce_sum_abs_i64_ref;
kern_reduce_ints kern_reduce_sum_square_i64_ref;
kern_reduce_ints kern_reduce_multiply_i64_ref;
kern_reduce_ints kern_reduce_max_i64_ref;
kern_reduce_ints kern_reduce_min_i64_ref;

#endif
