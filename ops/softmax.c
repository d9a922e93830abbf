/* SPDX-License-Identifier: Apache-2.0 */
/* ops/softmax.c -- Softmax, LogSoftmax, Hardmax.
 *
 *     softmax(x)_i = exp(x_i - max x) / sum over j of exp(x_j - max x)
 *
 * along one axis; before opset 13 along all axes from "axis" on, as if they
 * were one.  Hardmax is 1 at the first maximum, 0 elsewhere.
 */
#include "ops/op.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/pool_f32.h"
#include "ops/soft_sum.h"

/* X[outer, extent, inner], worked on along the middle. */
struct softmax {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	size_t extent, inner;
	bool log;
};

static double get(const struct softmax *s, size_t at)
{
	return element_double(s->x->dtype, s->x->data, at);
}

static void put(const struct softmax *s, size_t at, double y)
{
	element_set_double(s->y->dtype, tensor_mut(s->y), at, y);
}

static size_t start_of(const struct softmax *s, size_t line)
{
	return line / s->inner * s->extent * s->inner + line % s->inner;
}

static double line_max(const struct softmax *s, size_t at, size_t *where)
{
	double max = get(s, at), x;

	*where = 0;
	for (size_t i = 1; i < s->extent; i++) {
		x = get(s, at + i * s->inner);
		if (x > max || (isnan(x) && !isnan(max))) {
			max = x;
			*where = i;
		}
	}
	return max;
}

/* The line that starts at element AT. */
static void soft_line(const struct softmax *s, size_t at)
{
	enum dtype t = s->log ? DTYPE_F64 : s->x->dtype;
	struct soft_sum total = {.type = t};
	double max, sum, x;
	size_t where;

	max = line_max(s, at, &where);
	for (size_t i = 0; i < s->extent; i++)
		soft_sum_add(&total,
			     soft_term(t, get(s, at + i * s->inner), max));
	sum = soft_sum_total(&total);
	for (size_t i = 0; i < s->extent; i++, at += s->inner) {
		x = get(s, at);
		put(s, at,
		    s->log ? x - max - log(sum) : soft_term(t, x, max) / sum);
	}
}

static void soft_lines(struct job *job, size_t begin, size_t end)
{
	const struct softmax *s = (const struct softmax *)job;

	for (size_t line = begin; line < end; line++)
		soft_line(s, start_of(s, line));
}

static void hard_lines(struct job *job, size_t begin, size_t end)
{
	const struct softmax *s = (const struct softmax *)job;
	size_t where, at;

	for (size_t line = begin; line < end; line++) {
		at = start_of(s, line);
		line_max(s, at, &where);
		for (size_t i = 0; i < s->extent; i++)
			put(s, at + i * s->inner, i == where);
	}
}

static bool run_softmax(const struct call *c, struct err *e)
{
	struct softmax s = {.x = call_in(c, 0), .y = call_out(c, 0)};
	const struct shape *x = &s.x->shape;
	size_t total = tensor_count(s.x);
	int32_t axis = 0;

	s.job.run = strcmp(c->node->type, "Hardmax") ? soft_lines : hard_lines;
	s.log = strcmp(c->node->type, "LogSoftmax") == 0;
	s.extent = s.inner = 1;
	if (x->rank > 0 &&
	    !infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e))
		return false;
	for (int32_t i = axis; i < x->rank && total; i++) {
		if (i == axis || c->node->op->since < 13)
			s.extent *= (size_t)x->dim[i];
		else
			s.inner *= (size_t)x->dim[i];
	}
	parallel_for(&s.job, total / s.extent, 1 + 1000 / s.extent);
	return true;
}

static bool infer_softmax(struct infer *c, struct err *e)
{
	int32_t rank = infer_shape(c, 0)->rank, axis;
	int64_t wanted = attr_int(c->node, "axis");

	/* A scalar is one line of one element. */
	if (rank == 0 && (wanted < -1 || wanted > 1))
		return err_set(e, ERR_SHAPE, "axis of a scalar");
	if (rank > 0 && !infer_axis(wanted, rank, &axis, e))
		return false;
	return infer_same_as_first(c, e);
}

static const struct kernel softmax_kernels[] = {
	{"softmax-ref", "reference", .run = run_softmax, .in_place = 1},
	SOFTMAX_F32_KERNEL,
	{.name = NULL},
};

static const struct param hardmax_1_in[] = {
	{"input", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param hardmax_1_out[] = {
	{"output", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec hardmax_1_attrs[] = {
	{"axis", ATTR_INT, false, "1"},
	{NULL},
};

static const struct param hardmax_13_in[] = {
	{"input", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param hardmax_13_out[] = {
	{"output", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec hardmax_13_attrs[] = {
	{"axis", ATTR_INT, false, "-1"},
	{NULL},
};

const struct op op_rows_softmax[] = {
	{"", "Hardmax", 1, 0, hardmax_1_in, hardmax_1_out, hardmax_1_attrs,
	 infer_softmax, softmax_kernels},
	{"", "Hardmax", 13, 0, hardmax_13_in, hardmax_13_out, hardmax_13_attrs,
	 infer_softmax, softmax_kernels},
	{"", "LogSoftmax", 1, 0, hardmax_1_in, hardmax_1_out, hardmax_1_attrs,
	 infer_softmax, softmax_kernels},
	{"", "LogSoftmax", 13, 0, hardmax_13_in, hardmax_13_out,
	 hardmax_13_attrs, infer_softmax, softmax_kernels},
	{"", "Softmax", 1, 0, hardmax_1_in, hardmax_1_out, hardmax_1_attrs,
	 infer_softmax, softmax_kernels},
	{"", "Softmax", 13, 0, hardmax_13_in, hardmax_13_out, hardmax_13_attrs,
	 infer_softmax, softmax_kernels},
	{.type = NULL},
};
