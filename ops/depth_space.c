/* SPDX-License-Identifier: Apache-2.0 */
/* ops/depth_space.c -- DepthToSpace and SpaceToDepth.
 *
 * Both permute the six axes of [n, b, b, c, h, w] (DCR: blocks outside the
 * channels) or [n, c, b, b, h, w] (CRD), and of [n, c, h, b, w, b].
 */
#include <inttypes.h>
#include <string.h>

#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

static bool to_depth(const struct node *n)
{
	return strcmp(n->type, "SpaceToDepth") == 0;
}

static bool block_size(const struct node *n, int64_t *b, struct err *e)
{
	*b = attr_int(n, "blocksize");
	if (*b < 1 || *b > INT32_MAX)
		return err_set(e, ERR_SHAPE,
			       "blocksize is %" PRId64 ", want 1 or more", *b);
	return true;
}

static bool has_mode(const struct node *n)
{
	return n->op->since >= (to_depth(n) ? 28 : 11);
}

static bool is_crd(const struct node *n, bool *crd, struct err *e)
{
	const char *mode = has_mode(n) ? attr_string(n, "mode") : "DCR";

	*crd = strcmp(mode, "CRD") == 0;
	return *crd || strcmp(mode, "DCR") == 0 ||
	       err_set(e, ERR_UNSUPPORTED, "mode is '%s', want DCR or CRD",
		       mode);
}

/* DIM / B, which must be whole where DIM is known. */
static bool divide(struct infer *c, int64_t dim, int64_t b, int64_t *out,
		   struct err *e)
{
	if (dim >= 0 && dim % b)
		return err_set(e, ERR_SHAPE,
			       "dim %" PRId64
			       " is no multiple of blocksize^%d = %" PRId64,
			       dim, to_depth(c->node) ? 1 : 2, b);
	if (!dim_divides(&c->model->symbols, dim, b, out))
		*out = DIM_UNKNOWN;
	return true;
}

static bool infer_blocks(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct symbols *sy = &c->model->symbols;
	struct shape y = *x;
	int64_t b;
	bool crd;

	if (!block_size(c->node, &b, e) || !is_crd(c->node, &crd, e))
		return false;
	if (x->rank >= 0 && x->rank != 4)
		return err_set(e, ERR_SHAPE, "'input' has rank %d, want 4",
			       x->rank);
	if (x->rank == 4 && to_depth(c->node)) {
		y.dim[1] = dim_mul(sy, x->dim[1], b * b);
		if (!divide(c, x->dim[2], b, &y.dim[2], e) ||
		    !divide(c, x->dim[3], b, &y.dim[3], e))
			return false;
	} else if (x->rank == 4) {
		if (!divide(c, x->dim[1], b * b, &y.dim[1], e))
			return false;
		y.dim[2] = dim_mul(sy, x->dim[2], b);
		y.dim[3] = dim_mul(sy, x->dim[3], b);
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* Strides of the axes n, c, h, bh, w, bw in the deep form [n, c * b * b, h, w]
 * and in the wide form [n, c, h * b, w * b]. */
static void make_strides(const struct shape *wide, int64_t b, bool crd,
			 ptrdiff_t *deep_stride, ptrdiff_t *wide_stride)
{
	ptrdiff_t c = wide->dim[1], h = wide->dim[2] / b, w = wide->dim[3] / b;
	ptrdiff_t plane = h * w;

	deep_stride[0] = c * b * b * plane;
	deep_stride[1] = crd ? b * b * plane : plane;
	deep_stride[2] = w;
	deep_stride[3] = crd ? b * plane : b * c * plane;
	deep_stride[4] = 1;
	deep_stride[5] = crd ? plane : c * plane;
	wide_stride[0] = c * plane * b * b;
	wide_stride[1] = plane * b * b;
	wide_stride[2] = w * b * b;
	wide_stride[3] = w * b;
	wide_stride[4] = b;
	wide_stride[5] = 1;
}

static bool run_blocks(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	bool deepens = to_depth(c->node), crd;
	const struct shape *wide;
	struct strided s = {.rank = 6};
	int64_t b;

	if (!block_size(c->node, &b, e) || !is_crd(c->node, &crd, e))
		return false;
	if (!y || tensor_count(y) == 0)
		return true;
	wide = deepens ? &x->shape : &y->shape;
	s.dim[0] = (size_t)wide->dim[0];
	s.dim[1] = (size_t)wide->dim[1];
	s.dim[2] = (size_t)(wide->dim[2] / b);
	s.dim[4] = (size_t)(wide->dim[3] / b);
	s.dim[3] = s.dim[5] = (size_t)b;
	make_strides(wide, b, crd, deepens ? s.out : s.in,
		     deepens ? s.in : s.out);
	kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
	return true;
}

static const struct kernel kernels[] = {
	{.name = "depth-space", .engine = "reference", .run = run_blocks}, {0}};

#define BLOCKS(name, opset, set, attributes)                                \
	{                                                                   \
		.domain = "", .type = name, .since = opset,                 \
		.traits = OP_MOVES, .in = PARAMS(IN("input", "T", set)),    \
		.out = PARAMS(IN("output", "T", set)), .attrs = attributes, \
		.infer = infer_blocks, .kernels = kernels,                  \
	}
#define PLAIN ATTRS(ATTR_REQUIRED("blocksize", INT))
#define MODES \
	ATTRS(ATTR_REQUIRED("blocksize", INT), ATTR("mode", STRING, "DCR"))

const struct op op_rows_depth_space[] = {
	BLOCKS("DepthToSpace", 1, TYPES_ALL_1, PLAIN),
	BLOCKS("DepthToSpace", 11, TYPES_ALL_1, MODES),
	BLOCKS("DepthToSpace", 13, TYPES_ALL_13, MODES),
	BLOCKS("DepthToSpace", 28, TYPES_ALL_13, MODES),
	BLOCKS("SpaceToDepth", 1, TYPES_ALL_1, PLAIN),
	BLOCKS("SpaceToDepth", 13, TYPES_ALL_13, PLAIN),
	BLOCKS("SpaceToDepth", 28, TYPES_ALL_13, MODES),
	{0}};
