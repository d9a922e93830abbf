/* SPDX-License-Identifier: Apache-2.0 */
/* ops/col2im.c -- Col2Im: overlapping blocks summed into images.
 *
 *     input   [N, C * prod(block), L]     one column per position of a block
 *     output  [N, C, image ...]
 *
 * L is the number of positions that a window of the block's size has in the
 * padded image (ops/window.h).  Sums are in double, of integers modulo 2^64,
 * of truth values their "or".
 */
#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/doubles.h"
#include "ops/op.h"
#include "ops/window.h"

/* The windows of an image of these sizes; entries may be unknown. */
static bool make_window(struct window *w, const struct node *n,
			const struct shape *image, const struct shape *block,
			struct symbols *sy, struct err *e)
{
	struct shape x = {.rank = image->rank + 2, .dim = {1, 1}};

	if (image->rank != block->rank)
		return err_set(e, ERR_SHAPE,
			       "image_shape has %d entries, block_shape %d",
			       image->rank, block->rank);
	if (x.rank > MAX_RANK)
		return err_set(e, ERR_LIMIT,
			       "%d spatial dimensions, the limit is %d",
			       image->rank, MAX_RANK - 2);
	for (int32_t i = 0; i < image->rank; i++)
		x.dim[i + 2] = image->dim[i];
	return window_make(w, n, &x, block->dim, sy, e);
}

static bool product(int64_t *out, const int64_t *x, int32_t n, struct err *e)
{
	*out = 1;
	for (int32_t i = 0; i < n; i++) {
		if (x[i] < 0) {
			*out = DIM_UNKNOWN;
			return true;
		}
		if (MUL_OVERFLOWS(*out, x[i], out))
			return err_set(e, ERR_LIMIT, "too many elements");
	}
	return true;
}

/* The columns that W wants, against X; *CHANNELS of the result. */
static bool check_columns(const struct window *w, const struct shape *x,
			  struct symbols *sy, int64_t *channels, struct err *e)
{
	int64_t taps, columns;

	*channels = DIM_UNKNOWN;
	if (!product(&taps, w->kernel, w->rank, e) ||
	    !product(&columns, w->out, w->rank, e))
		return false;
	if (columns >= 0 && x->dim[2] >= 0 && columns != x->dim[2])
		return err_set(e, ERR_SHAPE,
			       "input has %" PRId64
			       " columns, the image has %" PRId64 " blocks",
			       x->dim[2], columns);
	if (taps < 0)
		return true;
	if (x->dim[1] >= 0) {
		*channels = x->dim[1] / taps;
		if (x->dim[1] % taps)
			return err_set(e, ERR_SHAPE,
				       "input has %" PRId64
				       " rows, want a multiple of %" PRId64,
				       x->dim[1], taps);
	} else if (sy) {
		*channels = dim_div_floor(sy, x->dim[1], taps);
	}
	return true;
}

static bool too_small(int32_t i, int64_t x, const char *name, int64_t least,
		      struct err *e)
{
	return err_set(e, ERR_SHAPE,
		       "%s[%d] is %" PRId64 ", want %" PRId64 " or more", name,
		       i, x, least);
}

/* The sizes in operand I, as far as they are known, none below LEAST. */
static bool read_sizes(const struct infer *c, uint32_t i, int64_t least,
		       struct shape *sizes, struct err *e)
{
	int64_t x;

	if (!infer_dims(c, i, sizes, e))
		return false;
	for (int32_t k = 0; k < sizes->rank; k++)
		if (content_int(sizes->dim[k], &x) && x < least)
			return too_small(k, x, c->node->op->in[i].name, least,
					 e);
	return true;
}

static void all_unknown(struct shape *s, int32_t rank)
{
	s->rank = rank;
	for (int32_t i = 0; i < rank; i++)
		s->dim[i] = DIM_UNKNOWN;
}

static bool infer_col2im(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape image, block, y = {.rank = RANK_UNKNOWN};
	struct window w;

	if (x->rank >= 0 && x->rank != 3)
		return err_set(e, ERR_SHAPE, "input has rank %d, want 3",
			       x->rank);
	if (infer_dtype(c, 0) == DTYPE_STRING)
		return err_set(e, ERR_UNSUPPORTED, "strings have no sum");
	if (!read_sizes(c, 1, 0, &image, e) || !read_sizes(c, 2, 1, &block, e))
		return false;
	if (image.rank < 0)
		all_unknown(&image, block.rank);
	if (block.rank < 0)
		all_unknown(&block, image.rank);
	if (image.rank >= 0) {
		if (!make_window(&w, c->node, &image, &block,
				 &c->model->symbols, e))
			return false;
		all_unknown(&y, image.rank + 2);
		if (x->rank >= 0 &&
		    !check_columns(&w, x, &c->model->symbols, &y.dim[1], e))
			return false;
		y.dim[0] = x->rank >= 0 ? x->dim[0] : DIM_UNKNOWN;
		for (int32_t i = 0; i < image.rank; i++)
			y.dim[i + 2] = image.dim[i];
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* One item is one plane of the result. */
struct col2im {
	struct job job;
	struct window w;
	size_t taps, columns, pixels;
	const struct tensor *x;
	struct tensor *y;
	double *sum;	/* of every element (complex: part) of the result */
	uint64_t *isum; /* the same; exactly one of the two */
};

/* Index TAP of the block at position COLUMN, as an offset into the plane;
 * SIZE_MAX in the padding. */
static size_t pixel_of(const struct window *w, size_t tap, size_t column)
{
	size_t at = 0, stride = 1;

	for (int32_t i = w->rank - 1; i >= 0; i--) {
		int64_t t = (int64_t)(tap % (size_t)w->kernel[i]);
		int64_t k = (int64_t)(column % (size_t)w->out[i]);
		int64_t p = k * w->stride[i] - w->before[i] +
			    t * w->dilation[i];

		if (p < 0 || p >= w->in[i])
			return SIZE_MAX;
		at += (size_t)p * stride;
		stride *= (size_t)w->in[i];
		tap /= (size_t)w->kernel[i];
		column /= (size_t)w->out[i];
	}
	return at;
}

static void add_element(const struct col2im *j, size_t from, size_t to)
{
	enum dtype t = j->x->dtype;

	if (j->isum) {
		j->isum[to] += (uint64_t)tensor_int(j->x, from);
	} else if (t == DTYPE_C64 || t == DTYPE_C128) {
		t = t == DTYPE_C64 ? DTYPE_F32 : DTYPE_F64;
		j->sum[2 * to] += element_double(t, j->x->data, 2 * from);
		j->sum[2 * to + 1] += element_double(t, j->x->data,
						     2 * from + 1);
	} else {
		j->sum[to] += tensor_double(j->x, from);
	}
}

static void col2im_run(struct job *self, size_t begin, size_t end)
{
	const struct col2im *j = (const struct col2im *)self;

	for (size_t plane = begin; plane < end; plane++)
		for (size_t i = 0; i < j->taps * j->columns; i++) {
			size_t at = pixel_of(&j->w, i / j->columns,
					     i % j->columns);

			if (at != SIZE_MAX)
				add_element(j, plane * j->taps * j->columns + i,
					    plane * j->pixels + at);
		}
}

static size_t scratch(const struct call *c)
{
	return doubles_of(2 * count_out(c, 0));
}

static void store(const struct col2im *j, size_t n)
{
	void *y = tensor_mut(j->y);

	if (j->y->dtype == DTYPE_C64)
		element_store(DTYPE_F32, y, 0, 2 * n, j->sum);
	else if (j->y->dtype == DTYPE_C128)
		element_store(DTYPE_F64, y, 0, 2 * n, j->sum);
	else if (j->isum)
		element_store_ints(j->y->dtype, y, 0, n,
				   (const int64_t *)j->isum);
	else
		element_store(j->y->dtype, y, 0, n, j->sum);
}

/* The contents of the operands again: they may not have been known before. */
static bool windows_of_call(struct window *w, const struct call *c,
			    struct err *e)
{
	const struct tensor *image = call_in(c, 1), *block = call_in(c, 2);
	struct shape in = {.rank = (int32_t)tensor_count(image)}, size = in;
	int64_t channels;

	if (in.rank + 2 != c->out[0]->tensor.shape.rank ||
	    tensor_count(block) != (size_t)in.rank)
		return err_set(e, ERR_SHAPE,
			       "image_shape and block_shape have %zu and %zu "
			       "entries",
			       tensor_count(image), tensor_count(block));
	for (int32_t i = 0; i < in.rank; i++) {
		in.dim[i] = tensor_int(image, (size_t)i);
		size.dim[i] = tensor_int(block, (size_t)i);
		if (in.dim[i] != c->out[0]->tensor.shape.dim[i + 2])
			return err_set(e, ERR_SHAPE,
				       "image_shape[%d] is %" PRId64
				       ", the result has %" PRId64,
				       i, in.dim[i],
				       c->out[0]->tensor.shape.dim[i + 2]);
		if (size.dim[i] < 1)
			return too_small(i, size.dim[i], "block_shape", 1, e);
	}
	return make_window(w, c->node, &in, &size, NULL, e) &&
	       check_columns(w, &call_in(c, 0)->shape, NULL, &channels, e);
}

static bool run_col2im(const struct call *c, struct err *e)
{
	struct col2im j = {.job = {col2im_run}, .x = call_in(c, 0)};
	const struct shape *y;
	struct doubles d = {0};
	double *sum;
	size_t n;

	j.y = call_out(c, 0);
	if (!j.y)
		return true;
	if (!windows_of_call(&j.w, c, e))
		return false;
	n = tensor_count(j.y);
	if (n == 0)
		return true;
	sum = doubles_take(&d, c, 2 * n);
	memset(sum, 0, 2 * n * sizeof(*sum));
	if (dtype_is_integer(j.x->dtype) || j.x->dtype == DTYPE_BOOL)
		j.isum = (uint64_t *)sum;
	else
		j.sum = sum;
	y = &j.y->shape;
	j.pixels = shape_span(y, 2, y->rank);
	j.columns = (size_t)j.x->shape.dim[2];
	if (tensor_count(j.x) > 0) {
		j.taps = (size_t)(j.x->shape.dim[1] / y->dim[1]);
		parallel_for(&j.job, n / j.pixels,
			     4096 / (j.taps * j.columns) + 1);
	}
	store(&j, n);
	return true;
}

static const struct kernel kernels[] = {{.name = "col2im",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_col2im},
					{0}};

const struct op op_rows_col2im[] = {
	{.domain = "",
	 .type = "Col2Im",
	 .since = 18,
	 .in = PARAMS(IN("input", "T", TYPES_ALL_13),
		      IN("image_shape", NULL, TYPES_I64),
		      IN("block_shape", NULL, TYPES_I64)),
	 .out = PARAMS(IN("output", "T", TYPES_ALL_13)),
	 .attrs = ATTRS(ATTR("dilations", INTS, NULL), ATTR("pads", INTS, NULL),
			ATTR("strides", INTS, NULL)),
	 .infer = infer_col2im,
	 .kernels = kernels},
	{0}};
