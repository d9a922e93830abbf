/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reduce.c -- Reduce*: one number of all elements along some axes.
 *
 * The operand is read once (LogSumExp: twice) in index order, each element
 * joining the accumulator of its result.  Integers are summed, multiplied and
 * compared as integers, and wrap; norms and logarithms of integers are
 * computed in double and truncated.  Over no elements a sum is 0, a product
 * 1, a maximum the least value of the type.
 */
#include "ops/op.h"

#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "kern/reduce_ref.h"
#include "ops/doubles.h"
#include "ops/reduce_axes.h"
#include "ops/reduce_f32.h"

enum { ROW = 256 };

static double mean(double acc, double count)
{
	return acc / count;
}

static double root(double acc, double count)
{
	(void)count;
	return sqrt(acc);
}

static double logarithm(double acc, double count)
{
	(void)count;
	return log(acc);
}

static const struct reduction {
	const char *type;
	kern_reduce_doubles *step;
	kern_reduce_ints *step_ints; /* NULL: through double */
	double start;
	int64_t start_int;
	double (*finish)(double acc, double count);
} reductions[] = {
	{"ReduceL1", kern_reduce_sum_abs_f64_ref, kern_reduce_sum_abs_i64_ref,
	 0, 0, NULL},
	{"ReduceL2", kern_reduce_sum_square_f64_ref, NULL, 0, 0, root},
	{"ReduceLogSum", kern_reduce_sum_f64_ref, NULL, 0, 0, logarithm},
	{"ReduceLogSumExp", kern_reduce_sum_f64_ref, NULL, 0, 0, NULL},
	{"ReduceMax", kern_reduce_max_f64_ref, kern_reduce_max_i64_ref,
	 -INFINITY, INT64_MIN, NULL},
	{"ReduceMean", kern_reduce_sum_f64_ref, kern_reduce_sum_i64_ref, 0, 0,
	 mean},
	{"ReduceMin", kern_reduce_min_f64_ref, kern_reduce_min_i64_ref,
	 INFINITY, INT64_MAX, NULL},
	{"ReduceProd", kern_reduce_multiply_f64_ref,
	 kern_reduce_multiply_i64_ref, 1, 1, NULL},
	{"ReduceSum", kern_reduce_sum_f64_ref, kern_reduce_sum_i64_ref, 0, 0,
	 NULL},
	{"ReduceSumSquare", kern_reduce_sum_square_f64_ref,
	 kern_reduce_sum_square_i64_ref, 0, 0, NULL},
};

static const struct reduction *reduction_of(const struct node *n)
{
	for (size_t i = 0; i < COUNT_OF(reductions); i++)
		if (strcmp(reductions[i].type, n->type) == 0)
			return &reductions[i];
	bug("reduce: no function for %s", n->type);
}

/* ---- axes --------------------------------------------------------------- */

static bool infer_reduce(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	bool keep = attr_int(c->node, "keepdims") != 0, gone[MAX_RANK];
	struct shape y = {.rank = 0}, axes = {.rank = 0};
	const int64_t *list = axes.dim;
	uint32_t count = 0;

	if (node_attr(c->node, "axes")) {
		list = node_ints(c->node, "axes", &count);
	} else if (infer_has(c, 1)) {
		if (!infer_exact_ints(c, 1, &axes)) {
			y.rank = keep ? x->rank : RANK_UNKNOWN;
			for (int32_t i = 0; i < y.rank; i++)
				y.dim[i] = DIM_UNKNOWN;
			infer_set(c, 0, infer_dtype(c, 0), &y);
			return true;
		}
		count = (uint32_t)axes.rank;
	}
	y.rank = x->rank < 0 ? RANK_UNKNOWN : 0;
	if (x->rank >= 0 &&
	    !reduce_axes_mark(c->node, list, count, x->rank, gone, e))
		return false;
	for (int32_t i = 0; i < x->rank; i++)
		if (!gone[i])
			y.dim[y.rank++] = x->dim[i];
		else if (keep)
			y.dim[y.rank++] = 1;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* ---- the loop ----------------------------------------------------------- */

/* Axes of the operand, neighbours of one kind joined; innermost first. */
struct nest {
	int rank;
	size_t size[MAX_RANK], stride[MAX_RANK]; /* 0 where it is reduced */
	size_t count; /* elements that share a result */
};

static void nest_make(struct nest *v, const struct shape *x, const bool *gone)
{
	size_t stride = 1;
	bool last = false;

	v->rank = 0;
	v->count = 1;
	for (int32_t i = x->rank - 1; i >= 0; i--) {
		size_t size = (size_t)x->dim[i];

		if (v->rank && gone[i] == last) {
			v->size[v->rank - 1] *= size;
		} else {
			v->size[v->rank] = size;
			v->stride[v->rank++] = gone[i] ? 0 : stride;
		}
		last = gone[i];
		if (gone[i])
			v->count *= size;
		else
			stride *= size;
	}
	if (!v->rank) {
		v->size[0] = 1;
		v->stride[v->rank++] = 1;
	}
}

/* First result that row OUTER of the operand belongs to. */
static size_t result_of(const struct nest *v, size_t outer)
{
	size_t at = 0;

	for (int d = 1; d < v->rank; d++) {
		at += outer % v->size[d] * v->stride[d];
		outer /= v->size[d];
	}
	return at;
}

struct reduce {
	const struct reduction *r;
	kern_reduce_ints *step_ints;
	const struct tensor *x;
	struct nest nest;
	double *acc; /* one of the two */
	int64_t *acc_ints;
	const double *shift; /* LogSumExp: maxima, subtracted first */
	uint64_t flip;	     /* makes uint64 compare as int64 */
};

static void exp_shifted(double *x, size_t n, const double *shift, size_t stride)
{
	for (size_t i = 0; i < n; i++)
		x[i] = exp(x[i] - shift[i * stride]);
}

static void reduce_row(const struct reduce *v, kern_reduce_doubles *step,
		       size_t at, size_t n, size_t to)
{
	size_t stride = v->nest.stride[0];
	int64_t ints[ROW];
	double x[ROW];

	if (v->acc_ints) {
		element_load_ints(v->x->dtype, v->x->data, at, n, ints);
		for (size_t i = 0; i < n && v->flip; i++)
			ints[i] ^= (int64_t)v->flip;
		v->step_ints(v->acc_ints + to, stride, ints, n);
		return;
	}
	element_load(v->x->dtype, v->x->data, at, n, x);
	if (v->shift)
		exp_shifted(x, n, v->shift + to, stride);
	step(v->acc + to, stride, x, n);
}

static void reduce_all(const struct reduce *v, kern_reduce_doubles *step)
{
	size_t total = tensor_count(v->x), inner = v->nest.size[0], n;

	for (size_t at = 0; at < total; at += inner) {
		size_t to = result_of(&v->nest, at / inner);

		for (size_t i = 0; i < inner; i += n) {
			n = inner - i < ROW ? inner - i : ROW;
			reduce_row(v, step, at + i, n,
				   to + i * v->nest.stride[0]);
		}
	}
}

static void fill(double *x, size_t n, double value)
{
	for (size_t i = 0; i < n; i++)
		x[i] = value;
}

/* log sum exp x = max + log sum exp(x - max); an infinite maximum is left out,
 * so that infinities do not become NaN. */
static void log_sum_exp(struct reduce *v, double *shift, size_t n)
{
	double *sums = v->acc;

	fill(shift, n, -INFINITY);
	v->acc = shift;
	reduce_all(v, kern_reduce_max_f64_ref);
	for (size_t i = 0; i < n; i++)
		if (isinf(shift[i]))
			shift[i] = 0;
	v->acc = sums;
	v->shift = shift;
	reduce_all(v, kern_reduce_sum_f64_ref);
	for (size_t i = 0; i < n; i++)
		sums[i] = log(sums[i]) + shift[i];
}

static void run_doubles(struct reduce *v, struct tensor *y, double *more)
{
	size_t n = tensor_count(y);

	fill(v->acc, n, v->r->start);
	if (strcmp(v->r->type, "ReduceLogSumExp") == 0)
		log_sum_exp(v, more, n);
	else
		reduce_all(v, v->r->step);
	for (size_t i = 0; i < n && v->r->finish; i++)
		v->acc[i] = v->r->finish(v->acc[i], (double)v->nest.count);
	for (size_t i = 0; i < n && !dtype_is_float(y->dtype); i++)
		v->acc[i] = trunc(v->acc[i]);
	element_store(y->dtype, tensor_mut(y), 0, n, v->acc);
}

/* The identity of a maximum or minimum is the end of the type. */
static void fill_end(struct tensor *y, double end)
{
	size_t n = tensor_count(y);

	for (size_t i = 0; i < n; i++)
		if (y->dtype == DTYPE_BOOL)
			element_set_int(DTYPE_BOOL, tensor_mut(y), i, end > 0);
		else
			element_set_double(y->dtype, tensor_mut(y), i, end);
}

static void run_ints(struct reduce *v, struct tensor *y)
{
	size_t n = tensor_count(y);
	bool compares = isinf(v->r->start);

	if (compares && v->nest.count == 0) {
		fill_end(y, v->r->start);
		return;
	}
	v->step_ints = v->r->step_ints;
	if (y->dtype == DTYPE_U64 && compares)
		v->flip = UINT64_C(1) << 63;
	if (y->dtype == DTYPE_U64 &&
	    v->step_ints == kern_reduce_sum_abs_i64_ref)
		v->step_ints = kern_reduce_sum_i64_ref;
	for (size_t i = 0; i < n; i++)
		v->acc_ints[i] = v->r->start_int;
	reduce_all(v, NULL);
	for (size_t i = 0; i < n; i++) {
		if (v->r->finish) /* mean */
			v->acc_ints[i] =
				v->nest.count ? v->acc_ints[i] /
							(int64_t)v->nest.count
					      : 0;
		v->acc_ints[i] ^= (int64_t)v->flip;
	}
	element_store_ints(y->dtype, tensor_mut(y), 0, n, v->acc_ints);
}

static size_t scratch(const struct call *c)
{
	return 2 * doubles_of(count_out(c, 0));
}

static bool run_reduce(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	struct reduce v = {.r = reduction_of(c->node), .x = call_in(c, 0)};
	struct doubles d = {0};
	bool gone[MAX_RANK];
	size_t n = tensor_count(y);

	if (!reduce_axes_of(c, gone, e))
		return false;
	nest_make(&v.nest, &v.x->shape, gone);
	v.acc = doubles_take(&d, c, n);
	if (!dtype_is_float(y->dtype) && v.r->step_ints) {
		v.acc_ints = (int64_t *)v.acc;
		run_ints(&v, y);
	} else {
		run_doubles(&v, y, doubles_take(&d, c, n));
	}
	return true;
}

static const struct kernel reduce_kernels[] = {
	{"reduce-ref", "reference", .scratch = scratch, .run = run_reduce},
	REDUCE_F32_KERNEL,
	{.name = NULL},
};

static const struct param reduce_l1_1_in[] = {
	{"data", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{NULL},
};

static const struct param reduce_l1_1_out[] = {
	{"reduced", "T",
	 TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{NULL},
};

static const struct attr_spec reduce_l1_1_attrs[] = {
	{"axes", ATTR_INTS, false, NULL},
	{"keepdims", ATTR_INT, false, "1"},
	{NULL},
};

static const struct param reduce_l1_18_in[] = {
	{"data", "T", TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{"axes", NULL, TYPE_BIT(I64), PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec reduce_l1_18_attrs[] = {
	{"keepdims", ATTR_INT, false, "1"},
	{"noop_with_empty_axes", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param reduce_log_sum_28_in[] = {
	{"data", "T", TYPES_FLOAT, 0},
	{"axes", NULL, TYPE_BIT(I64), PARAM_OPTIONAL},
	{NULL},
};

static const struct param reduce_log_sum_28_out[] = {
	{"reduced", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param reduce_max_1_in[] = {
	{"data", "T",
	 TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(I8) | TYPE_BIT(U32) |
		 TYPE_BIT(U64) | TYPE_BIT(U8),
	 0},
	{NULL},
};

static const struct param reduce_max_1_out[] = {
	{"reduced", "T",
	 TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(I8) | TYPE_BIT(U32) |
		 TYPE_BIT(U64) | TYPE_BIT(U8),
	 0},
	{NULL},
};

static const struct param reduce_max_18_in[] = {
	{"data", "T",
	 TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(BOOL) | TYPE_BIT(I8) |
		 TYPE_BIT(U32) | TYPE_BIT(U64) | TYPE_BIT(U8),
	 0},
	{"axes", NULL, TYPE_BIT(I64), PARAM_OPTIONAL},
	{NULL},
};

static const struct param reduce_max_18_out[] = {
	{"reduced", "T",
	 TYPES_FLOAT | TYPES_INDEX | TYPE_BIT(BOOL) | TYPE_BIT(I8) |
		 TYPE_BIT(U32) | TYPE_BIT(U64) | TYPE_BIT(U8),
	 0},
	{NULL},
};

static const struct param reduce_sum_1_in[] = {
	{"data", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64),
	 0},
	{NULL},
};

static const struct param reduce_sum_1_out[] = {
	{"reduced", "T",
	 TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{NULL},
};

const struct op op_rows_reduce[] = {
	{"", "ReduceL1", 1, 0, reduce_l1_1_in, reduce_l1_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceL1", 18, 0, reduce_l1_18_in, reduce_l1_1_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceL2", 1, 0, reduce_l1_1_in, reduce_l1_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceL2", 18, 0, reduce_l1_18_in, reduce_l1_1_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceLogSum", 1, 0, reduce_l1_1_in, reduce_l1_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceLogSum", 18, 0, reduce_l1_18_in, reduce_l1_1_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceLogSum", 28, 0, reduce_log_sum_28_in, reduce_log_sum_28_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceLogSumExp", 1, 0, reduce_l1_1_in, reduce_l1_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceLogSumExp", 18, 0, reduce_l1_18_in, reduce_l1_1_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceLogSumExp", 28, 0, reduce_log_sum_28_in,
	 reduce_log_sum_28_out, reduce_l1_18_attrs, infer_reduce,
	 reduce_kernels},
	{"", "ReduceMax", 1, 0, reduce_max_1_in, reduce_max_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceMax", 18, 0, reduce_max_18_in, reduce_max_18_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceMean", 1, 0, reduce_l1_1_in, reduce_l1_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceMean", 18, 0, reduce_l1_18_in, reduce_l1_1_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceMin", 1, 0, reduce_max_1_in, reduce_max_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceMin", 18, 0, reduce_max_18_in, reduce_max_18_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceProd", 1, 0, reduce_l1_1_in, reduce_l1_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceProd", 18, 0, reduce_l1_18_in, reduce_l1_1_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceSum", 1, 0, reduce_sum_1_in, reduce_sum_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceSum", 13, 0, reduce_l1_18_in, reduce_l1_1_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceSumSquare", 1, 0, reduce_l1_1_in, reduce_l1_1_out,
	 reduce_l1_1_attrs, infer_reduce, reduce_kernels},
	{"", "ReduceSumSquare", 18, 0, reduce_l1_18_in, reduce_l1_1_out,
	 reduce_l1_18_attrs, infer_reduce, reduce_kernels},
	{.type = NULL},
};
