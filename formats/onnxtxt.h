/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt.h -- ONNX's text syntax: what people read and write.
 *
 *     <ir_version: 8, opset_import: ["" : 17]>
 *     linear (float[N,2] X) => (float[N,3] Y)
 *     <
 *        float[2,3] W = {1, 2, 3, 4, 5, 6}
 *     >
 *     {
 *        Y = MatMul (X, W)
 *     }
 *
 * The grammar is that of docs/Syntax.md of ONNX 1.23 as its own parser and
 * printer implement it: in a string, a backslash stands for the byte behind
 * it; float16, bfloat16, float8, float6 and float4 elements are written as
 * their bit patterns, elements of sub-byte types as the bytes that hold them.
 * Read as well, but written only where the syntax has no other way (marked *):
 *   - elements of the small float types as numbers: float16[2] {1.5, -0.5}
 *   - one number per element of a sub-byte type: int4[3] {1, -2, 3}
 *   - quoted names wherever ONNX's parser insists on bare ones *
 *   - lists of tensors, graphs and types *
 *   - sparse_tensor(float[9]) {float[1] {2.5}, int64[1] {4}} *
 *
 * The syntax has no place for doc strings below the model, for metadata of
 * graphs, nodes and values, for training information and quantization
 * annotations; they are not written.
 */
#ifndef FORMATS_ONNXTXT_H
#define FORMATS_ONNXTXT_H

#include "base/limits.h"
#include "base/output.h"
#include "graph/finding.h"

struct onnxtxt_opts {
	/*
	 * Tensors and lists of more elements than this are written as "...",
	 * names are escaped for a terminal and small floats and integers are
	 * written as numbers: a listing for people, not to be read back.
	 * 0: everything is written, exactly.
	 */
	size_t elide;
	bool no_types; /* leave out the types of values inside the graphs */
};

/*
 * The model that TEXT describes; the caller's: model_free().  Errors start
 * with "line L, column C: ".  Nodes may come in any order without a cycle.
 */
MUST_USE bool onnxtxt_parse(struct model **out, struct bytes text,
			    const struct limits *lim, struct err *e);

/* The same; FOUND (NULL: stop at the first error) takes errors that are not
 * about the syntax. */
MUST_USE bool onnxtxt_check(struct model **out, struct bytes text,
			    const struct limits *lim, struct findings *found,
			    struct err *e);

/* ERR_UNSUPPORTED if M holds what the syntax cannot say.  O may be NULL. */
MUST_USE bool onnxtxt_print(struct sink *out, const struct model *m,
			    const struct onnxtxt_opts *o, struct err *e);

#endif
