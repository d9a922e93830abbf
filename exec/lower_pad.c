/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_pad.c -- zeros that Pad puts around planes join the pads of the
 * Conv or AveragePool behind it. */
#include <string.h>

#include "exec/lower.h"
#include "ops/op.h"

/* What Pad N adds, begins of all axes, then ends; false if it is not known to
 * be zeros. */
static bool zeros_of(const struct node *n, const int64_t **pads)
{
	const struct value *list = node_in(n, 1), *fill = node_in(n, 2);
	int32_t rank = n->out[0]->type.shape.rank;
	uint32_t count;

	if (strcmp(node_string(n, "mode", "constant"), "constant") != 0 ||
	    node_in(n, 3) || node_float(n, "value", 0) != 0 ||
	    (fill && (!lower_is_const_f32(fill, 1) ||
		      tensor_double(fill->konst, 0) != 0)))
		return false;
	if (!list) {
		*pads = node_ints(n, "pads", &count);
		return *pads && count == 2 * (uint32_t)rank;
	}
	if (!list->konst || list->konst->dtype != DTYPE_I64 ||
	    tensor_count(list->konst) != 2 * (size_t)rank)
		return false;
	*pads = list->konst->data;
	return true;
}

/* OWN += PADS of the axes behind batch and channel; false if others have
 * any. */
static bool add_pads(const int64_t *pads, int32_t rank, int64_t *own)
{
	for (int32_t i = 0; i < 2 * rank; i++) {
		int32_t axis = i % rank, at = i < rank ? 0 : rank - 2;

		if (pads[i] < 0 || pads[i] > INT32_MAX || (axis < 2 && pads[i]))
			return false;
		if (axis >= 2)
			own[at + axis - 2] += pads[i];
	}
	return true;
}

/* The pads of N itself, which must be written out. */
static bool own_pads(const struct node *n, int32_t spatial, int64_t *own)
{
	const char *mode = node_string(n, "auto_pad", "NOTSET");
	uint32_t count;
	const int64_t *x = node_ints(n, "pads", &count);

	if (strcmp(mode, "NOTSET") != 0 && strcmp(mode, "VALID") != 0)
		return false;
	memset(own, 0, 2 * MAX_RANK * sizeof(*own));
	if (!x || !strcmp(mode, "VALID"))
		return true;
	if (count != 2 * (uint32_t)spatial)
		return false;
	memcpy(own, x, count * sizeof(*own));
	return true;
}

/* An average that counts zeros: no other border, and no window that has
 * nothing else. */
static bool may_count(const struct node *n, int32_t spatial,
		      const int64_t *before, const int64_t *after)
{
	uint32_t count;
	const int64_t *kernel = node_ints(n, "kernel_shape", &count);
	bool counts = node_int(n, "count_include_pad", 0);

	if (n->op->since < 7 || node_int(n, "ceil_mode", 0) || !kernel ||
	    count != (uint32_t)spatial || node_ints(n, "dilations", &count))
		return false;
	for (int32_t i = 0; i < 2 * spatial; i++)
		if ((before[i] && !counts) || after[i] >= kernel[i % spatial])
			return false;
	return true;
}

bool lower_pad(struct node *n, struct node **again, struct err *e)
{
	int64_t before[2 * MAX_RANK], after[2 * MAX_RANK];
	const int64_t *pads;
	struct node *next;
	int32_t rank;
	bool pool;

	(void)e;
	if (!lower_is_f32(n, "Pad") || n->op->since < 2)
		return true;
	rank = n->out[0]->type.shape.rank;
	next = lower_only_reader(n);
	if (!next || rank < 3 || node_in(next, 0) != n->out[0])
		return true;
	pool = lower_is_f32(next, "AveragePool");
	if ((!pool && !lower_is_f32(next, "Conv")) || !zeros_of(n, &pads) ||
	    !own_pads(next, rank - 2, before))
		return true;
	memcpy(after, before, sizeof(after));
	if (!add_pads(pads, rank, after) ||
	    (pool && !may_count(next, rank - 2, before, after)))
		return true;
	node_drop_attr(next, "auto_pad");
	node_set_ints(next, "pads", after, 2 * (uint32_t)(rank - 2));
	if (pool)
		node_set_int(next, "count_include_pad", 1);
	lower_skip(n, next, "fuse-pad");
	*again = next;
	return true;
}
