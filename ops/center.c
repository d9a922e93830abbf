/* SPDX-License-Identifier: Apache-2.0 */
/* ops/center.c -- CenterCropPad: the middle of an operand, or zeros around it.
 *
 * Where the difference is odd, a crop starts half an element to the left and
 * padding puts the extra element to the right.
 */
#include <inttypes.h>
#include <string.h>

#include "ops/axes.h"
#include "ops/op.h"

/* The axes that "shape" speaks of: "axes", or all in order. */
static bool target_axes(const struct node *n, int32_t rank, int32_t count,
			int32_t *axis, struct err *e)
{
	const int64_t *ints;
	uint32_t given = attr_ints(n, "axes", &ints);

	if (count != (ints ? (int32_t)given : rank) || count > rank)
		return err_set(e, ERR_SHAPE,
			       "'shape' has %d entries for %d axes", count,
			       ints ? (int32_t)given : rank);
	for (int32_t i = 0; i < count; i++) {
		axis[i] = i;
		if (ints && !infer_axis(ints[i], rank, &axis[i], e))
			return false;
	}
	return true;
}

static bool infer_center(struct infer *c, struct err *e)
{
	struct shape y = *infer_shape(c, 0), dims;
	int32_t axis[MAX_RANK];

	if (!infer_dims(c, 1, &dims, e))
		return false;
	if (y.rank >= 0 && dims.rank >= 0) {
		if (!target_axes(c->node, y.rank, dims.rank, axis, e))
			return false;
		for (int32_t i = 0; i < dims.rank; i++) {
			if (dims.dim[i] < INT64_MIN / 2)
				return err_set(e, ERR_SHAPE,
					       "shape entry %d is negative", i);
			y.dim[axis[i]] = dims.dim[i];
		}
	} else if (y.rank >= 0) {
		for (int32_t i = 0; i < y.rank; i++)
			y.dim[i] = DIM_UNKNOWN;
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool run_center(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	ptrdiff_t in[MAX_RANK], out[MAX_RANK];
	struct strided s = {.rank = x->shape.rank};

	(void)e;
	if (!y || tensor_count(y) == 0)
		return true;
	memset(tensor_mut(y), 0, y->bytes);
	shape_strides(&x->shape, in);
	shape_strides(&y->shape, out);
	for (int32_t i = 0; i < s.rank; i++) {
		int64_t n = x->shape.dim[i], m = y->shape.dim[i];

		s.dim[i] = (size_t)(n < m ? n : m);
		s.in[i] = in[i];
		s.out[i] = out[i];
		s.in_at += (size_t)(n > m ? (n - m) / 2 * in[i] : 0);
		s.out_at += (size_t)(n < m ? (m - n) / 2 * out[i] : 0);
	}
	kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
	return true;
}

static const struct kernel kernels[] = {
	{.name = "center-crop-pad", .engine = "reference", .run = run_center},
	{0}};

const struct op op_rows_center[] = {
	{.domain = "",
	 .type = "CenterCropPad",
	 .since = 18,
	 .in = PARAMS(IN("input_data", "T", TYPES_ALL_13),
		      IN("shape", "Tind", TYPES_INDEX)),
	 .out = PARAMS(IN("output_data", "T", TYPES_ALL_13)),
	 .attrs = ATTRS(ATTR("axes", INTS, NULL)),
	 .infer = infer_center,
	 .kernels = kernels},
	{0}};
