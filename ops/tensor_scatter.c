/* SPDX-License-Identifier: Apache-2.0 */
/* ops/tensor_scatter.c -- TensorScatter: new rows into a cache.
 *
 * The cache [B, ..., M, ...] is copied; along its axis the L rows of the update
 * [B, ..., L, ...] go to write_indices[b] + 0 .. L - 1 of sample b, modulo M
 * if circular.
 */
#include <inttypes.h>
#include <string.h>

#include "ops/axes.h"
#include "ops/op.h"

enum { CACHE, UPDATE, INDICES };

static bool parse_mode(const struct node *n, bool *circular, struct err *e)
{
	const char *s = attr_string(n, "mode");

	*circular = !strcmp(s, "circular");
	return *circular || !strcmp(s, "linear") ||
	       err_set(e, ERR_FORMAT, "mode is '%s', want linear or circular",
		       s);
}

static bool check_axis(const struct node *n, int32_t rank, int32_t *axis,
		       struct err *e)
{
	return infer_axis(attr_int(n, "axis"), rank, axis, e) &&
	       (*axis > 0 ||
		err_set(e, ERR_SHAPE, "axis 0 is that of the samples"));
}

static bool check_update(const struct shape *cache, const struct shape *update,
			 int32_t axis, struct err *e)
{
	if (update->rank < 0)
		return true;
	if (update->rank != cache->rank)
		return err_set(e, ERR_SHAPE,
			       "the update has rank %d, the cache %d",
			       update->rank, cache->rank);
	for (int32_t i = 0; i < cache->rank; i++) {
		int64_t a = cache->dim[i], b = update->dim[i];

		if (a >= 0 && b >= 0 && (i == axis ? b > a : b != a))
			return err_set(e, ERR_SHAPE,
				       "axis %d of the update is %" PRId64
				       ", of the cache %" PRId64,
				       i, b, a);
	}
	return true;
}

static bool infer_tensor_scatter(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, CACHE);
	const struct shape *at = infer_shape(c, INDICES);
	bool circular;
	int32_t axis;

	if (!parse_mode(c->node, &circular, e))
		return false;
	if (x->rank >= 0 && (!check_axis(c->node, x->rank, &axis, e) ||
			     !check_update(x, infer_shape(c, UPDATE), axis, e)))
		return false;
	if (infer_has(c, INDICES) && at->rank >= 0 &&
	    (at->rank != 1 || (x->rank > 0 && at->dim[0] >= 0 &&
			       x->dim[0] >= 0 && at->dim[0] != x->dim[0])))
		return err_set(e, ERR_SHAPE,
			       "write_indices are not one for each sample");
	return infer_same_as_first(c, e);
}

/* The row of sample B that row I of the update goes to. */
static bool target(const struct call *c, size_t b, int64_t i, int64_t rows,
		   bool circular, int64_t *row, struct err *e)
{
	const struct tensor *t = call_in(c, INDICES);
	int64_t first = t ? tensor_int(t, b) : 0;

	if (first < 0 || first > INT64_MAX - i)
		return err_set(e, ERR_SHAPE,
			       "write index %zu is %" PRId64 ", want 0 or more",
			       b, first);
	*row = circular ? (first + i) % rows : first + i;
	return *row < rows ||
	       err_set(e, ERR_SHAPE,
		       "sample %zu writes row %" PRId64 " of %" PRId64, b, *row,
		       rows);
}

static bool run_tensor_scatter(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, CACHE), *u = call_in(c, UPDATE);
	struct tensor *y = call_out(c, 0);
	const struct shape *s = &x->shape;
	size_t inner, lines, per_sample;
	int64_t rows, fresh, row = 0;
	bool circular;
	int32_t axis;

	if (!parse_mode(c->node, &circular, e) ||
	    !check_axis(c->node, s->rank, &axis, e) ||
	    !check_update(s, &u->shape, axis, e) || !call_copy(c, e))
		return false;
	if (tensor_count(u) == 0)
		return true;
	rows = s->dim[axis];
	fresh = u->shape.dim[axis];
	inner = shape_span(s, axis + 1, s->rank);
	lines = shape_span(s, 0, axis);
	per_sample = lines / (size_t)s->dim[0];
	for (size_t k = 0; k < lines; k++)
		for (int64_t i = 0; i < fresh; i++) {
			if (!target(c, k / per_sample, i, rows, circular, &row,
				    e))
				return false;
			kern_move_block(tensor_bits(y), u->data,
					(k * (size_t)fresh + (size_t)i) * inner,
					tensor_mut(y),
					(k * (size_t)rows + (size_t)row) *
						inner,
					inner);
		}
	return true;
}

static const struct kernel kernels[] = {{.name = "tensor-scatter",
					 .engine = "reference",
					 .run = run_tensor_scatter,
					 .in_place = 1},
					{0}};

#define T TYPES_ALL_24

const struct op op_rows_tensor_scatter[] = {
	{.domain = "",
	 .type = "TensorScatter",
	 .since = 24,
	 .in = PARAMS(IN("past_cache", "T", T), IN("update", "T", T),
		      OPTIONAL("write_indices", NULL, TYPES_I64)),
	 .out = PARAMS(IN("present_cache", "T", T)),
	 .attrs = ATTRS(ATTR("axis", INT, "-2"),
			ATTR("mode", STRING, "linear")),
	 .infer = infer_tensor_scatter,
	 .kernels = kernels},
	{0}};
