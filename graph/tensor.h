/* SPDX-License-Identifier: Apache-2.0 */
/* graph/tensor.h -- dimensions, shapes, types, tensors and run-time values. */
#ifndef GRAPH_TENSOR_H
#define GRAPH_TENSOR_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "graph/dtype.h"

struct str;
struct symbols;

enum { MAX_RANK = 32, RANK_UNKNOWN = -1 };

/*
 * A dimension: >= 0 is known; DIM_UNKNOWN; anything below names entry
 * -(d + 2) of the model's symbol table ("N", or "2*N + 1"; graph/symbol.h).
 * Equal numbers other than DIM_UNKNOWN mean equal dimensions.
 */
#define DIM_UNKNOWN INT64_C(-1)

struct shape {
	int32_t rank; /* RANK_UNKNOWN: dim[] is meaningless */
	int64_t dim[MAX_RANK];
};

enum type_kind {
	TYPE_UNKNOWN,
	TYPE_TENSOR,
	TYPE_SPARSE,
	TYPE_SEQUENCE,
	TYPE_OPTIONAL,
	TYPE_MAP
};

/* What is known about a value before it is computed. */
struct type {
	enum type_kind kind;
	enum dtype dtype;	 /* tensor, sparse: element; map: key */
	struct shape shape;	 /* tensor, sparse */
	const struct type *elem; /* sequence, optional: element; map: value */
};

struct type type_tensor(enum dtype t, const struct shape *s);
bool type_equal(const struct type *a, const struct type *b);
/* "float[N,3,32,32]", "seq(map(int64,float))", as ONNX's text syntax. */
void type_print(struct str *s, const struct type *t, const struct symbols *sy);
void shape_print(struct str *s, const struct shape *sh,
		 const struct symbols *sy);

/* Number of elements; false if unknown dims remain or the product overflows.
 * The only place where dimensions are multiplied. */
MUST_USE bool shape_count(const struct shape *s, size_t *count, struct err *e);

/* Bytes of a dense tensor; ERR_LIMIT on overflow. */
MUST_USE bool shape_bytes(const struct shape *s, enum dtype t, size_t *bytes,
			  struct err *e);

bool shape_equal(const struct shape *a, const struct shape *b);
bool shape_is_known(const struct shape *s); /* rank and every dim */
struct shape shape_make(int32_t rank, const int64_t *dim);
#define SHAPE(...)                                                      \
	shape_make((int32_t)COUNT_OF(((const int64_t[]){__VA_ARGS__})), \
		   (const int64_t[]){__VA_ARGS__})

/*
 * OUT = numpy-style broadcast of A and B (ONNX Broadcasting.md,
 * multidirectional).  Unknown dims: 1 yields the other; a known d > 1 wins
 * over an unknown or named one; two different names are DIM_UNKNOWN.
 */
MUST_USE bool shape_broadcast(struct shape *out, const struct shape *a,
			      const struct shape *b, struct err *e);

/*
 * A dense, row-major tensor.  DATA is borrowed and has no alignment promise
 * where it lies in a mapped file; a plan's operands are aligned to BUF_ALIGN.
 * Strings: DATA is an array of struct text (graph/element.h).
 */
struct tensor {
	enum dtype dtype;
	struct shape shape;
	const void *data;
	size_t bytes;
	/* How the file stored it, when it came from one and is unchanged: the
	 * writer puts it back verbatim (formats/onnx_payload.h); else NULL. */
	const struct payload *payload;
};

size_t tensor_count(const struct tensor *t);

/* Typed access to aligned data: the one cast, checked once (bug() if the
 * dtype is another, or the data lies unaligned in a mapped file). */
const float *tensor_f32(const struct tensor *t);
const int64_t *tensor_i64(const struct tensor *t);
const int32_t *tensor_i32(const struct tensor *t);
const int8_t *tensor_i8(const struct tensor *t);
const uint8_t *tensor_u8(const struct tensor *t);
/* DATA of a tensor that its owner may write. */
void *tensor_mut(struct tensor *t);
float *tensor_f32_mut(struct tensor *t);
int64_t *tensor_i64_mut(struct tensor *t);

/* Element I of any numeric tensor; DATA may be unaligned. */
double tensor_double(const struct tensor *t, size_t i);
int64_t tensor_int(const struct tensor *t, size_t i);

/* Zeroed dense storage in an arena; for sizes that no file decides. */
struct tensor tensor_in_arena(struct arena *a, enum dtype t,
			      const struct shape *s);

/*
 * A value at run time: a tensor, or a container of values.
 *   sequence  item[count]
 *   optional  count 0 or 1
 *   map       keys in TENSOR (rank 1), item[i] the value of key i
 *   sparse    TENSOR holds the values, item[0] the indices; dense shape in TYPE
 */
struct datum {
	struct type type;
	struct tensor tensor;
	struct datum *item;
	size_t count;
};

struct datum datum_tensor(const struct tensor *t);

#endif
