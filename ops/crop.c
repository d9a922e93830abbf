/* SPDX-License-Identifier: Apache-2.0 */
/* ops/crop.c -- Crop, experimental before ONNX 1.5: planes without their
 * borders.
 *
 *     border  left, top, right and bottom, in elements
 *     scale   height and width of what is kept from (left, top) on;
 *             the right and the bottom border then count for nothing
 */
#include "kern/move.h"
#include "ops/axes.h"
#include "ops/op.h"

/* The border before, and behind, of the axis of height and of width. */
static bool borders(const struct node *n, int64_t before[2], int64_t behind[2],
		    struct err *e)
{
	const int64_t *b;
	uint32_t count = attr_ints(n, "border", &b);

	if (count != 4)
		return err_set(e, ERR_FORMAT, "'border' has %u entries, want 4",
			       count);
	for (uint32_t i = 0; i < 4; i++)
		if (b[i] < 0 || b[i] > INT32_MAX)
			return err_set(e, ERR_SHAPE,
				       "'border' is %lld, want 0 to 2147483647",
				       (long long)b[i]);
	before[0] = b[1];
	before[1] = b[0];
	behind[0] = b[3];
	behind[1] = b[2];
	return true;
}

/* What is left of extent DIM of axis AXIS. */
static bool kept(int64_t dim, int64_t before, int64_t behind,
		 const int64_t *scale, int64_t *y, struct err *e)
{
	if (!scale && dim < 0) {
		*y = before || behind ? DIM_UNKNOWN : dim;
		return true;
	}
	*y = scale ? *scale : dim - before - behind;
	if (*y <= 0 || (dim >= 0 && before + *y > dim))
		return err_set(e, ERR_SHAPE,
			       "cannot keep %lld from %lld on of %lld elements",
			       (long long)*y, (long long)before,
			       (long long)dim);
	return true;
}

static bool infer_crop(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	int64_t before[2], behind[2];
	const int64_t *scale;
	uint32_t nscale = attr_ints(c->node, "scale", &scale);
	struct shape y = *x;

	if (!borders(c->node, before, behind, e))
		return false;
	if (nscale && nscale != 2)
		return err_set(e, ERR_FORMAT, "'scale' has %u entries, want 2",
			       nscale);
	for (uint32_t i = 0; i < nscale; i++)
		if (scale[i] < 0 || scale[i] > INT32_MAX)
			return err_set(e, ERR_SHAPE,
				       "'scale' is %lld, want 1 to 2147483647",
				       (long long)scale[i]);
	if (x->rank >= 0 && x->rank != 4)
		return err_set(e, ERR_SHAPE, "'input' has rank %d, want 4",
			       x->rank);
	for (uint32_t i = 0; x->rank == 4 && i < 2; i++)
		if (!kept(x->dim[2 + i], before[i], behind[i],
			  nscale ? scale + i : NULL, &y.dim[2 + i], e))
			return false;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool run_crop(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	int64_t before[2], behind[2];
	ptrdiff_t stride[MAX_RANK];
	struct strided s;

	if (!borders(c->node, before, behind, e))
		return false;
	if (!y || tensor_count(y) == 0)
		return true;
	s = strided_over(&y->shape);
	shape_strides(&x->shape, stride);
	for (int32_t i = 0; i < 4; i++)
		s.in[i] = stride[i];
	s.in_at = (size_t)(before[0] * stride[2] + before[1]);
	kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
	return true;
}

static const struct kernel kernels[] = {
	{.name = "crop", .engine = "reference", .run = run_crop}, {0}};

const struct op op_rows_crop[] = {
	{.domain = "",
	 .type = "Crop",
	 .since = 1,
	 .traits = OP_MOVES,
	 .in = PARAMS(IN("input", "T", TYPES_IEEE)),
	 .out = PARAMS(IN("output", "T", TYPES_IEEE)),
	 .attrs = ATTRS(ATTR("border", INTS, NULL), ATTR("scale", INTS, NULL)),
	 .infer = infer_crop,
	 .kernels = kernels},
	{0}};
