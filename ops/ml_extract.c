/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_extract.c -- ai.onnx.ml ArrayFeatureExtractor and ZipMap. */
#include <inttypes.h>
#include <string.h>

#include "graph/element.h"
#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

/* ---- ArrayFeatureExtractor: z[..., j] = x[..., y[j]] -------------------- */

/* A vector counts as a matrix of one row. */
static bool infer_extract(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *y = infer_shape(c, 1);
	struct shape z = *x;
	int64_t count = 1;

	if (x->rank == 0)
		return err_set(e, ERR_SHAPE, "'X' is a scalar, want rank 1");
	if (x->rank > 0) {
		for (int32_t i = 0; i < y->rank; i++)
			count = dim_mul(&c->model->symbols, count, y->dim[i]);
		if (x->rank == 1) {
			z.rank = 2;
			z.dim[0] = 1;
		}
		z.dim[z.rank - 1] = y->rank < 0 ? DIM_UNKNOWN : count;
	}
	infer_set(c, 0, infer_dtype(c, 0), &z);
	return true;
}

static size_t scratch_extract(const struct call *c)
{
	return tensor_count(call_in(c, 1)) * sizeof(size_t);
}

static bool run_extract(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *index = call_in(c, 1);
	struct tensor *z = call_out(c, 0);
	int32_t last = x->shape.rank - 1;
	int64_t extent = x->shape.dim[last];
	size_t n = tensor_count(index), *column = c->scratch;

	for (size_t i = 0; i < n; i++) {
		int64_t k = tensor_int(index, i);

		if (k < 0 || k >= extent)
			return err_set(e, ERR_SHAPE,
				       "index %zu is %" PRId64
				       ", want 0..%" PRId64,
				       i, k, extent - 1);
		column[i] = (size_t)k;
	}
	if (z && tensor_count(z) > 0)
		kern_move_rows(tensor_bits(x), x->data,
			       shape_span(&x->shape, 0, last), (size_t)extent,
			       1, column, n, tensor_mut(z));
	return true;
}

static const struct kernel extract_kernels[] = {
	{.name = "array-feature-extractor",
	 .engine = "reference",
	 .scratch = scratch_extract,
	 .run = run_extract},
	{0}};

/* ---- ZipMap: rows of scores become maps from label to score ------------- */

static bool labels_of(const struct node *n, const struct attr **labels,
		      struct err *e)
{
	const struct attr *ints = node_attr(n, "classlabels_int64s");
	const struct attr *texts = node_attr(n, "classlabels_strings");

	if (!ints == !texts)
		return err_set(
			e, ERR_FORMAT,
			"want either classlabels_int64s or classlabels_strings");
	*labels = ints ? ints : texts;
	return true;
}

static bool infer_zip(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	const struct shape scalar = {.rank = 0};
	const struct attr *labels;
	struct type *t;

	if (!labels_of(c->node, &labels, e))
		return false;
	if (x->rank == 0 || x->rank > 2)
		return err_set(e, ERR_SHAPE, "'X' has rank %d, want 1 or 2",
			       x->rank);
	if (x->rank > 0 && x->dim[x->rank - 1] >= 0 &&
	    x->dim[x->rank - 1] != labels->count)
		return err_set(e, ERR_SHAPE,
			       "'X' has %" PRId64 " columns for %u labels",
			       x->dim[x->rank - 1], labels->count);
	t = arena_array(&c->model->arena, struct type, 2);
	t[0] = (struct type){.kind = TYPE_MAP, .elem = &t[1]};
	t[0].dtype = labels->kind == ATTR_INTS ? DTYPE_I64 : DTYPE_STRING;
	t[1] = type_tensor(DTYPE_F32, &scalar);
	infer_set_type(c, 0, &(struct type){.kind = TYPE_SEQUENCE, .elem = t});
	return true;
}

/* The map of one row of scores. */
static bool zip_row(const struct call *c, const struct attr *labels,
		    const float *score, struct datum *map, struct err *e)
{
	const struct type *t = c->out[0]->type.elem;
	void *items;

	if (!c->services->alloc(c->services,
				labels->count * sizeof(struct datum), &items,
				e))
		return false;
	memset(items, 0, labels->count * sizeof(struct datum));
	*map = (struct datum){.item = items, .count = labels->count};
	if (t)
		map->type = *t;
	map->tensor.dtype = labels->kind == ATTR_INTS ? DTYPE_I64
						      : DTYPE_STRING;
	map->tensor.shape.rank = 1;
	map->tensor.shape.dim[0] = labels->count;
	map->tensor.data = labels->kind == ATTR_INTS
				   ? (const void *)labels->u.ints
				   : (const void *)labels->u.strings;
	map->tensor.bytes = dtype_bytes(map->tensor.dtype, labels->count);
	for (uint32_t i = 0; i < labels->count; i++) {
		struct tensor x = {.dtype = DTYPE_F32,
				   .data = &score[i],
				   .bytes = sizeof(float)};

		map->item[i] = datum_tensor(&x);
	}
	return true;
}

static bool run_zip(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct datum *y = c->out[0];
	const struct attr *labels;
	size_t rows, cols;
	void *items, *scores;

	if (!labels_of(c->node, &labels, e))
		return false;
	cols = (size_t)x->shape.dim[x->shape.rank - 1];
	rows = x->shape.rank == 2 ? (size_t)x->shape.dim[0] : 1;
	if (cols != labels->count)
		return err_set(e, ERR_SHAPE,
			       "'X' has %zu columns for %u labels", cols,
			       labels->count);
	if (!y)
		return true;
	if (!c->services->alloc(c->services, rows * sizeof(struct datum),
				&items, e) ||
	    !c->services->alloc(c->services, x->bytes, &scores, e))
		return false;
	if (x->bytes)
		memcpy(scores, x->data, x->bytes);
	y->item = items;
	y->count = rows;
	for (size_t i = 0; i < rows; i++)
		if (!zip_row(c, labels, (const float *)scores + i * cols,
			     &y->item[i], e))
			return false;
	return true;
}

static const struct kernel zip_kernels[] = {
	{.name = "zip-map", .engine = "reference", .run = run_zip}, {0}};

#define EXTRACT_TYPES \
	(TYPE_BIT(F32) | TYPE_BIT(F64) | TYPES_INDEX | TYPE_BIT(STRING))

const struct op op_rows_ml_extract[] = {
	{.domain = "ai.onnx.ml",
	 .type = "ArrayFeatureExtractor",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", EXTRACT_TYPES), IN("Y", NULL, TYPES_I64)),
	 .out = PARAMS(IN("Z", "T", EXTRACT_TYPES)),
	 .infer = infer_extract,
	 .kernels = extract_kernels},
	{.domain = "ai.onnx.ml",
	 .type = "ZipMap",
	 .since = 1,
	 .in = PARAMS(IN("X", NULL, TYPE_BIT(F32))),
	 .out = PARAMS(IN("Z", NULL, 0)),
	 .attrs = ATTRS(ATTR("classlabels_int64s", INTS, NULL),
			ATTR("classlabels_strings", STRINGS, NULL)),
	 .infer = infer_zip,
	 .kernels = zip_kernels},
	{0}};
