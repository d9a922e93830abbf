/* SPDX-License-Identifier: Apache-2.0 */
/* graph/element.h -- one element of any type, and conversion between types.
 *
 * The edge where packed and small formats become numbers.  Pointers need no
 * alignment.  Element i of a sub-byte type lies at bits [i*w, i*w + w) of one
 * little-endian bit stream (ONNX: first element in the low bits).
 */
#ifndef GRAPH_ELEMENT_H
#define GRAPH_ELEMENT_H

#include "graph/dtype.h"

/* A string element as stored in tensors of DTYPE_STRING; not terminated. */
struct text {
	const char *at;
	size_t len;
};

/* Any class but STRING and COMPLEX.  Exact, except 64-bit integers beyond
 * 2^53, which round to nearest even. */
double element_double(enum dtype t, const void *data, size_t i);

/*
 * Rounded to nearest even; beyond the range the floating formats follow
 * ONNX Cast with saturate = 1, integers clamp and NaN becomes 0.
 */
void element_set_double(enum dtype t, void *data, size_t i, double x);

/* Integer and bool types; float types truncate toward zero. */
int64_t element_int(enum dtype t, const void *data, size_t i);

/* Integers keep their low bits (two's complement wrap), bool becomes 0 or 1. */
void element_set_int(enum dtype t, void *data, size_t i, int64_t x);

/*
 * The same for N elements from element I on, with loops of their own for the
 * common types.  Doubles: floating, integer and bool types; integers: integer
 * and bool types, uint64 as the same bits.
 */
void element_load(enum dtype t, const void *data, size_t i, size_t n,
		  double *out);
void element_store(enum dtype t, void *data, size_t i, size_t n,
		   const double *x);
void element_load_ints(enum dtype t, const void *data, size_t i, size_t n,
		       int64_t *out);
void element_store_ints(enum dtype t, void *data, size_t i, size_t n,
			const int64_t *x);

/* The raw code of element I, right-aligned; for types up to 64 bits. */
uint64_t element_bits(enum dtype t, const void *data, size_t i);
void element_set_bits(enum dtype t, void *data, size_t i, uint64_t bits);

enum saturate { SATURATE_NO, SATURATE_YES }; /* ONNX Cast attribute */

/*
 * N elements from one type to another as ONNX Cast does it (neither is STRING
 * or COMPLEX).  IN and OUT must not overlap.
 *
 * Floating point to integer truncates toward zero.  Beyond the range, where
 * the standard leaves the result open, types of 32 and 64 bits clamp, narrower
 * ones keep the low bits (as ONNX's own tests expect), and NaN becomes 0.
 * NaN in a type without NaN (float4, float6) becomes -0.
 */
void element_cast(enum dtype from, const void *in, enum dtype to, void *out,
		  size_t n, enum saturate saturate);

enum round_mode { ROUND_UP, ROUND_DOWN, ROUND_NEAREST };

/*
 * The same to DTYPE_F8E8M0 (powers of two from 2^-127 to 2^127, and NaN); the
 * sign is dropped.  Nearest takes 1.5 up.  Below and above the range, zero and
 * infinity included: the nearest end, or NaN without saturation.
 * element_cast() rounds up, as Cast does unless told otherwise.
 */
void element_cast_e8m0(enum dtype from, const void *in, void *out, size_t n,
		       enum saturate saturate, enum round_mode mode);

#endif
