/* SPDX-License-Identifier: Apache-2.0 */
/* ops/layout.c -- physical orders of a tensor's elements. */
#include "ops/layout.h"

const char *layout_name(enum tensor_layout l)
{
	static const char *const names[LAYOUT_COUNT] = {
		[LAYOUT_ROWS] = "row-major",
		[LAYOUT_LAST] = "channels last",
		[LAYOUT_C8] = "blocks of 8 channels",
		[LAYOUT_C16] = "blocks of 16 channels",
	};

	return names[l];
}

size_t layout_block(enum tensor_layout l)
{
	return l == LAYOUT_C16 ? 16 : l == LAYOUT_C8 ? 8 : 0;
}

bool layout_bytes(const struct shape *s, enum dtype t, enum tensor_layout l,
		  size_t *bytes, struct err *e)
{
	int64_t block = (int64_t)layout_block(l);
	struct shape filled = *s;

	if (block && s->rank >= 3) {
		if (s->dim[1] > INT64_MAX - block)
			return err_set(e, ERR_LIMIT, "too many channels");
		filled.dim[1] = (s->dim[1] + block - 1) / block * block;
	}
	return shape_bytes(&filled, t, bytes, e);
}
