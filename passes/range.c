/* SPDX-License-Identifier: Apache-2.0 */
/* passes/range.c -- see range.h. */
#include "passes/range.h"

#include <math.h>
#include <string.h>

#include "passes/constant.h"

/* A path costs as many steps as operands are followed along it, so the work
 * is bounded for wide operators too. */
enum { DEPTH_MAX = 24, ELEMENTS_MAX = 1 << 20 };

static const struct value_range everything = {-INFINITY, INFINITY};

/* Result range, whatever the operand is. */
static const struct {
	const char *type;
	struct value_range range;
} fixed[] = {
	{"Relu", {0, INFINITY}},
	{"Sigmoid", {0, 1}},
	{"HardSigmoid", {0, 1}},
	{"Softmax", {0, 1}},
	{"Tanh", {-1, 1}},
	{"Erf", {-1, 1}},
	{"Exp", {0, INFINITY}},
	{"Abs", {0, INFINITY}},
	{"Sqrt", {0, INFINITY}},
	{"Softplus", {0, INFINITY}},
	{"Sin", {-1, 1}},
	{"Cos", {-1, 1}},
	{"Softsign", {-1, 1}},
	{"ThresholdedRelu", {0, INFINITY}},
	{"Shape", {0, INFINITY}},
	{"Size", {0, INFINITY}},
	{"NonZero", {0, INFINITY}},
	{"ReduceL1", {0, INFINITY}},
	{"ReduceL2", {0, INFINITY}},
	{"ReduceSumSquare", {0, INFINITY}},
};

/* Operators whose elements are elements of operand 0, or averages or extremes
 * of them. */
static const char *const movers[] = {
	"Identity",  "Reshape",	      "Flatten",
	"Squeeze",   "Unsqueeze",     "Transpose",
	"Slice",     "Split",	      "Expand",
	"Tile",	     "Gather",	      "GatherElements",
	"MaxPool",   "GlobalMaxPool", "GlobalAveragePool",
	"ReduceMax", "ReduceMin",     "ReduceMean",
	"Dropout",   "DepthToSpace",  "SpaceToDepth",
	"GatherND",
};

static struct value_range of(const struct value *v, int depth);

static struct value_range of_constant(const struct tensor *t)
{
	struct value_range r = {INFINITY, -INFINITY};
	size_t n = tensor_count(t);

	if (!n || n > ELEMENTS_MAX ||
	    dtype_info[t->dtype].class == CLASS_STRING ||
	    dtype_info[t->dtype].class == CLASS_COMPLEX)
		return everything;
	for (size_t i = 0; i < n; i++) {
		double x = tensor_double(t, i);

		r.lo = x < r.lo ? x : r.lo;
		r.hi = x > r.hi ? x : r.hi;
	}
	return r.lo <= r.hi ? r : everything;
}

static struct value_range join(struct value_range a, struct value_range b)
{
	return (struct value_range){fmin(a.lo, b.lo), fmax(a.hi, b.hi)};
}

/* Min, Max, Concat, Where: every operand from FIRST on. */
static struct value_range of_all(const struct node *n, uint32_t first,
				 int depth)
{
	struct value_range r = {INFINITY, -INFINITY};

	for (uint32_t i = first; i < n->nin; i++)
		if (n->in[i].value)
			r = join(r, of(n->in[i].value, depth));
	return r.lo <= r.hi ? r : everything;
}

/* Clip: bounds in operands since opset 11, in attributes before. */
static struct value_range of_clip(const struct node *n, int depth)
{
	struct value_range r = of(node_in(n, 0), depth);
	double lo = node_float(n, "min", -INFINITY);
	double hi = node_float(n, "max", INFINITY);

	if (node_in(n, 1) && !const_scalar(node_in(n, 1), &lo))
		lo = of(node_in(n, 1), depth).lo;
	if (node_in(n, 2) && !const_scalar(node_in(n, 2), &hi))
		hi = of(node_in(n, 2), depth).hi;
	r.lo = fmin(fmax(r.lo, lo), hi);
	r.hi = fmin(r.hi, hi);
	return r.lo <= r.hi ? r : everything;
}

/* Floating sums and products round, but never across zero. */
static struct value_range sign_of(struct value_range r)
{
	return (struct value_range){r.lo >= 0 ? 0 : -INFINITY,
				    r.hi <= 0 ? 0 : INFINITY};
}

static bool is(const struct node *n, const char *type)
{
	return !strcmp(n->type, type);
}

static struct value_range of_binary(const struct node *n, int depth)
{
	struct value_range a = of(node_in(n, 0), depth);
	struct value_range b = of(node_in(n, 1), depth);

	if (is(n, "Add"))
		return sign_of((struct value_range){a.lo + b.lo, a.hi + b.hi});
	if (is(n, "Max"))
		return (struct value_range){fmax(a.lo, b.lo), fmax(a.hi, b.hi)};
	if (is(n, "Min"))
		return (struct value_range){fmin(a.lo, b.lo), fmin(a.hi, b.hi)};
	/* Mul, Div */
	if (is(n, "Mul") && node_in(n, 0) == node_in(n, 1))
		return (struct value_range){0, INFINITY};
	if (a.lo >= 0 && b.lo >= 0)
		return (struct value_range){0, INFINITY};
	return everything;
}

/* Sums of elements, zeros of a border included. */
static bool is_sum(const struct node *n)
{
	return is(n, "AveragePool") || is(n, "ReduceSum") || is(n, "Sum");
}

static struct value_range of_node(const struct node *n, int depth)
{
	const struct value *x = node_in(n, 0);
	enum dtype t;

	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		if (is(n, fixed[i].type))
			return fixed[i].range;
	if (!x)
		return everything;
	if (is_sum(n))
		return sign_of(is(n, "Sum") ? of_all(n, 0, depth)
					    : of(x, depth));
	for (size_t i = 0; i < COUNT_OF(movers); i++)
		if (is(n, movers[i]))
			return of(x, depth);
	if (is(n, "Clip"))
		return of_clip(n, depth);
	if (n->nin == 2 && (is(n, "Add") || is(n, "Mul") || is(n, "Div") ||
			    is(n, "Max") || is(n, "Min")))
		return of_binary(n, depth);
	if (is(n, "Concat"))
		return of_all(n, 0, depth);
	if (is(n, "Where"))
		return of_all(n, 1, depth);
	t = x->type.dtype;
	if (is(n, "Cast") && n->out[0] &&
	    dtype_is_float(n->out[0]->type.dtype) &&
	    (dtype_info[t].class == CLASS_UINT ||
	     dtype_info[t].class == CLASS_BOOL))
		return (struct value_range){0, INFINITY};
	if (is(n, "DequantizeLinear") && dtype_info[t].class == CLASS_UINT &&
	    of(node_in(n, 1), depth).lo >= 0 &&
	    (!node_in(n, 2) || const_is_all(node_in(n, 2), 0)))
		return (struct value_range){0, INFINITY};
	return everything;
}

static struct value_range of(const struct value *v, int depth)
{
	if (!v)
		return everything;
	if (v->konst)
		return of_constant(v->konst);
	if (!v->def || v->def->domain[0] || depth <= 0)
		return everything;
	return of_node(v->def, depth - (v->def->nin ? (int)v->def->nin : 1));
}

struct value_range range_of(const struct value *v)
{
	return of(v, DEPTH_MAX);
}
