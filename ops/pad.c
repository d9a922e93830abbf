/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pad.c -- Pad, also com.microsoft's: elements added around an operand, or
 * cut off.
 *
 * Negative pads crop; the other modes then work on what is left:
 *     constant  the value
 *     edge      the nearest element
 *     reflect   mirrored at the edge element, which is not repeated
 *     wrap      from the other end (since 19)
 */
#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

enum pad_mode { PAD_CONSTANT, PAD_EDGE, PAD_REFLECT, PAD_WRAP };

static bool mode_of(const struct node *n, enum pad_mode *mode, struct err *e)
{
	static const char *const names[] = {"constant", "edge", "reflect",
					    "wrap"};
	size_t count = n->op->since >= 19 ? 4 : 3;
	const char *s = attr_string(n, "mode");

	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], s) == 0) {
			*mode = (enum pad_mode)i;
			return true;
		}
	return err_set(e, ERR_UNSUPPORTED,
		       "mode is '%s', want constant, edge%s", s,
		       count == 4 ? ", reflect or wrap" : " or reflect");
}

/* Begins of the listed axes, then their ends. */
struct pads {
	int64_t before[MAX_RANK], after[MAX_RANK];
};

static bool spread_pads(struct pads *p, int32_t rank, const int64_t *pads,
			size_t count, const struct shape *axes, struct err *e)
{
	size_t n = axes ? (size_t)axes->rank : (size_t)rank;
	bool seen[MAX_RANK] = {false};

	memset(p, 0, sizeof(*p));
	if (count != 2 * n)
		return err_set(e, ERR_SHAPE, "'pads' has %zu entries, want %zu",
			       count, 2 * n);
	for (size_t i = 0; i < n; i++) {
		int32_t axis = (int32_t)i;

		if (axes && !infer_axis(axes->dim[i], rank, &axis, e))
			return false;
		if (seen[axis])
			return err_set(e, ERR_SHAPE, "axis %d is given twice",
				       axis);
		seen[axis] = true;
		p->before[axis] = pads[i];
		p->after[axis] = pads[n + i];
	}
	return true;
}

/* N + before + after in *OUT. */
static bool padded_dim(const struct pads *p, int32_t axis, int64_t n,
		       int64_t *out, struct err *e)
{
	if (ADD_OVERFLOWS(n, p->before[axis], out) ||
	    ADD_OVERFLOWS(*out, p->after[axis], out))
		return err_set(e, ERR_LIMIT,
			       "pads %" PRId64 " and %" PRId64
			       " of axis %d overflow",
			       p->before[axis], p->after[axis], axis);
	if (*out < 0 || p->before[axis] < -n || p->after[axis] < -n)
		return err_set(e, ERR_SHAPE,
			       "pads %" PRId64 " and %" PRId64
			       " of axis %d cut more than its %" PRId64
			       " elements",
			       p->before[axis], p->after[axis], axis, n);
	return true;
}

/* Pads and value are attributes, not operands. */
static bool by_attr(const struct node *n)
{
	return n->op->since < 11 && !*n->op->domain;
}

static const char *pads_attr(const struct node *n)
{
	return n->op->since == 1 ? "paddings" : "pads";
}

/* ---- inference ---------------------------------------------------------- */

/* The pads if all are known; *KNOWN says so. */
static bool infer_pads(const struct infer *c, int32_t rank, struct pads *p,
		       bool *known, struct err *e)
{
	const struct tensor *t = infer_has(c, 1) ? c->konst[1] : NULL;
	int64_t list[2 * MAX_RANK];
	const int64_t *ints;
	struct shape axes;
	size_t count;

	*known = true;
	if (by_attr(c->node)) {
		count = attr_ints(c->node, pads_attr(c->node), &ints);
		return spread_pads(p, rank, ints, count, NULL, e);
	}
	*known = t && (!infer_has(c, 3) || infer_exact_ints(c, 3, &axes));
	if (!*known)
		return true;
	count = tensor_count(t);
	for (size_t i = 0; i < count && i < COUNT_OF(list); i++)
		list[i] = tensor_int(t, i);
	return spread_pads(p, rank, list, count, infer_has(c, 3) ? &axes : NULL,
			   e);
}

static int64_t open_dim(struct symbols *sy, int64_t n, int64_t before,
			int64_t after)
{
	int64_t sum;

	if (ADD_OVERFLOWS(before, after, &sum) || sum == INT64_MIN)
		return DIM_UNKNOWN;
	return sum >= 0 ? dim_add(sy, n, sum) : dim_sub(sy, n, -sum);
}

static bool infer_pad(struct infer *c, struct err *e)
{
	struct shape y = *infer_shape(c, 0);
	enum pad_mode mode;
	struct pads p;
	bool known = false;

	if (!mode_of(c->node, &mode, e))
		return false;
	if (y.rank >= 0 && !infer_pads(c, y.rank, &p, &known, e))
		return false;
	for (int32_t i = 0; i < y.rank; i++) {
		int64_t n = y.dim[i];

		if (!known) {
			y.dim[i] = DIM_UNKNOWN;
			continue;
		}
		if (n < 0) {
			y.dim[i] = open_dim(&c->model->symbols, n, p.before[i],
					    p.after[i]);
			continue;
		}
		if (!padded_dim(&p, i, n, &y.dim[i], e))
			return false;
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* ---- execution ---------------------------------------------------------- */

static bool call_pads(const struct call *c, struct pads *p, struct err *e)
{
	const struct tensor *t = call_in(c, 1), *a = call_in(c, 3);
	int32_t rank = call_in(c, 0)->shape.rank;
	int64_t list[2 * MAX_RANK];
	const int64_t *ints;
	struct shape axes;
	size_t count;

	if (by_attr(c->node)) {
		count = attr_ints(c->node, pads_attr(c->node), &ints);
		return spread_pads(p, rank, ints, count, NULL, e);
	}
	count = tensor_count(t);
	for (size_t i = 0; i < count && i < COUNT_OF(list); i++)
		list[i] = tensor_int(t, i);
	axes.rank = a ? (int32_t)tensor_count(a) : 0;
	if (axes.rank > MAX_RANK)
		return err_set(e, ERR_LIMIT, "%d axes, the limit is %d",
			       axes.rank, MAX_RANK);
	for (int32_t i = 0; i < axes.rank; i++)
		axes.dim[i] = tensor_int(a, (size_t)i);
	return spread_pads(p, rank, list, count, a ? &axes : NULL, e);
}

/* The part of the operand that stays, and where it lands. */
struct region {
	int64_t from[MAX_RANK], to[MAX_RANK], size[MAX_RANK];
};

static void make_region(struct region *r, const struct pads *p,
			const struct shape *x)
{
	for (int32_t i = 0; i < x->rank; i++) {
		int64_t b = p->before[i], a = p->after[i];

		r->from[i] = b < 0 ? -b : 0;
		r->to[i] = b > 0 ? b : 0;
		r->size[i] = x->dim[i] - r->from[i] - (a < 0 ? -a : 0);
	}
}

static void fill_constant(const struct call *c)
{
	struct tensor *y = call_out(c, 0);
	const struct tensor *value = call_in(c, 2);
	uint64_t zero[2] = {0};
	struct text empty = {"", 0};
	const void *from = zero;

	if (value && tensor_count(value) > 0)
		from = value->data;
	else if (y->dtype == DTYPE_STRING)
		from = &empty;
	else if (by_attr(c->node))
		element_set_double(y->dtype, zero, 0,
				   (double)attr_float(c->node, "value"));
	kern_move_fill(tensor_bits(y), from, 0, tensor_mut(y), 0,
		       tensor_count(y));
}

static void pad_constant(const struct call *c, const struct region *r)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	ptrdiff_t in[MAX_RANK], out[MAX_RANK];
	struct strided s = {.rank = x->shape.rank};

	fill_constant(c);
	shape_strides(&x->shape, in);
	shape_strides(&y->shape, out);
	for (int32_t i = 0; i < x->shape.rank; i++) {
		if (r->size[i] <= 0)
			return;
		s.dim[i] = (size_t)r->size[i];
		s.in[i] = in[i];
		s.out[i] = out[i];
		s.in_at += (size_t)(r->from[i] * in[i]);
		s.out_at += (size_t)(r->to[i] * out[i]);
	}
	kern_move_strided(tensor_bits(x), &s, x->data, tensor_mut(y));
}

/* Position I, counted from the region's first element, within 0..N-1. */
static int64_t source_of(enum pad_mode mode, int64_t i, int64_t n)
{
	int64_t period;

	if (i >= 0 && i < n)
		return i;
	switch (mode) {
	case PAD_REFLECT:
		if (n == 1)
			return 0;
		period = 2 * (n - 1);
		i = (i % period + period) % period;
		return i < n ? i : period - i;
	case PAD_WRAP:
		return (i % n + n) % n;
	default:
		return i < 0 ? 0 : n - 1;
	}
}

/* One item is one row of the result. */
struct pad_job {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	const struct region *r;
	enum pad_mode mode;
	ptrdiff_t stride[MAX_RANK];
};

static void pad_row(const struct pad_job *j, size_t from, size_t to)
{
	int32_t last = j->y->shape.rank - 1;
	int64_t n = j->r->size[last], shift = j->r->to[last];
	int64_t width = j->y->shape.dim[last];
	unsigned bits = tensor_bits(j->y);
	void *out = tensor_mut(j->y);

	from += (size_t)j->r->from[last];
	for (int64_t i = 0; i < width; i++) {
		if (i == shift) {
			kern_move_block(bits, j->x->data, from, out,
					to + (size_t)i, (size_t)n);
			i += n - 1;
			continue;
		}
		kern_move_block(bits, j->x->data,
				from + (size_t)source_of(j->mode, i - shift, n),
				out, to + (size_t)i, 1);
	}
}

static void pad_rows(struct job *self, size_t begin, size_t end)
{
	const struct pad_job *j = (const struct pad_job *)self;
	const struct shape *s = &j->y->shape;
	size_t width = (size_t)s->dim[s->rank - 1];

	for (size_t row = begin; row < end; row++) {
		size_t rest = row, from = 0;

		for (int32_t k = s->rank - 2; k >= 0; k--) {
			int64_t i = (int64_t)(rest % (size_t)s->dim[k]);

			rest /= (size_t)s->dim[k];
			i = source_of(j->mode, i - j->r->to[k], j->r->size[k]);
			from += (size_t)((i + j->r->from[k]) * j->stride[k]);
		}
		pad_row(j, from, row * width);
	}
}

static bool pad_copying(const struct call *c, const struct region *r,
			enum pad_mode mode, struct err *e)
{
	struct pad_job j = {.job = {pad_rows}, .r = r, .mode = mode};
	const struct shape *s;
	size_t width;

	j.x = call_in(c, 0);
	j.y = call_out(c, 0);
	s = &j.y->shape;
	if (s->rank == 0)
		return call_copy(c, e);
	for (int32_t i = 0; i < s->rank; i++)
		if (r->size[i] < 1)
			return err_set(e, ERR_SHAPE,
				       "axis %d has no elements to pad with",
				       i);
	shape_strides(&j.x->shape, j.stride);
	width = (size_t)s->dim[s->rank - 1];
	if (tensor_bits(j.y) < 8)
		pad_rows(&j.job, 0, tensor_count(j.y) / width);
	else
		parallel_for(&j.job, tensor_count(j.y) / width,
			     16384 / width + 1);
	return true;
}

static bool run_pad(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	enum pad_mode mode;
	struct region r;
	struct pads p;

	if (!mode_of(c->node, &mode, e) || !call_pads(c, &p, e))
		return false;
	if (!y || tensor_count(y) == 0)
		return true;
	make_region(&r, &p, &call_in(c, 0)->shape);
	if (mode != PAD_CONSTANT)
		return pad_copying(c, &r, mode, e);
	pad_constant(c, &r);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "pad", .engine = "reference", .run = run_pad}, {0}};

#define MODE ATTR("mode", STRING, "constant")

#define BY_ATTR(opset, list)                                    \
	{                                                       \
		.domain = "", .type = "Pad", .since = opset,    \
		.in = PARAMS(IN("data", "T", TYPES_IEEE)),      \
		.out = PARAMS(IN("output", "T", TYPES_IEEE)),   \
		.attrs = ATTRS(MODE, ATTR_REQUIRED(list, INTS), \
			       ATTR("value", FLOAT, "0")),      \
		.infer = infer_pad, .kernels = kernels,         \
	}

#define PAD(opset, set)                                                      \
	{                                                                    \
		.domain = "", .type = "Pad", .since = opset,                 \
		.in = PARAMS(IN("data", "T", set),                           \
			     IN("pads", NULL, TYPES_I64),                    \
			     OPTIONAL("constant_value", "T", set)),          \
		.out = PARAMS(IN("output", "T", set)), .attrs = ATTRS(MODE), \
		.infer = infer_pad, .kernels = kernels,                      \
	}

#define PAD_AXES(opset, set)                                                 \
	{                                                                    \
		.domain = "", .type = "Pad", .since = opset,                 \
		.in = PARAMS(IN("data", "T", set),                           \
			     IN("pads", NULL, TYPES_I64),                    \
			     OPTIONAL("constant_value", "T", set),           \
			     OPTIONAL("axes", "Tind", TYPES_INDEX)),         \
		.out = PARAMS(IN("output", "T", set)), .attrs = ATTRS(MODE), \
		.infer = infer_pad, .kernels = kernels,                      \
	}

const struct op op_rows_pad[] = {
	BY_ATTR(1, "paddings"),
	BY_ATTR(2, "pads"),
	PAD(11, TYPES_NUMERIC_1),
	PAD(13, TYPES_ALL_13),
	PAD_AXES(18, TYPES_ALL_13),
	PAD_AXES(19, TYPES_ALL_13),
	PAD_AXES(21, TYPES_ALL_21),
	PAD_AXES(23, TYPES_ALL_23),
	PAD_AXES(24, TYPES_ALL_24),
	PAD_AXES(25, TYPES_ALL_25),
	{.domain = "com.microsoft",
	 .type = "Pad",
	 .since = 1,
	 .in = PARAMS(IN("data", "T", TYPES_IEEE), IN("pads", NULL, TYPES_I64),
		      OPTIONAL("value", "T", TYPES_IEEE)),
	 .out = PARAMS(IN("output", "T", TYPES_IEEE)),
	 .attrs = ATTRS(MODE),
	 .infer = infer_pad,
	 .kernels = kernels},
	{0}};
