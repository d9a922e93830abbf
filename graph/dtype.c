/* SPDX-License-Identifier: Apache-2.0 */
/* graph/dtype.c -- see dtype.h. */
#include "graph/dtype.h"

#include <string.h>

const struct dtype_info dtype_info[DTYPE_COUNT] = {
	[DTYPE_NONE] = {"none", 0, CLASS_NONE},
#define DTYPE(name, text, onnx, bits, class) \
	[DTYPE_##name] = {text, bits, CLASS_##class},
#include "graph/dtype.def"
#undef DTYPE
};

size_t dtype_bytes(enum dtype t, size_t n)
{
	unsigned bits = dtype_info[t].bits;

	/* Whole bytes first: n * bits would overflow for n near SIZE_MAX/8. */
	return n / 8 * bits + (n % 8 * bits + 7) / 8;
}

enum dtype dtype_from_onnx(int64_t code)
{
	return code > 0 && code < DTYPE_COUNT ? (enum dtype)code : DTYPE_NONE;
}

enum dtype dtype_from_text(const char *text)
{
	for (int t = 1; t < DTYPE_COUNT; t++)
		if (!strcmp(dtype_info[t].text, text))
			return (enum dtype)t;
	return DTYPE_NONE;
}

bool dtype_is_float(enum dtype t)
{
	return dtype_info[t].class == CLASS_FLOAT;
}

bool dtype_is_integer(enum dtype t)
{
	return dtype_info[t].class == CLASS_INT ||
	       dtype_info[t].class == CLASS_UINT;
}
