/* SPDX-License-Identifier: Apache-2.0 */
/* ops/where.c -- Where: y = condition ? x : other, broadcast. */
#include "base/parallel.h"
#include "kern/select.h"
#include "ops/axes.h"
#include "ops/op.h"

/* Entry I of a list, or its only one. */
static int64_t entry(const struct shape *s, int32_t i)
{
	return s->dim[s->rank == 1 ? 0 : i];
}

static void select_content(struct infer *c, const struct shape *y)
{
	struct shape cond, a, b, out;

	if (!c->out_content || y->rank > 1 || !infer_ints(c, 0, &cond) ||
	    !infer_ints(c, 1, &a) || !infer_ints(c, 2, &b))
		return;
	out.rank = cond.rank > a.rank ? cond.rank : a.rank;
	out.rank = b.rank > out.rank ? b.rank : out.rank;
	if ((cond.rank != out.rank && cond.rank != 1) ||
	    (a.rank != out.rank && a.rank != 1) ||
	    (b.rank != out.rank && b.rank != 1))
		return;
	for (int32_t i = 0; i < out.rank; i++) {
		int64_t x = entry(&a, i), z = entry(&b, i);
		int64_t which = entry(&cond, i);

		out.dim[i] = which == DIM_UNKNOWN ? (x == z ? x : DIM_UNKNOWN)
						  : (which ? x : z);
	}
	infer_set_content(c, 0, &out);
}

static bool infer_where(struct infer *c, struct err *e)
{
	struct shape y;

	if (!shape_broadcast(&y, infer_shape(c, 0), infer_shape(c, 1), e) ||
	    !shape_broadcast(&y, &y, infer_shape(c, 2), e))
		return false;
	infer_set(c, 0, infer_dtype(c, 1), &y);
	if (y.rank >= 0)
		select_content(c, &y);
	return true;
}

/* One item is one row of the result. */
struct where_job {
	struct job job;
	const struct tensor *in[3];
	struct tensor *y;
	ptrdiff_t stride[3][MAX_RANK];
	size_t width;
};

static void where_rows(struct job *self, size_t begin, size_t end)
{
	const struct where_job *j = (const struct where_job *)self;
	const struct shape *s = &j->y->shape;
	int32_t last = s->rank - 1;
	size_t size = tensor_bits(j->y) / 8, step[3];

	for (int k = 0; k < 3; k++)
		step[k] = last < 0 ? 0 : (size_t)j->stride[k][last];
	for (size_t row = begin; row < end; row++) {
		size_t rest = row, at[3] = {0};

		for (int32_t i = last - 1; i >= 0; i--) {
			size_t index = rest % (size_t)s->dim[i];

			rest /= (size_t)s->dim[i];
			for (int k = 0; k < 3; k++)
				at[k] += index * (size_t)j->stride[k][i];
		}
		kern_select(size, j->width, step,
			    (const bool *)j->in[0]->data + at[0],
			    (const char *)j->in[1]->data + at[1] * size,
			    (const char *)j->in[2]->data + at[2] * size,
			    (char *)tensor_mut(j->y) + row * j->width * size);
	}
}

static bool run_where(const struct call *c, struct err *e)
{
	struct where_job j = {.job = {where_rows}, .y = call_out(c, 0)};

	(void)e;
	if (!j.y || tensor_count(j.y) == 0)
		return true;
	for (uint32_t k = 0; k < 3; k++) {
		j.in[k] = call_in(c, k);
		strides_broadcast(&j.in[k]->shape, &j.y->shape, j.stride[k]);
	}
	j.width = j.y->shape.rank ? (size_t)j.y->shape.dim[j.y->shape.rank - 1]
				  : 1;
	parallel_for(&j.job, tensor_count(j.y) / j.width, 16384 / j.width + 1);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "where", .engine = "reference", .run = run_where}, {0}};

#define WHERE(opset, set)                                                    \
	{                                                                    \
		.domain = "", .type = "Where", .since = opset,               \
		.traits = OP_ELEMENTWISE,                                    \
		.in = PARAMS(IN("condition", "B", TYPES_BOOL),               \
			     IN("X", "T", set), IN("Y", "T", set)),          \
		.out = PARAMS(IN("output", "T", set)), .infer = infer_where, \
		.kernels = kernels,                                          \
	}

const struct op op_rows_where[] = {
	WHERE(9, TYPES_ALL_1), WHERE(16, TYPES_ALL_13), {0}};
