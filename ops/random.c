/* SPDX-License-Identifier: Apache-2.0 */
/* ops/random.c -- RandomNormal, RandomUniform, their ...Like forms, Bernoulli,
 * Multinomial.
 *
 *     RandomNormal   mean + scale * z, z normal with variance 1
 *     RandomUniform  low + (high - low) * u, u even in [0, 1)
 *     Bernoulli      1 with the probability x, else 0
 *     Multinomial    class k with the probability exp(x[k]) / sum of exp(x)
 */
#include "ops/random.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/str.h"

#include "graph/element.h"
#include "ops/infer.h"
#include "ops/op.h"

/* The type that "dtype" names, FALLBACK where it is absent. */
static bool result_type(const struct node *n, uint32_t allowed,
			enum dtype fallback, enum dtype *t, struct err *e)
{
	*t = fallback;
	if (attr_given(n, "dtype") || fallback == DTYPE_NONE)
		*t = dtype_from_onnx(attr_int(n, "dtype"));
	if (*t != DTYPE_NONE && (allowed >> *t & 1))
		return true;
	return err_set(e, ERR_TYPE, "cannot draw elements of type %s",
		       *t == DTYPE_NONE ? "unknown" : dtype_info[*t].text);
}

/* The element types that N's results may have. */
static uint32_t result_types(const struct node *n)
{
	return n->op->out[0].types;
}

static bool is_normal(const struct node *n)
{
	return str_starts(n->type, "RandomNormal");
}

/* ---- RandomNormal, RandomUniform ----------------------------------------- */

static bool check_spread(const struct node *n, struct err *e)
{
	double a = (double)attr_float(n, is_normal(n) ? "mean" : "low");
	double b = (double)attr_float(n, is_normal(n) ? "scale" : "high");

	if (!isfinite(a) || !isfinite(b) || (is_normal(n) ? b < 0 : b < a))
		return err_set(e, ERR_FORMAT, "cannot draw with %s %g, %s %g",
			       is_normal(n) ? "mean" : "low", a,
			       is_normal(n) ? "scale" : "high", b);
	return true;
}

static bool infer_plain(struct infer *c, struct err *e)
{
	const int64_t *dims;
	uint32_t count = attr_ints(c->node, "shape", &dims);
	struct shape y = {.rank = (int32_t)count};
	enum dtype t;

	if (!result_type(c->node, result_types(c->node), DTYPE_NONE, &t, e) ||
	    !check_spread(c->node, e))
		return false;
	if (count > MAX_RANK)
		return err_set(e, ERR_LIMIT, "the shape has rank %u", count);
	for (uint32_t i = 0; i < count; i++) {
		if (dims[i] < 0)
			return err_set(e, ERR_SHAPE, "dimension %u is %" PRId64,
				       i, dims[i]);
		y.dim[i] = dims[i];
	}
	infer_set(c, 0, t, &y);
	return true;
}

static bool infer_like(struct infer *c, struct err *e)
{
	enum dtype t;

	if (!result_type(c->node, result_types(c->node), infer_dtype(c, 0), &t,
			 e) ||
	    !check_spread(c->node, e))
		return false;
	infer_set(c, 0, t, infer_shape(c, 0));
	return true;
}

static bool run_draw(const struct call *c, struct err *e)
{
	bool normal = is_normal(c->node);
	double a = (double)attr_float(c->node, normal ? "mean" : "low");
	double b = (double)attr_float(c->node, normal ? "scale" : "high");
	struct tensor *y = call_out(c, 0);
	struct rng r;

	(void)e;
	random_begin(&r, c);
	for (size_t i = 0; i < tensor_count(y); i++)
		element_set_double(y->dtype, tensor_mut(y), i,
				   normal ? a + b * rng_normal(&r)
					  : a + (b - a) * rng_uniform(&r));
	return true;
}

/* ---- Bernoulli ----------------------------------------------------------- */

static bool infer_bernoulli(struct infer *c, struct err *e)
{
	enum dtype t;

	if (!result_type(c->node, result_types(c->node), infer_dtype(c, 0), &t,
			 e))
		return false;
	infer_set(c, 0, t, infer_shape(c, 0));
	return true;
}

static bool run_bernoulli(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	struct rng r;

	random_begin(&r, c);
	for (size_t i = 0; i < tensor_count(x); i++) {
		double p = tensor_double(x, i);

		if (!(p >= 0 && p <= 1))
			return err_set(e, ERR_SHAPE,
				       "probability %zu is %g, want 0 to 1", i,
				       p);
		element_set_double(y->dtype, tensor_mut(y), i,
				   rng_uniform(&r) < p);
	}
	return true;
}

/* ---- Multinomial --------------------------------------------------------- */

static bool infer_multinomial(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	int64_t samples = attr_int(c->node, "sample_size");
	struct shape y = SHAPE(DIM_UNKNOWN, samples);
	enum dtype t;

	if (!result_type(c->node, result_types(c->node), DTYPE_NONE, &t, e))
		return false;
	if (samples < 1)
		return err_set(e, ERR_SHAPE,
			       "sample_size is %" PRId64 ", want 1 or more",
			       samples);
	if (x->rank >= 0) {
		if (x->rank != 2)
			return err_set(e, ERR_SHAPE,
				       "the input has rank %d, want 2",
				       x->rank);
		y.dim[0] = x->dim[0];
	}
	infer_set(c, 0, t, &y);
	return true;
}

/* The first class up to which the weights of row ROW add up to more than U of
 * their sum. */
static bool draw_class(const struct tensor *x, size_t row, double u, size_t *k,
		       struct err *e)
{
	size_t classes = (size_t)x->shape.dim[1], at = row * classes;
	double max = -INFINITY, sum = 0, seen = 0;

	for (size_t i = 0; i < classes; i++)
		max = fmax(max, tensor_double(x, at + i));
	for (size_t i = 0; i < classes; i++)
		sum += exp(tensor_double(x, at + i) - max);
	if (!(sum > 0))
		return err_set(e, ERR_SHAPE, "row %zu has no class to draw",
			       row);
	*k = classes - 1;
	for (size_t i = 0; i < classes; i++) {
		seen += exp(tensor_double(x, at + i) - max);
		if (u * sum < seen) {
			*k = i;
			break;
		}
	}
	return true;
}

static bool run_multinomial(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	size_t samples = (size_t)y->shape.dim[1], k = 0;
	struct rng r;

	random_begin(&r, c);
	for (size_t i = 0; i < tensor_count(y); i++) {
		if (!draw_class(x, i / samples, rng_uniform(&r), &k, e))
			return false;
		element_set_int(y->dtype, tensor_mut(y), i, (int64_t)k);
	}
	return true;
}

static const struct kernel draw_kernels[] = {
	{.name = "draw", .engine = "reference", .run = run_draw}, {0}};
static const struct kernel bernoulli_kernels[] = {
	{.name = "bernoulli", .engine = "reference", .run = run_bernoulli},
	{0}};
static const struct kernel multinomial_kernels[] = {
	{.name = "multinomial", .engine = "reference", .run = run_multinomial},
	{0}};

#define RANDOM(name, opset, operands, set, attributes, fn, rows)             \
	{                                                                    \
		.domain = "", .type = name, .since = opset,                  \
		.traits = OP_RANDOM, .in = operands,                         \
		.out = PARAMS(IN("output", NULL, set)), .attrs = attributes, \
		.infer = fn, .kernels = rows,                                \
	}
#define NORMAL ATTR("mean", FLOAT, "0"), ATTR("scale", FLOAT, "1")
#define UNIFORM ATTR("high", FLOAT, "1"), ATTR("low", FLOAT, "0")
#define SEED ATTR("seed", FLOAT, NULL)
#define PLAIN(name, opset, set, ...)                             \
	RANDOM(name, opset, NULL, set,                           \
	       ATTRS(ATTR("dtype", INT, "1"), __VA_ARGS__, SEED, \
		     ATTR_REQUIRED("shape", INTS)),              \
	       infer_plain, draw_kernels)
#define LIKE(name, opset, from, set, ...)                                      \
	RANDOM(name, opset, PARAMS(IN("input", NULL, from)), set,              \
	       ATTRS(ATTR("dtype", INT, NULL), __VA_ARGS__, SEED), infer_like, \
	       draw_kernels)
#define BERNOULLI(opset, from)                                         \
	RANDOM("Bernoulli", opset, PARAMS(IN("input", NULL, from)),    \
	       TYPES_NUMERIC | TYPES_BOOL,                             \
	       ATTRS(ATTR("dtype", INT, NULL), SEED), infer_bernoulli, \
	       bernoulli_kernels)
#define MULTINOMIAL(opset, from)                                             \
	RANDOM("Multinomial", opset, PARAMS(IN("input", NULL, from)),        \
	       TYPES_INDEX,                                                  \
	       ATTRS(ATTR("dtype", INT, "6"), ATTR("sample_size", INT, "1"), \
		     SEED),                                                  \
	       infer_multinomial, multinomial_kernels)

const struct op op_rows_random[] = {
	BERNOULLI(15, TYPES_IEEE),
	BERNOULLI(22, TYPES_FLOAT),
	MULTINOMIAL(7, TYPES_IEEE),
	MULTINOMIAL(22, TYPES_FLOAT),
	PLAIN("RandomNormal", 1, TYPES_IEEE, NORMAL),
	PLAIN("RandomNormal", 22, TYPES_FLOAT, NORMAL),
	LIKE("RandomNormalLike", 1, TYPES_ALL_1, TYPES_IEEE, NORMAL),
	LIKE("RandomNormalLike", 22, TYPES_ALL_13, TYPES_FLOAT, NORMAL),
	PLAIN("RandomUniform", 1, TYPES_IEEE, UNIFORM),
	PLAIN("RandomUniform", 22, TYPES_FLOAT, UNIFORM),
	LIKE("RandomUniformLike", 1, TYPES_ALL_1, TYPES_IEEE, UNIFORM),
	LIKE("RandomUniformLike", 22, TYPES_ALL_13, TYPES_FLOAT, UNIFORM),
	{0}};
