/* SPDX-License-Identifier: Apache-2.0 */
/* graph/symbol.h -- named dimensions and affine expressions of them.
 *
 * Every dimension below DIM_UNKNOWN is an entry of one table per model.  An
 * entry is a name from the file ("N") or floor((mul * base + add) / div) of
 * one; entries are interned, so equal expressions have equal numbers.  What
 * is not affine in one name is DIM_UNKNOWN.
 */
#ifndef GRAPH_SYMBOL_H
#define GRAPH_SYMBOL_H

#include "base/map.h"
#include "graph/tensor.h"

struct symbol {
	const char *name;      /* "N"; NULL for an expression */
	int64_t base;	       /* an expression: the dim it is made of */
	int64_t mul, add, div; /* div > 0 */
};

struct symbols {
	struct arena *arena;
	struct symbol *at;
	uint32_t count, cap;
	struct map names;
};

/* TO becomes an independent copy of FROM in A; names are shared. */
void symbols_copy(struct symbols *to, const struct symbols *from,
		  struct arena *a);

/* The dim called NAME, added if new. */
int64_t symbol_dim(struct symbols *sy, const char *name);
const struct symbol *symbol_of(const struct symbols *sy, int64_t dim);
/* "N", "2*N + 1", "floor(N/2)", "?" or a number. */
void symbol_print(struct str *s, const struct symbols *sy, int64_t dim);

/* Arithmetic of dimensions; all accept known, named and unknown operands and
 * yield DIM_UNKNOWN where the result is not known to be affine, negative or
 * overflows. */
int64_t dim_add(struct symbols *sy, int64_t a, int64_t b);
int64_t dim_sub(struct symbols *sy, int64_t a, int64_t b);
int64_t dim_mul(struct symbols *sy, int64_t a, int64_t b);
int64_t dim_div_floor(struct symbols *sy, int64_t a, int64_t b);
int64_t dim_div_ceil(struct symbols *sy, int64_t a, int64_t b);

/* A is a multiple of B for every value of the names, and *Q = A / B. */
bool dim_divides(struct symbols *sy, int64_t a, int64_t b, int64_t *q);

#endif
