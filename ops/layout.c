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

bool layout_is_dense(const struct shape *s, enum tensor_layout l)
{
	int64_t block = (int64_t)layout_block(l);

	return l == LAYOUT_ROWS || (s->rank >= 3 && s->rank < MAX_RANK &&
				    (!block || s->dim[1] % block == 0));
}

void layout_shape(const struct shape *s, enum tensor_layout l, struct shape *y)
{
	int64_t block = (int64_t)layout_block(l);
	int32_t k = 0;

	*y = *s;
	if (l == LAYOUT_ROWS)
		return;
	if (s->dim[1] == 1)
		block = block ? 1 : 0;
	y->dim[k++] = s->dim[0];
	if (block)
		y->dim[k++] = s->dim[1] / block;
	for (int32_t i = 2; i < s->rank; i++)
		y->dim[k++] = s->dim[i];
	y->dim[k++] = block ? block : s->dim[1];
	y->rank = k;
}

int32_t layout_axis(const struct shape *s, enum tensor_layout l, int32_t axis)
{
	if (l != LAYOUT_LAST || axis == 0)
		return axis;
	return axis == 1 ? s->rank - 1 : axis - 1;
}

bool layout_is_rows(const struct shape *s, enum tensor_layout l)
{
	if (l == LAYOUT_ROWS)
		return true;
	if (s->rank < 3 || s->rank >= MAX_RANK)
		return false;
	if (l == LAYOUT_LAST && s->dim[1] == 1)
		return true;
	for (int32_t i = 2; i < s->rank; i++)
		if (s->dim[i] != 1)
			return false;
	return layout_is_dense(s, l);
}
