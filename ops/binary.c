/* SPDX-License-Identifier: Apache-2.0 */
/* ops/binary.c -- arithmetic on two operands.
 *
 * Integers wrap; division truncates and refuses a zero divisor.  Mod follows
 * the divisor's sign, or with fmod the dividend's.  Pow of integers wraps,
 * and a negative exponent truncates the fraction.  Before opset 7 broadcasting
 * was asked for by attributes.
 */
#include "ops/op.h"

#include <math.h>
#include <string.h>

#include "ops/ewise.h"
#include "ops/ewise_f32.h"

static void add(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

static void add_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		     size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = (int64_t)((uint64_t)y[i] + (uint64_t)x[i]);
}

static void sub(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] -= x[i];
}

static void sub_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		     size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = (int64_t)((uint64_t)y[i] - (uint64_t)x[i]);
}

static void mul(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] *= x[i];
}

static void mul_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		     size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = (int64_t)((uint64_t)y[i] * (uint64_t)x[i]);
}

static void divide(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] /= x[i];
}

static void divide_ints(const struct ewise *w, int64_t *y, const int64_t *x,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (w->type == DTYPE_U64)
			y[i] = (int64_t)((uint64_t)y[i] / (uint64_t)x[i]);
		else if (x[i] == -1) /* INT64_MIN / -1 wraps */
			y[i] = (int64_t) - (uint64_t)y[i];
		else
			y[i] /= x[i];
	}
}

/* Python's: the sign of the divisor. */
static void mod(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++) {
		double r = fmod(y[i], x[i]);

		if (r != 0 && (r < 0) != (x[i] < 0))
			r += x[i];
		else if (r == 0)
			r = copysign(0, x[i]);
		y[i] = r;
	}
}

static void fmod_doubles(const struct ewise *w, double *y, const double *x,
			 size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = fmod(y[i], x[i]);
}

/* The C remainder; INT64_MIN % -1 is 0. */
static int64_t remainder_of(enum dtype t, int64_t a, int64_t b)
{
	if (t == DTYPE_U64)
		return (int64_t)((uint64_t)a % (uint64_t)b);
	return b == -1 ? 0 : a % b;
}

static void mod_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		     size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t r = remainder_of(w->type, y[i], x[i]);

		if (w->type != DTYPE_U64 && r && (r < 0) != (x[i] < 0))
			r += x[i];
		y[i] = r;
	}
}

static void fmod_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = remainder_of(w->type, y[i], x[i]);
}

static void power(const struct ewise *w, double *y, const double *x, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = pow(y[i], x[i]);
}

static void truncate_doubles(const struct ewise *w, double *y, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = trunc(y[i]);
}

static int64_t power_int(int64_t base, int64_t exponent)
{
	uint64_t b = (uint64_t)base, y = 1;

	if (exponent < 0) {
		if (base == 1 || base == -1)
			return exponent & 1 ? base : 1;
		return 0;
	}
	for (; exponent; exponent >>= 1, b *= b)
		if (exponent & 1)
			y *= b;
	return (int64_t)y;
}

static void power_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		       size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = power_int(y[i], x[i]);
}

static const struct {
	const char *type;
	struct ewise w;
} functions[] = {
	{"Add", {.fold = add, .fold_ints = add_ints}},
	{"Sub", {.fold = sub, .fold_ints = sub_ints}},
	{"Mul", {.fold = mul, .fold_ints = mul_ints}},
	{"Div", {.fold = divide, .fold_ints = divide_ints}},
	{"Mod", {.fold = mod, .fold_ints = mod_ints}},
	{"Pow", {.fold = power, .fold_ints = power_ints}},
};

static struct ewise function_of(const struct node *n)
{
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		if (strcmp(functions[i].type, n->type) == 0)
			return functions[i].w;
	bug("binary: no function for %s", n->type);
}

static bool refuse_zero(const struct tensor *t, struct err *e)
{
	size_t n = tensor_count(t);

	for (size_t i = 0; i < n; i++)
		if (!tensor_int(t, i))
			return err_set(e, ERR_FORMAT,
				       "element %zu of the divisor is 0", i);
	return true;
}

static bool run_binary(const struct call *c, struct err *e)
{
	struct ewise w = function_of(c->node);

	(void)e;
	ewise_run(&w, c);
	return true;
}

static bool run_divide(const struct call *c, struct err *e)
{
	return (dtype_is_float(call_in(c, 1)->dtype) ||
		refuse_zero(call_in(c, 1), e)) &&
	       run_binary(c, e);
}

static bool run_mod(const struct call *c, struct err *e)
{
	struct ewise w = function_of(c->node);

	if (!dtype_is_float(call_in(c, 1)->dtype) &&
	    !refuse_zero(call_in(c, 1), e))
		return false;
	if (attr_int(c->node, "fmod")) {
		w.fold = fmod_doubles;
		w.fold_ints = fmod_ints;
	}
	ewise_run(&w, c);
	return true;
}

static bool run_pow(const struct call *c, struct err *e)
{
	struct ewise w = function_of(c->node);

	(void)e;
	if (dtype_is_integer(call_out(c, 0)->dtype))
		w.finish = truncate_doubles;
	ewise_run(&w, c);
	return true;
}

static bool run_legacy(const struct call *c, struct err *e)
{
	struct ewise w = function_of(c->node);
	struct shape aligned;

	if (!infer_legacy_align(c->node, &call_in(c, 0)->shape,
				&call_in(c, 1)->shape, &aligned, e))
		return false;
	if (w.fold == divide && !dtype_is_float(call_in(c, 1)->dtype) &&
	    !refuse_zero(call_in(c, 1), e))
		return false;
	w.aligned = &aligned;
	ewise_run(&w, c);
	return true;
}

static const struct kernel binary_kernels[] = {
	{"binary-ref", "reference", .run = run_binary, .in_place = 1},
	BINARY_F32_KERNEL,
	{.name = NULL},
};

static const struct kernel divide_kernels[] = {
	{"div-ref", "reference", .run = run_divide, .in_place = 1},
	BINARY_F32_KERNEL,
	{.name = NULL},
};

static const struct kernel mod_kernels[] = {
	{"mod-ref", "reference", .run = run_mod, .in_place = 1},
	{.name = NULL},
};

static const struct kernel pow_kernels[] = {
	{"pow-ref", "reference", .run = run_pow, .in_place = 1},
	{.name = NULL},
};

static const struct kernel legacy_kernels[] = {
	{"binary-legacy-ref", "reference", .run = run_legacy, .in_place = 1},
	{.name = NULL},
};

static const struct param add_1_in[] = {
	{"A", "T", TYPES_IEEE, 0},
	{"B", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param add_1_out[] = {
	{"C", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec add_1_attrs[] = {
	{"axis", ATTR_INT, false, NULL},
	{"broadcast", ATTR_INT, false, "0"},
	{"consumed_inputs", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param add_6_in[] = {
	{"A", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{"B", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{NULL},
};

static const struct param add_6_out[] = {
	{"C", "T", TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64), 0},
	{NULL},
};

static const struct attr_spec add_6_attrs[] = {
	{"axis", ATTR_INT, false, NULL},
	{"broadcast", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param add_7_in[] = {
	{"A", "T", TYPES_NUMERIC, 0},
	{"B", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct param add_7_out[] = {
	{"C", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct attr_spec mod_10_attrs[] = {
	{"fmod", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param pow_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{"Y", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param pow_1_out[] = {
	{"Z", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param pow_12_in[] = {
	{"X", "T", TYPES_FLOAT | TYPES_INDEX, 0},
	{"Y", NULL, TYPES_NUMERIC, 0},
	{NULL},
};

static const struct param pow_12_out[] = {
	{"Z", "T", TYPES_FLOAT | TYPES_INDEX, 0},
	{NULL},
};

const struct op op_rows_binary[] = {
	{"", "Add", 1, OP_COMMUTATIVE | OP_ELEMENTWISE, add_1_in, add_1_out,
	 add_1_attrs, infer_broadcast_legacy, legacy_kernels},
	{"", "Add", 6, OP_COMMUTATIVE | OP_ELEMENTWISE, add_6_in, add_6_out,
	 add_6_attrs, infer_broadcast_legacy, legacy_kernels},
	{"", "Add", 7, OP_COMMUTATIVE | OP_ELEMENTWISE, add_7_in, add_7_out,
	 NULL, infer_broadcast, binary_kernels},
	{"", "Sub", 1, OP_ELEMENTWISE, add_1_in, add_1_out, add_1_attrs,
	 infer_broadcast_legacy, legacy_kernels},
	{"", "Sub", 6, OP_ELEMENTWISE, add_6_in, add_6_out, add_6_attrs,
	 infer_broadcast_legacy, legacy_kernels},
	{"", "Sub", 7, OP_ELEMENTWISE, add_7_in, add_7_out, NULL,
	 infer_broadcast, binary_kernels},
	{"", "Mul", 1, OP_COMMUTATIVE | OP_ELEMENTWISE, add_1_in, add_1_out,
	 add_1_attrs, infer_broadcast_legacy, legacy_kernels},
	{"", "Mul", 6, OP_COMMUTATIVE | OP_ELEMENTWISE, add_6_in, add_6_out,
	 add_6_attrs, infer_broadcast_legacy, legacy_kernels},
	{"", "Mul", 7, OP_COMMUTATIVE | OP_ELEMENTWISE, add_7_in, add_7_out,
	 NULL, infer_broadcast, binary_kernels},
	{"", "Div", 1, OP_ELEMENTWISE, add_1_in, add_1_out, add_1_attrs,
	 infer_broadcast_legacy, legacy_kernels},
	{"", "Div", 6, OP_ELEMENTWISE, add_6_in, add_6_out, add_6_attrs,
	 infer_broadcast_legacy, legacy_kernels},
	{"", "Div", 7, OP_ELEMENTWISE, add_7_in, add_7_out, NULL,
	 infer_broadcast, divide_kernels},
	{"", "Mod", 10, OP_ELEMENTWISE, add_7_in, add_7_out, mod_10_attrs,
	 infer_broadcast, mod_kernels},
	{"", "Pow", 1, OP_ELEMENTWISE, pow_1_in, pow_1_out, add_6_attrs,
	 infer_broadcast_legacy, legacy_kernels},
	{"", "Pow", 7, OP_ELEMENTWISE, pow_1_in, pow_1_out, NULL,
	 infer_broadcast, pow_kernels},
	{"", "Pow", 12, OP_ELEMENTWISE, pow_12_in, pow_12_out, NULL,
	 infer_broadcast, pow_kernels},
	{.type = NULL},
};
