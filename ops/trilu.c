/* SPDX-License-Identifier: Apache-2.0 */
/* ops/trilu.c -- Trilu (also com.microsoft's) and EyeLike: triangles and
 * diagonals of matrices. */
#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

/* ---- Trilu: keep j - i >= k (upper) or <= k (lower), 0 elsewhere --------- */

static bool infer_trilu(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);

	if (x->rank >= 0 && x->rank < 2)
		return err_set(e, ERR_SHAPE, "'input' has rank %d, want 2",
			       x->rank);
	return infer_same_as_first(c, e);
}

struct trilu_job {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	int64_t k, rows, cols;
	bool upper;
};

/* One item is one row of one matrix. */
static void trilu_rows(struct job *self, size_t begin, size_t end)
{
	const struct trilu_job *j = (const struct trilu_job *)self;
	size_t size = tensor_bits(j->x) / 8, width = (size_t)j->cols * size;

	for (size_t row = begin; row < end; row++) {
		const char *x = (const char *)j->x->data + row * width;
		char *y = (char *)tensor_mut(j->y) + row * width;
		int64_t i = (int64_t)row % j->rows, cut;

		/* The first column of the upper part. */
		if (ADD_OVERFLOWS(i,
				  j->upper ? j->k : j->k + (j->k < INT64_MAX),
				  &cut))
			cut = j->cols;
		cut = cut < 0 ? 0 : cut > j->cols ? j->cols : cut;
		if (j->upper)
			memset(y, 0, (size_t)cut * size);
		else
			memset(y + (size_t)cut * size, 0,
			       (size_t)(j->cols - cut) * size);
		if (x == y)
			continue;
		if (j->upper)
			memcpy(y + (size_t)cut * size, x + (size_t)cut * size,
			       (size_t)(j->cols - cut) * size);
		else
			memcpy(y, x, (size_t)cut * size);
	}
}

static bool run_trilu(const struct call *c, struct err *e)
{
	const struct tensor *k = call_in(c, 1);
	struct trilu_job j = {.job = {trilu_rows}};
	const struct shape *s;

	(void)e;
	j.x = call_in(c, 0);
	j.y = call_out(c, 0);
	if (!j.y || tensor_count(j.y) == 0)
		return true;
	s = &j.x->shape;
	j.k = k && tensor_count(k) ? tensor_int(k, 0) : 0;
	j.rows = s->dim[s->rank - 2];
	j.cols = s->dim[s->rank - 1];
	j.upper = attr_int(c->node, "upper");
	parallel_for(&j.job, tensor_count(j.y) / (size_t)j.cols,
		     16384 / (size_t)j.cols + 1);
	return true;
}

static const struct kernel trilu_kernels[] = {{.name = "trilu",
					       .engine = "reference",
					       .run = run_trilu,
					       .in_place = 1},
					      {0}};

/* ---- EyeLike: 1 where j - i = k ----------------------------------------- */

static bool infer_eye(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	enum dtype t = infer_dtype(c, 0);

	if (x->rank >= 0 && x->rank != 2)
		return err_set(e, ERR_SHAPE, "'input' has rank %d, want 2",
			       x->rank);
	if (attr_given(c->node, "dtype")) {
		t = dtype_from_onnx(attr_int(c->node, "dtype"));
		if (t == DTYPE_NONE)
			return err_set(e, ERR_TYPE, "'dtype' is %" PRId64,
				       attr_int(c->node, "dtype"));
	}
	infer_set(c, 0, t, x);
	return true;
}

static bool run_eye(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	int64_t k = attr_int(c->node, "k"), rows, cols, j;

	(void)e;
	if (!y)
		return true;
	memset(tensor_mut(y), 0, y->bytes);
	rows = y->shape.dim[0];
	cols = y->shape.dim[1];
	for (int64_t i = 0; i < rows; i++)
		if (!ADD_OVERFLOWS(i, k, &j) && j >= 0 && j < cols)
			element_set_double(y->dtype, tensor_mut(y),
					   (size_t)(i * cols + j), 1);
	return true;
}

static const struct kernel eye_kernels[] = {
	{.name = "eye-like", .engine = "reference", .run = run_eye}, {0}};

#define EYE(opset, set)                                                        \
	{                                                                      \
		.domain = "", .type = "EyeLike", .since = opset,               \
		.in = PARAMS(IN("input", "T1", set)),                          \
		.out = PARAMS(IN("output", "T2", set)),                        \
		.attrs = ATTRS(ATTR("dtype", INT, NULL), ATTR("k", INT, "0")), \
		.infer = infer_eye, .kernels = eye_kernels,                    \
	}

const struct op op_rows_trilu[] = {
	{.domain = "",
	 .type = "Trilu",
	 .since = 14,
	 .in = PARAMS(IN("input", "T", TYPES_ALL_13),
		      OPTIONAL("k", NULL, TYPES_I64)),
	 .out = PARAMS(IN("output", "T", TYPES_ALL_13)),
	 .attrs = ATTRS(ATTR("upper", INT, "1")),
	 .infer = infer_trilu,
	 .kernels = trilu_kernels},
	{.domain = "com.microsoft",
	 .type = "Trilu",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPES_NUMERIC | TYPES_BOOL),
		      OPTIONAL("k", NULL, TYPES_I64)),
	 .out = PARAMS(IN("Y", "T", TYPES_NUMERIC | TYPES_BOOL)),
	 .attrs = ATTRS(ATTR("upper", INT, "1")),
	 .infer = infer_trilu,
	 .kernels = trilu_kernels},
	EYE(9, TYPES_NUMERIC_1 | TYPES_BOOL),
	EYE(22, TYPES_NUMERIC | TYPES_BOOL),
	{0}};
