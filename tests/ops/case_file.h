/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/case_file.h -- cases of operators as text: testdata/ops/NAME.cases.
 *
 *     # Exclusive sums start with 0.
 *     opset 14
 *     let float[3] x = {1, 2, 3}, int64 axis = {0}
 *     Y = CumSum <exclusive = 1> (x, axis)
 *     -> Y float[3] 0 1 3
 *
 *     opset 14, ai.onnx.ml 3
 *     let float[2] a = {1, 2}, float[3] b = {1, 2, 3}
 *     Y = Add (a, b)
 *     -> error shape: cannot broadcast
 *
 * Stanzas are separated by empty lines.  "opset" names the versions of the
 * default domain and, after commas, of others (com.microsoft and the preview
 * domains are always 1); "let" lines hold operands, the lines after them nodes,
 * both in ONNX's text syntax; each "->" line wants a result by name, or the one
 * error by code and part of its text.  "feed map(int64, float) m = k, v" makes an
 * operand m of the keys and values that "let" lines call k and v.  A result that ends in "..." is wanted by
 * its type and shape only.
 */
#ifndef TESTS_OPS_CASE_FILE_H
#define TESTS_OPS_CASE_FILE_H

#include "base/arena.h"
#include "base/err.h"

struct wanted {
	const char *name; /* of the result */
	const char *text; /* "float[3] 0 1 3" */
};

struct op_case {
	const char *file;
	int line;	    /* of its first line */
	const char *opsets; /* "opset_import: [...]" */
	const char *consts, *body;
	const char *map; /* "map(int64, float) m", or NULL */
	const char *map_keys, *map_values;
	const struct wanted *want; /* NULL: an error is wanted */
	size_t nwant;
	enum err_code code;
	const char *says;
};

struct op_cases {
	struct arena arena;
	struct op_case *at;
	size_t count, cap;
};

/* Add the cases of every file DIR/NAME.cases in order of the names; stanzas
 * that make no sense end the process with status 99. */
void op_cases_read(struct op_cases *l, const char *dir);

#endif
