/* SPDX-License-Identifier: Apache-2.0 */
/* ops/max_unpool.c -- MaxUnpool: maxima put back where MaxPool found them.
 *
 * Indices count the elements of the smallest operand that MaxPool could have
 * had, [N, C, (d - 1) * stride - pads + kernel ...].  A larger output_shape
 * adds zeros at the ends of the axes.
 */
#include <inttypes.h>
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"
#include "ops/window.h"

static bool unpooled_dim(const struct window *w, int32_t i, int64_t in,
			 int64_t *out, struct err *e)
{
	int64_t n;

	*out = DIM_UNKNOWN;
	if (in < 0)
		return true;
	if (MUL_OVERFLOWS(in - 1, w->stride[i], &n) || n > INT64_MAX / 4)
		return err_set(e, ERR_LIMIT, "too many elements");
	n += w->kernel[i] - w->before[i] - w->after[i];
	if (n < 0)
		return err_set(e, ERR_SHAPE,
			       "spatial axis %d would have %" PRId64
			       " elements",
			       i, n);
	*out = n;
	return true;
}

/* Shape S of the pool's operand, from the shape X of its result. */
static bool unpooled(const struct node *n, const struct shape *x,
		     struct shape *s, struct err *e)
{
	struct window w;

	if (x->rank < 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3 or more",
			       x->rank);
	if (!window_attrs(&w, n, x->rank - 2, NULL, e))
		return false;
	*s = *x;
	for (int32_t i = 0; i < w.rank; i++)
		if (!unpooled_dim(&w, i, x->dim[i + 2], &s->dim[i + 2], e))
			return false;
	return true;
}

/* OUT must hold all of S. */
static bool check_output(const struct shape *s, const struct shape *out,
			 struct err *e)
{
	int64_t x;

	if (out->rank >= 0 && out->rank != s->rank)
		return err_set(e, ERR_SHAPE,
			       "output_shape has %d entries, want %d",
			       out->rank, s->rank);
	for (int32_t i = 0; i < out->rank; i++)
		if (content_int(out->dim[i], &x) && s->dim[i] >= 0 &&
		    (x < s->dim[i] || (i < 2 && x != s->dim[i])))
			return err_set(e, ERR_SHAPE,
				       "output_shape[%d] is %" PRId64
				       ", want %" PRId64 "%s",
				       i, x, s->dim[i],
				       i < 2 ? "" : " or more");
	return true;
}

static bool infer_unpool(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *at = infer_shape(c, 1);
	struct shape y = *x, out = {.rank = RANK_UNKNOWN};

	if (shape_is_known(x) && shape_is_known(at) && !shape_equal(x, at))
		return err_set(e, ERR_SHAPE, "X and I have different shapes");
	if (infer_has(c, 2) && !infer_dims(c, 2, &out, e))
		return false;
	if (x->rank >= 0 &&
	    (!unpooled(c->node, x, &y, e) || !check_output(&y, &out, e)))
		return false;
	if (infer_has(c, 2) && (out.rank >= 0 || x->rank < 0))
		y = out;
	for (int32_t i = 2; i < y.rank && infer_has(c, 2) && out.rank < 0; i++)
		y.dim[i] = DIM_UNKNOWN;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* Element I of shape SMALL in the larger shape Y. */
static size_t placed_at(const struct shape *small, const struct shape *y,
			size_t i)
{
	size_t at = 0, stride = 1;

	for (int32_t k = y->rank - 1; k >= 0; k--) {
		at += i % (size_t)small->dim[k] * stride;
		i /= (size_t)small->dim[k];
		stride *= (size_t)y->dim[k];
	}
	return at;
}

static bool run_unpool(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *at = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	size_t bytes = dtype_bytes(x->dtype, 1), total;
	struct shape s;

	if (!y)
		return true;
	if (!shape_equal(&x->shape, &at->shape))
		return err_set(e, ERR_SHAPE, "X and I have different shapes");
	if (!unpooled(c->node, &x->shape, &s, e) ||
	    !check_output(&s, &y->shape, e) || !shape_count(&s, &total, e))
		return false;
	memset(tensor_mut(y), 0, y->bytes);
	for (size_t i = 0; i < tensor_count(x); i++) {
		int64_t k = tensor_int(at, i);

		if (k < 0 || (uint64_t)k >= total)
			return err_set(e, ERR_SHAPE,
				       "index %" PRId64 ", want 0 to %" PRId64,
				       k, (int64_t)total - 1);
		memcpy((char *)tensor_mut(y) +
			       placed_at(&s, &y->shape, (size_t)k) * bytes,
		       (const char *)x->data + i * bytes, bytes);
	}
	return true;
}

static const struct kernel kernels[] = {
	{.name = "max-unpool", .engine = "reference", .run = run_unpool}, {0}};

#define MAX_UNPOOL(opset, set)                                             \
	{                                                                  \
		.domain = "", .type = "MaxUnpool", .since = opset,         \
		.in = PARAMS(IN("X", "T1", set), IN("I", NULL, TYPES_I64), \
			     OPTIONAL("output_shape", NULL, TYPES_I64)),   \
		.out = PARAMS(IN("output", "T1", set)),                    \
		.attrs = ATTRS(ATTR_REQUIRED("kernel_shape", INTS),        \
			       ATTR("pads", INTS, NULL),                   \
			       ATTR("strides", INTS, NULL)),               \
		.infer = infer_unpool, .kernels = kernels,                 \
	}

const struct op op_rows_max_unpool[] = {
	MAX_UNPOOL(9, TYPES_IEEE), MAX_UNPOOL(22, TYPES_FLOAT), {0}};
