/* SPDX-License-Identifier: Apache-2.0 */
/* ops/lines.h -- scales and zero points of rows or columns of matrices. */
#ifndef OPS_LINES_H
#define OPS_LINES_H

#include "ops/doubles.h"

/*
 * Element of T, a scale or zero point, for line LINE of matrix MATRIX, which
 * has LINES of them; FALLBACK if T is NULL.
 */
double lines_at(const struct tensor *t, size_t matrix, size_t line,
		size_t lines, double fallback);

/* One number, one for each of the rows (columns) of X = [..., M, K] or
 * [..., K, N], or the shape of X with the summed axis 1. */
MUST_USE bool lines_check(const struct shape *s, const struct shape *x,
			  const char *name, bool columns, struct err *e);

/* Operand X = [matrices, rows, cols] with the zero points of operand ZERO
 * subtracted. */
double *lines_load(struct doubles *d, const struct call *c, uint32_t x,
		   uint32_t zero, size_t rows, size_t cols, bool by_column);

#endif
