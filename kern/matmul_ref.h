/* SPDX-License-Identifier: Apache-2.0 */
/* kern/matmul_ref.h -- the product by definition, in index order. */
#ifndef KERN_MATMUL_REF_H
#define KERN_MATMUL_REF_H

#include <stddef.h>
#include <stdint.h>

/*
 * Y[i, j] = sum over k of A[i, k] * B[k, j], k ascending from 0.
 *
 * Dense and row-major: A [m, k], B [k, n], Y [m, n], which overlaps neither.
 * Double rounds after each step; the integer form is modulo 2^64.
 */
void kern_matmul_f64_ref(size_t m, size_t n, size_t k, const double *a,
			 const double *b, double *y);
void kern_matmul_u64_ref(size_t m, size_t n, size_t k, const uint64_t *a,
			 const uint64_t *b, uint64_t *y);

#endif
