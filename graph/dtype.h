/* SPDX-License-Identifier: Apache-2.0 */
/* graph/dtype.h -- element types, generated from dtype.def. */
#ifndef GRAPH_DTYPE_H
#define GRAPH_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values are ONNX's TensorProto.DataType codes. */
enum dtype {
	DTYPE_NONE, /* not yet inferred */
#define DTYPE(name, text, onnx, bits, class) DTYPE_##name = onnx,
#include "graph/dtype.def"
#undef DTYPE
	DTYPE_COUNT
};

enum dtype_class {
	CLASS_NONE,
	CLASS_FLOAT,
	CLASS_INT,
	CLASS_UINT,
	CLASS_BOOL,
	CLASS_STRING,
	CLASS_COMPLEX
};

struct dtype_info {
	const char *text; /* as in ONNX's text syntax: "float", "int8" */
	unsigned bits;	  /* of one element in a packed tensor */
	enum dtype_class class;
};

extern const struct dtype_info dtype_info[DTYPE_COUNT];

/* Bytes that N packed elements occupy (sub-byte types round up to a byte; no
 * overflow check: shape_bytes() has it). */
size_t dtype_bytes(enum dtype t, size_t n);

/* The dtype with this TensorProto.DataType code, or DTYPE_NONE. */
enum dtype dtype_from_onnx(int64_t code);

/* The dtype called TEXT, or DTYPE_NONE. */
enum dtype dtype_from_text(const char *text);

bool dtype_is_float(enum dtype t);
bool dtype_is_integer(enum dtype t); /* signed or unsigned, not bool */

#endif
